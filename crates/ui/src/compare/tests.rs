//! Looks made by hand.

use super::picture::{Picture, Seen};
use super::{Detail, compare, picture_of};
use crate::report::{Creators, Statement};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

fn seen(print: u64, line: u32) -> Seen {
    Seen {
        print,
        restless: false,
        waited: None,
        creator: Some(Arc::new(Statement {
            function: Arc::from("main.serve"),
            file: Arc::from("/src/main.go"),
            line,
        })),
        running: None,
    }
}

fn running(functions: &[&str]) -> Seen {
    Seen {
        running: Some(functions.iter().map(|it| Arc::from(*it)).collect()),
        ..seen(1, 1)
    }
}

fn look(second: u64, goroutines: Vec<(u64, Seen)>) -> Picture {
    Picture {
        process: Some((7, "orders".to_owned())),
        at: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(second)),
        goroutines: goroutines.into_iter().collect(),
    }
}

#[test]
fn each_goroutine_has_one_fate() {
    let first = look(1, vec![(1, seen(1, 5)), (2, seen(2, 5)), (3, seen(3, 5))]);
    let last = look(3, vec![(1, seen(1, 5)), (2, seen(9, 5)), (4, seen(3, 8))]);
    let changes = compare(&[first, last]).unwrap();
    assert_eq!(changes.apart, Some(Duration::from_secs(2)));
    let fates = changes.fates.unwrap();
    assert_eq!((fates.stayed, fates.moved), (1, vec![2]));
    assert_eq!((fates.new, fates.gone), (vec![4], vec![3]));
    let counts: Vec<_> = changes.creators.iter().map(Creators::ends).collect();
    assert_eq!(counts, [(3, 2), (0, 1)]);
}

#[test]
fn one_that_waits_anew_at_the_same_place_has_moved() {
    let waits = |seconds| Seen {
        waited: Some(Duration::from_secs(seconds)),
        ..seen(1, 5)
    };
    let fates = |then, now| {
        let looks = [
            look(1, vec![(1, waits(then))]),
            look(3, vec![(1, waits(now))]),
        ];
        compare(&looks).unwrap().fates.unwrap()
    };
    assert_eq!(fates(60, 62).stayed, 1);
    assert_eq!(fates(60, 1).moved, [1]);
}

#[test]
fn who_is_on_a_cpu_at_all_looks_is_where_they_have_in_common() {
    let looks = [
        look(
            1,
            vec![
                (1, running(&["main.main", "main.spin", "main.leaf"])),
                (2, running(&["main.a"])),
            ],
        ),
        look(
            2,
            vec![
                (1, running(&["main.main", "main.spin"])),
                (2, running(&["main.b"])),
            ],
        ),
        look(
            3,
            vec![
                (1, running(&["main.main", "main.spin", "main.other"])),
                (2, seen(1, 1)),
            ],
        ),
    ];
    let busy = compare(&looks).unwrap().busy;
    assert_eq!(busy.len(), 1);
    assert_eq!((busy[0].goroutine, &*busy[0].function), (1, "main.spin"));
}

#[test]
fn numbers_of_different_processes_mean_nothing_to_each_other() {
    let first = look(1, vec![(1, seen(1, 5))]);
    let mut last = look(2, vec![(1, seen(1, 5)), (2, seen(1, 5))]);
    last.process = Some((8, "orders".to_owned()));
    let changes = compare(&[first, last]).unwrap();
    assert_eq!(changes.fates, None);
    assert_eq!(changes.creators[0].ends(), (1, 2));
}

#[test]
fn one_look_has_no_changes() {
    assert_eq!(compare(&[look(1, Vec::new())]), None);
}

#[test]
fn another_schema_is_refused_by_its_name() {
    let refused = picture_of(br#"{"schema":"gopeek/9","goroutines":{}}"#, Detail::All);
    let said = refused.unwrap_err().to_string();
    assert!(
        said.contains("gopeek/9") && said.contains("gopeek/1"),
        "{said}"
    );
    let refused = picture_of(b"not json", Detail::All)
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("neither a core, nor a text dump, nor"),
        "{refused}"
    );
}
