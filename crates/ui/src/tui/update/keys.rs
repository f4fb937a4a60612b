//! What keys make of the model.

use super::{filter_by, remake, reselect, select};
use crate::filter::Filter;
use crate::tui::areas::Areas;
use crate::tui::baseline::Baseline;
use crate::tui::cursor::Cursor;
use crate::tui::input::Input;
use crate::tui::keys::{self, Action};
use crate::tui::model::{Life, Model, Over, Screen};
use crate::tui::msg::{Ask, Effect, Save};
use crate::tui::order::By;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

pub(super) fn on_key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if control && key.code == KeyCode::Char('c') {
        effects.push(Effect::Quit);
        return;
    }
    match &mut model.over {
        Over::Nothing => {
            model.notice = None;
            if let Some(action) = keys::action(key) {
                act(model, action, effects);
            }
        }
        Over::Help => model.over = Over::Nothing,
        Over::Save => {
            let what = match key.code {
                KeyCode::Char('t') => Some(Save::Text),
                KeyCode::Char('j') => Some(Save::Json),
                KeyCode::Char('p') => Some(Save::Pprof),
                _ => None,
            };
            model.over = Over::Nothing;
            if let Some(what) = what {
                model.notice = Some("saving ...".to_owned());
                effects.push(Effect::Ask(Ask::Save(what)));
            }
        }
        Over::Filter(input) => match (key.code, control) {
            (KeyCode::Enter, _) => {
                let text = input.text().trim().to_owned();
                filter(model, &text);
            }
            (KeyCode::Esc, _) => model.over = Over::Nothing,
            (KeyCode::Left, _) => input.left(),
            (KeyCode::Right, _) => input.right(),
            (KeyCode::Home, _) | (KeyCode::Char('a'), true) => input.home(),
            (KeyCode::End, _) | (KeyCode::Char('e'), true) => input.end(),
            (KeyCode::Backspace, _) => input.back(),
            (KeyCode::Delete, _) => input.delete(),
            (KeyCode::Char('w'), true) => input.back_word(),
            (KeyCode::Char('u'), true) => input.back_all(),
            (KeyCode::Char(char), false) => input.write(char),
            _ => {}
        },
    }
}

/// Filters by a text; what is wrong with it stays on the screen with it.
fn filter(model: &mut Model, text: &str) {
    let parsed = match text {
        "" => Ok(None),
        text => Filter::parse(text).map(Some),
    };
    match parsed {
        Ok(filter) => {
            model.over = Over::Nothing;
            filter_by(model, filter.map(|filter| (filter, text.to_owned())));
        }
        Err(refused) => {
            let mut input = Input::of(text);
            let why = refused.to_string();
            input.wrong = Some(why.lines().next().unwrap_or_default().to_owned());
            model.over = Over::Filter(input);
        }
    }
}

pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let len = model.len();
    let page = isize::try_from(Areas::of(model).rows.height.max(1)).unwrap_or(1);
    match action {
        Action::Up => go(model, -1),
        Action::Down => go(model, 1),
        Action::PageUp => go(model, -page),
        Action::PageDown => go(model, page),
        Action::Top => go(model, isize::MIN),
        Action::Bottom => go(model, isize::try_from(len).unwrap_or(isize::MAX)),
        Action::Filter => {
            let text = model.filter.as_ref().map_or("", |(_, text)| text);
            model.over = Over::Filter(Input::of(text));
        }
        Action::NoFilter => filter(model, ""),
        Action::GroupBy => {
            model.by = next_by(model);
            model.trends.clear();
            model.baseline = None;
            model.cursors[Screen::Groups as usize] = Cursor::default();
            remake(model);
        }
        Action::Sort => {
            model.sort = model.sort.next();
            remake(model);
        }
        Action::Enter => {
            model.detail = model.screen != Screen::Runtime && model.len() > 0;
            select(model);
        }
        Action::Back => back(model),
        Action::NextGoroutine => model.nth = model.nth.saturating_add(1),
        Action::PreviousGoroutine => model.nth = model.nth.saturating_sub(1),
        Action::Groups => show(model, Screen::Groups, effects),
        Action::List => show(model, Screen::List, effects),
        Action::Threads => show(model, Screen::Threads, effects),
        Action::Objects => show(model, Screen::Objects, effects),
        Action::Runtime => show(model, Screen::Runtime, effects),
        Action::Changes => show(model, Screen::Changes, effects),
        Action::NextScreen => show(model, model.screen.after(1), effects),
        Action::PreviousScreen => {
            show(model, model.screen.after(Screen::ALL.len() - 1), effects);
        }
        Action::NewBaseline => {
            model.baseline = Some(Baseline::of(&model.table.groups, &model.sample));
            model.notice = Some("the baseline is now".to_owned());
            remake(model);
        }
        Action::Freeze => {
            if model.life == Life::Live {
                model.frozen = !model.frozen;
                effects.push(Effect::Ask(Ask::Freeze(model.frozen)));
            }
        }
        Action::Follow => {
            let selected = model.selected();
            model.follows = match model.follows {
                Some(_) => None,
                None => selected,
            };
        }
        Action::System => {
            model.system = !model.system;
            model.trends.clear();
            remake(model);
        }
        Action::Refresh => {
            model.notice = Some("looking at objects and findings ...".to_owned());
            effects.push(Effect::Ask(Ask::Diagnose));
        }
        Action::Save => model.over = Over::Save,
        Action::Help => model.over = Over::Help,
        Action::Suspend => effects.push(Effect::Suspend),
        Action::Redraw => effects.push(Effect::Redraw),
        Action::Quit => effects.push(Effect::Quit),
    }
}

pub(super) fn go(model: &mut Model, by: isize) {
    let len = model.len();
    model.follows = None;
    model.cursor_mut().go(by, len);
    select(model);
}

/// One step back: from details, then from a filter, then to the groups.
fn back(model: &mut Model) {
    if model.detail {
        model.detail = false;
    } else if model.follows.is_some() {
        model.follows = None;
    } else if model.filter.is_some() {
        filter(model, "");
    } else {
        model.screen = Screen::Groups;
    }
}

fn show(model: &mut Model, screen: Screen, effects: &mut Vec<Effect>) {
    let before = model.screen;
    if before == screen {
        return;
    }
    model.screen = screen;
    model.detail = false;
    let threads = [before, screen].contains(&Screen::Threads);
    if threads {
        effects.push(Effect::Ask(Ask::Threads(screen == Screen::Threads)));
    }
    if screen == Screen::Changes && model.baseline.is_none() {
        model.baseline = Some(Baseline::of(&model.table.groups, &model.sample));
        model.notice = Some("the baseline is now".to_owned());
        remake(model);
    }
    if screen == Screen::Objects {
        effects.push(Effect::Ask(Ask::Diagnose));
    }
    reselect(model);
}

/// The way to group that follows; by each label that there is, too.
fn next_by(model: &Model) -> By {
    let mut keys: Vec<&[u8]> = model
        .texts
        .labels
        .iter()
        .flat_map(|labels| labels.iter().map(|label| &label.key[..]))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let label = |key: Option<&&[u8]>| key.map(|key| By::Label(key.to_vec()));
    match &model.by {
        By::Stack => By::Function,
        By::Function => By::Creator,
        By::Creator => By::State,
        By::State => label(keys.first()).unwrap_or_default(),
        By::Label(now) => label(keys.iter().find(|key| **key > &now[..])).unwrap_or_default(),
    }
}
