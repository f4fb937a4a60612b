//! Whole texts, as logs have them.

use super::{TextAt, What, read};
use crate::error::InspectError;
use crate::report::{Report, TextDump};
use gopeek_unwind::End;
use std::io::Cursor;

/// A goroutine's block, with the line break that ends it.
fn block(id: u64, state: &str) -> String {
    format!(
        "goroutine {id} [{state}]:\nmain.work(0xc000012080, 0x{id:x})\n\t/src/main.go:12 +0x1d\n\
         created by main.main in goroutine 1\n\t/src/main.go:7 +0x25\n"
    )
}

fn main_block(state: &str) -> String {
    format!("goroutine 1 [{state}]:\nmain.main()\n\t/src/main.go:9 +0x31\n")
}

/// A dump of goroutine 1 and of these.
fn dump(ids: &[u64]) -> String {
    let others = ids.iter().map(|id| block(*id, "chan receive"));
    let blocks: Vec<String> = std::iter::once(main_block("running"))
        .chain(others)
        .collect();
    blocks.join("\n")
}

fn result(text: &str, dump: Option<usize>) -> Result<Report, InspectError> {
    let at = TextAt {
        path: "app.log".into(),
        dump,
    };
    read(Cursor::new(text.as_bytes()), &at, false).unwrap()
}

fn report(text: &str) -> Report {
    result(text, None).unwrap()
}

fn ids(report: &Report) -> Vec<u64> {
    report.goroutines.iter().map(|it| it.id).collect()
}

fn of(report: &Report) -> &TextDump {
    report.text().unwrap()
}

