//! A dump as a report, with all that a text does not say said.

use super::parser::{Dump, is_head};
use super::{TextAt, Told};
use crate::report::{Problem, Quality, Report, Saved, Taken, Target, TextDump};
use crate::words::plural;
use gopeek_layout::rules::rules;
use gopeek_unwind::End;

/// The oldest minor whose dumps are read, and the first in which creators have their numbers.
const OLDEST: u16 = 20;
const NAMES_PARENT: u16 = 21;
const NEWEST: u16 = 27;
/// What a text has no word for.
const UNKNOWN: &str = "unknown";

/// The report of a dump.
pub(super) fn report(dump: Dump, at: &TextAt, told: &Told) -> Report {
    let rules = rules(minor(&dump));
    let problems = problems(&dump, told, at.dump.is_some());
    let count = |of: fn(&End) -> bool| {
        let ends = dump.goroutines.iter().map(|it| &it.stack.end);
        ends.filter(|end| of(end)).count()
    };
    let quality = Quality {
        torn: count(End::is_broken),
        ..Quality::default()
    };
    let text = TextDump {
        number: dump.number,
        dumps: told.dumps,
        lines: dump.lines,
        is_whole: dump.is_whole(),
        head: head(dump.head),
    };
    Report {
        target: Target {
            pid: 0,
            name: String::new(),
            go_version: String::new(),
            age: None,
            arch: UNKNOWN,
            stripped: false,
            layout_from: String::new(),
            layout_exact: false,
            allgs_by: "text",
            files: Vec::new(),
        },
        rules,
        taken: Taken {
            quality,
            from: Some(Saved {
                path: at.path.clone(),
                at: None,
                has_clock: false,
                text: Some(Box::new(text)),
            }),
            ..Taken::default()
        },
        crash: None,
        goroutines: dump.goroutines,
        threads: Vec::new(),
        gomaxprocs: None,
        process: None,
        health: None,
        now: 0,
        prints_labels: true,
        sites: dump.pages.sites,
        paths: dump.pages.paths,
        objects: Vec::new(),
        groups: Vec::new(),
        findings: Vec::new(),
        deep: false,
        changes: None,
        problems,
    }
}

/// Those of the lines before a dump that say why it was printed.
fn head(before: Vec<String>) -> Vec<String> {
    let mut head: Vec<String> = before
        .into_iter()
        .skip_while(|line| !is_head(line))
        .collect();
    while head.last().is_some_and(String::is_empty) {
        head.pop();
    }
    head
}

/// A minor that prints dumps like this one.
fn minor(dump: &Dump) -> u16 {
    let creators = dump.goroutines.iter().any(|it| it.created_by.is_some());
    match dump.minor {
        0 if creators => OLDEST,
        0 => NEWEST,
        minor => minor.max(NAMES_PARENT),
    }
}

/// What is missing of a dump.
fn problems(dump: &Dump, told: &Told, is_asked: bool) -> Vec<Problem> {
    let mut all = Vec::new();
    let mut say = |what: String| all.push(Problem::Text { what });
    if dump.lacks_begin {
        say("the beginning of the dump is missing; goroutines may be missing, too".to_owned());
    }
    if dump.lacks_end {
        say("the dump is cut off at its end; goroutines may be missing".to_owned());
    }
    if !dump.is_whole() && told.whole > 0 && !is_asked {
        say(
            "the only whole dumps in the text are of one goroutine; choose with --dump N"
                .to_owned(),
        );
    }
    if dump.goroutines.len() == 1 {
        say(
            "the text shows one goroutine only; the process may have had more (GOTRACEBACK=all)"
                .to_owned(),
        );
    }
    if dump.broken > 0 {
        say(format!(
            "lines are missing in {}",
            plural(dump.broken, "goroutine")
        ));
    }
    if dump.foreign > 0 {
        let foreign = usize::try_from(dump.foreign).unwrap_or(usize::MAX);
        say(format!(
            "{} within goroutines skipped: not part of the dump",
            plural(foreign, "line")
        ));
    }
    if told.shortened > 0 {
        say("lines longer than 64 MiB were cut".to_owned());
    }
    if dump.too_many > 0 {
        let kept = plural(dump.goroutines.len(), "goroutine");
        say(format!(
            "only the first {kept} were read; {} more were skipped",
            dump.too_many
        ));
    }
    all
}
