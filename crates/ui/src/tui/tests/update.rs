//! What keys and samples make of the model.

use super::scene::{key, model, press, sample, send};
use crate::tui::model::{Over, Screen};
use crate::tui::msg::{Ask, Effect, Msg, Save};
use crate::tui::order::By;
use crossterm::event::KeyCode;

#[test]
fn the_selection_follows_the_group_not_the_row() {
    let mut model = model(120, 40);
    press(&mut model, "jj");
    let selected = model.key_at(model.cursor().at);
    press(&mut model, "ss");
    assert_eq!(model.key_at(model.cursor().at), selected);
    send(&mut model, Msg::Sampled(Box::new(sample(4))));
    assert_eq!(model.key_at(model.cursor().at), selected);
}

#[test]
fn groups_are_counted_and_grow() {
    let model = model(120, 40);
    let counts: Vec<u32> = model.table.groups.iter().map(|group| group.count).collect();
    assert_eq!(counts, [1278, 640, 340, 211, 14, 8]);
    assert_eq!(model.table.groups[0].growth, 37);
    let trend = model.trends.of(model.table.groups[0].key);
    assert_eq!(trend.counts(), [1204, 1241, 1278]);
    // The runtime's own is not among them.
    assert_eq!(model.table.all, 2491);
}

#[test]
fn a_filter_leaves_what_it_asks_for() {
    let mut model = model(120, 40);
    press(&mut model, "/state=wait and wait>10m and fn~pool\n");
    assert!(matches!(model.over, Over::Nothing));
    assert_eq!(model.table.groups.len(), 1);
    let shown = model.table.shown;
    assert!(shown > 1000 && shown <= 1278, "{shown}");
    press(&mut model, "/tenant\x1b");
    assert_eq!(model.table.shown, shown);
    press(&mut model, "\\");
    assert_eq!(model.table.shown, 2491);
    for (filter, expected) in [
        ("state=running", 8),
        ("label.tenant=a", 1278),
        ("not state=wait", 233),
        ("created~worker and not fn~Get", 233),
        ("on=0xc0001c2060", 1204),
        ("tid=41279", 1),
        ("id=101 or parent=71 and state=syscall", 15),
        ("cache.go:57", 0),
        ("file~cache.go", 340),
        ("(*Srv).handle", 1278),
    ] {
        press(&mut model, "\\/");
        for char in filter.chars() {
            send(&mut model, key(KeyCode::Char(char)));
        }
        send(&mut model, key(KeyCode::Enter));
        assert_eq!(model.table.shown, expected, "{filter}");
    }
}

#[test]
fn what_is_wrong_with_a_filter_is_said_and_the_text_stays() {
    let mut model = model(120, 40);
    press(&mut model, "/wait>soon\n");
    let Over::Filter(input) = &model.over else {
        panic!("the filter is still being written");
    };
    assert_eq!(input.text(), "wait>soon");
    assert!(input.wrong.is_some());
    assert_eq!(model.table.shown, 2491);
}

#[test]
fn one_groups_by_what_there_is() {
    let mut model = model(120, 40);
    let mut ways = Vec::new();
    for _ in 0..6 {
        ways.push((model.by.name().to_owned(), model.table.groups.len()));
        press(&mut model, "g");
    }
    let ways: Vec<(&str, usize)> = ways.iter().map(|(name, len)| (&name[..], *len)).collect();
    let expected = [
        ("stack", 6),
        ("func", 6),
        ("creator", 3),
        ("state", 6),
        ("tenant", 3),
        ("stack", 6),
    ];
    assert_eq!(ways, expected);
}

#[test]
fn a_frozen_picture_stays_and_the_sampler_rests() {
    let mut model = model(120, 40);
    let effects = press(&mut model, " ");
    assert!(matches!(effects[..], [Effect::Ask(Ask::Freeze(true))]));
    let before = model.table.shown;
    send(&mut model, Msg::Sampled(Box::new(sample(4))));
    assert_eq!(model.table.shown, before);
    let effects = press(&mut model, " ");
    assert!(matches!(effects[..], [Effect::Ask(Ask::Freeze(false))]));
    send(&mut model, Msg::Sampled(Box::new(sample(4))));
    assert!(model.table.shown > before);
}

#[test]
fn changes_are_those_since_the_baseline() {
    let mut model = model(120, 40);
    press(&mut model, "d");
    assert_eq!(model.screen, Screen::Changes);
    assert!(model.table.changes.is_empty());
    send(&mut model, Msg::Sampled(Box::new(sample(4))));
    let growths: Vec<i64> = model.table.changes.iter().map(|it| it.growth()).collect();
    assert_eq!(growths, [74]);
    // One that is gone is told as it was.
    let mut gone = sample(5);
    gone.rows.retain(|row| row.way != 3);
    send(&mut model, Msg::Sampled(Box::new(gone)));
    let change = model.table.changes[0];
    assert_eq!((change.before, change.now, change.row.way), (340, 0, 3));
}

#[test]
fn a_goroutine_that_is_followed_is_found_wherever_it_goes() {
    let mut model = model(120, 40);
    press(&mut model, "2jjf");
    let id = model.follows.unwrap();
    let mut other = sample(4);
    other.rows.reverse();
    for row in other.rows.iter_mut().filter(|row| row.id == id) {
        (row.way, row.state) = (3, 3);
    }
    send(&mut model, Msg::Sampled(Box::new(other)));
    assert_eq!(model.key_at(model.cursor().at), Some(id));
    press(&mut model, "1");
    send(&mut model, Msg::Sampled(Box::new(sample(4))));
    assert_eq!(model.selected(), Some(id));
}

#[test]
fn names_begin_anew_when_the_sampler_says_so() {
    let mut model = model(120, 40);
    press(&mut model, "/fn~submit\n");
    let mut anew = sample(0);
    anew.anew = true;
    anew.new.ways.swap(0, 1);
    send(&mut model, Msg::Sampled(Box::new(anew)));
    assert_eq!(model.table.shown, 640);
    assert_eq!(model.by, By::Stack);
}

#[test]
fn saving_asks_for_the_format() {
    let mut model = model(120, 40);
    assert!(press(&mut model, "wx").is_empty());
    let effects = press(&mut model, "wj");
    assert!(matches!(effects[..], [Effect::Ask(Ask::Save(Save::Json))]));
    send(&mut model, Msg::Saved(Ok("api-server.json".to_owned())));
    assert_eq!(model.notice.as_deref(), Some("saved api-server.json"));
}

#[test]
fn each_step_back_takes_one_thing_away() {
    let mut model = model(120, 40);
    press(&mut model, "/fn~submit\n2\n");
    assert!(model.detail);
    press(&mut model, "\x1b");
    assert!(!model.detail && model.filter.is_some());
    press(&mut model, "\x1b");
    assert!(model.filter.is_none() && model.screen == Screen::List);
    press(&mut model, "\x1b");
    assert_eq!(model.screen, Screen::Groups);
}