/// What the report says is missing.
fn said(report: &Report) -> String {
    let problems = report.problems.iter().map(crate::preamble::describe);
    problems.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_dump_between_other_lines() {
    let text = format!("starting\n{}\nexit status 2\n", dump(&[7, 9]));
    let report = report(&text);
    assert_eq!(ids(&report), [1, 7, 9]);
    assert_eq!(of(&report).lines, (2, 16));
    assert!(of(&report).is_whole);
    let frame = report.frames(&report.goroutines[1].stack).next().unwrap();
    assert_eq!(&*frame.site.calls[0].function, "main.work");
    assert_eq!(frame.site.offset, 0x1d);
    assert_eq!(frame.words, Some(&[0x00c0_0001_2080, 7][..]));
    let creator = report.goroutines[1].created_by.as_ref().unwrap();
    assert_eq!(
        (&*creator.place.call.function, creator.goroutine),
        ("main.main", 1)
    );
    assert_eq!(said(&report), "");
}

#[test]
fn every_logger_shows_the_same() {
    let plain = dump(&[7, 9]);
    let prefixed = |prefix: &dyn Fn(usize) -> String| {
        let lines = plain.lines().enumerate();
        let lines: Vec<String> = lines
            .map(|(at, line)| format!("{}{line}\r\n", prefix(at)))
            .collect();
        lines.concat()
    };
    let json = |line: &str| serde_json::to_string(line).unwrap();
    let texts = [
        prefixed(&|at| format!("2026-01-02T03:04:05.{at}Z stderr F ")),
        prefixed(&|at| format!("Jan  2 03:04:{at:02} host app[17]: ")),
        prefixed(&|_| "\x1b[32mweb_1  |\x1b[0m ".to_owned()),
        prefixed(&|_| String::new()),
        plain
            .lines()
            .map(|line| {
                format!(
                    "{{\"log\":{},\"stream\":\"stderr\"}}\n",
                    json(&format!("{line}\n"))
                )
            })
            .collect::<Vec<String>>()
            .concat(),
        format!("{{\"level\":\"error\",\"msg\":{}}}\n", json(&plain)),
        format!("t=1 level=error msg={} n=2\n", json(&plain)),
        format!(
            "app: {}\n",
            plain.replace('\n', "#012").replace('\t', "#011")
        ),
        plain.replace('\t', "    "),
    ];
    let expected = format!("{:?}", report(&plain).goroutines);
    for text in texts {
        let report = report(&text);
        assert_eq!(format!("{:?}", report.goroutines), expected, "{text}");
        assert!(of(&report).is_whole, "{text}");
    }
}

#[test]
fn why_it_was_printed_is_kept() {
    let text = format!(
        "t1 app: ready\nt2 app: panic: boom\nt3 app: \t[recovered]\nt4 app: \n{}",
        dump(&[7])
            .lines()
            .map(|line| format!("t5 app: {line}\n"))
            .collect::<Vec<_>>()
            .concat()
    );
    assert_eq!(of(&report(&text)).head, ["panic: boom", "\t[recovered]"]);
    let quit = report(&format!(
        "SIGQUIT: quit\nPC=0x1 m=0\n\n{}\nrax    0x1\n",
        dump(&[7])
    ));
    assert_eq!(of(&quit).head, ["SIGQUIT: quit", "PC=0x1 m=0"]);
}

#[test]
fn the_last_whole_dump_is_shown_and_others_are_to_be_had() {
    let third = dump(&[21, 23]);
    let cut = &third[..third.len() - 70];
    let text = format!("{}\nlater\n{}\nagain\n{cut}", dump(&[7]), dump(&[7, 11]));
    let last = report(&text);
    assert_eq!((of(&last).number, of(&last).dumps), (2, 3));
    assert_eq!(ids(&last), [1, 7, 11]);
    assert_eq!(ids(&result(&text, Some(1)).unwrap()), [1, 7]);
    let cut = result(&text, Some(3)).unwrap();
    assert!(!of(&cut).is_whole);
    assert!(said(&cut).contains("cut off at its end"));
    let none = result(&text, Some(4)).unwrap_err();
    assert!(matches!(
        none,
        InspectError::NoDump {
            wanted: 4,
            dumps: 3,
            ..
        }
    ));
}

#[test]
fn dumps_with_nothing_between_are_two() {
    // The goroutine that asks goes first, and is another one each time.
    let by = |id: u64, others: &[u64]| {
        let mut blocks = vec![block(id, "running"), main_block("select")];
        blocks.extend(others.iter().map(|id| block(*id, "select")));
        blocks.join("\n")
    };
    let text = format!("{}\n{}", by(40, &[7]), by(41, &[7, 8]));
    let last = report(&text);
    assert_eq!(of(&last).dumps, 2);
    assert_eq!(ids(&last), [41, 1, 7, 8]);
    assert_eq!(ids(&result(&text, Some(1)).unwrap()), [40, 1, 7]);
    let frame = last.frames(&last.goroutines[0].stack).next().unwrap();
    assert_eq!(
        (&*frame.site.calls[0].function, frame.site.offset),
        ("main.work", 0x1d)
    );
}

#[test]
fn single_panics_do_not_hide_a_dump_of_all() {
    let text = format!(
        "{}\nhttp: panic serving x: boom\n{}done\n",
        dump(&[7, 9]),
        block(50, "running")
    );
    let shown = report(&text);
    assert_eq!(ids(&shown), [1, 7, 9]);
    assert_eq!(of(&shown).dumps, 2);
    let alone = report(&block(50, "running"));
    assert!(said(&alone).contains("one goroutine only"));
}

#[test]
fn what_is_missing_is_said() {
    let whole = dump(&[7, 9]);
    let (_, tail) = whole.split_once("goroutine 7 ").unwrap();
    let front = format!("main.other()\n\t/src/other.go:3 +0x1\n\ngoroutine 7 {tail}");
    let report_of_tail = report(&front);
    assert!(said(&report_of_tail).contains("beginning of the dump is missing"));
    assert_eq!(ids(&report_of_tail), [7, 9]);

    let at = whole.find("goroutine 9").unwrap();
    for end in [at + 5, at + 20, at + 40, whole.len() - 30] {
        let cut = report(&whole[..end]);
        assert!(
            said(&cut).contains("cut off at its end"),
            "{}",
            &whole[..end]
        );
    }
    // Without a line break at its end it is whole.
    assert!(of(&report(whole.trim_end())).is_whole);

    let hole = whole.replacen("\t/src/main.go:12 +0x1d\n", "", 1);
    let hole = report(&hole);
    assert!(
        said(&hole).contains("lines are missing in 1 goroutine"),
        "{}",
        said(&hole)
    );
    assert_eq!(hole.taken.quality.torn, 1);
}

#[test]
fn lines_of_others_within_a_goroutine_are_skipped() {
    let text = dump(&[7, 9]).replacen(
        "\t/src/main.go:12",
        "request took 3 ms\n\t/src/main.go:12",
        1,
    );
    let report = report(&text);
    assert_eq!(ids(&report), [1, 7, 9]);
    assert!(
        said(&report).contains("1 line within goroutines skipped"),
        "{}",
        said(&report)
    );
    assert!(report.goroutines.iter().all(|it| it.stack.end == End::Root));
}

#[test]
fn threads_that_tell_their_stacks_again_add_what_was_unavailable() {
    let running = "goroutine 7 [running]:\n\tgoroutine running on other thread; stack unavailable\n\
                   created by main.main in goroutine 1\n\t/src/main.go:7 +0x25\n";
    let text = format!(
        "SIGQUIT: quit\n\n{}\n{running}\nrax 0x1\n-----\n\nSIGQUIT: quit\ngoroutine 0 [idle]:\nruntime.futex()\n\t/x.s:1 +0x2\n\n{}",
        main_block("select"),
        block(7, "running")
    );
    let report = report(&text);
    assert_eq!(of(&report).dumps, 1);
    assert_eq!(ids(&report), [1, 7]);
    assert_eq!(report.frames(&report.goroutines[1].stack).count(), 1);
    let without = result(&text[..text.find("-----").unwrap()], None).unwrap();
    assert_eq!(without.goroutines[1].stack.end, End::NoStart);
}

#[test]
fn what_is_no_dump_is_told_by_name() {
    let what = |text: &str| match result(text, None) {
        Err(InspectError::NotADump { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(what(""), What::Empty);
    assert_eq!(what("some words\n"), What::Text);
    assert_eq!(what("goroutine profile: total 3\n1 @ 0x1\n"), What::Profile);
    assert_eq!(what("a\0b"), What::Binary);
    assert_eq!(what("\x1f\u{8b}"), What::Text);
    // Logs that were cut by copying have a hole.
    let hole = format!("\0\0\0\n{}", dump(&[7]));
    assert_eq!(ids(&report(&hole)), [1, 7]);
}
