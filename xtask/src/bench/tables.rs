//! What was measured of many goroutines, as tables: a short one to compare by, and all of it.

use super::measure::Measured;
use crate::look::Way;
use crate::table::{count, head, megabytes, milliseconds, ratio, row};

/// One line for each target, without and with busy goroutines apart.
pub(super) fn short(measured: &[Measured]) -> String {
    let no_stop = measured.iter().any(|it| it.looks.len() > 1);
    let mut text = String::new();
    for busy in [false, true] {
        let with: Vec<_> = measured
            .iter()
            .filter(|it| (it.throng.busy > 0) == busy)
            .collect();
        let Some(first) = with.first() else { continue };
        if busy {
            let busy = count(u64::from(first.throng.busy));
            let begins = format!("And with {busy} more that switch all the time:\n\n");
            text.push_str(&begins);
        }
        let mut names = vec![
            "goroutines",
            "runtime.Stack",
            "gopeek",
            "ratio",
            "target held",
            "ratio",
        ];
        names.extend(no_stop.then_some("held by --no-stop"));
        names.push("gopeek's memory");
        text.push_str(&head(&names));
        for it in with {
            text.push('\n');
            text.push_str(&row(&short_row(it)));
        }
        text.push_str("\n\n");
    }
    text.push_str(SHORT_NOTE);
    text
}

const SHORT_NOTE: &str = "\
`gopeek` is the wall time of the whole process, `target held` how long the target stood still for it: the longest gap
between two looks at the clock by a thread of the target, less the gap when nobody looks. Ratios are to runtime.Stack,
which stops the world for as long as it takes.";

fn short_row(it: &Measured) -> Vec<String> {
    let mut cells = vec![count(u64::from(it.throng.parked)), milliseconds(it.stack)];
    for looks in &it.looks {
        let medians = &looks.medians;
        if looks.way == Way::Default {
            cells.push(milliseconds(medians.wall));
            cells.push(ratio(it.stack, medians.wall));
            cells.push(milliseconds(medians.held.less_noise()));
            cells.push(ratio(it.stack, medians.held.at_least()));
        } else {
            cells.push(milliseconds(medians.held.less_noise()));
        }
    }
    let memory = it.looks.iter().map(|looks| looks.medians.memory).max();
    cells.push(megabytes(memory.unwrap_or_default()));
    cells
}

/// One line for each way to look at each target.
pub(super) fn full(measured: &[Measured]) -> String {
    let names = [
        "parked",
        "busy",
        "way",
        "runtime.Stack",
        "wall",
        "into a pipe",
        "gap",
        "noise",
        "gap less noise",
        "by gopeek's word",
        "memory",
        "right stacks",
    ];
    let mut lines = vec![head(&names)];
    for it in measured {
        for looks in &it.looks {
            let medians = &looks.medians;
            let held = &medians.held;
            let said = held.stopped.map_or("not stopped".to_owned(), milliseconds);
            lines.push(row(&[
                count(u64::from(it.throng.parked)),
                count(u64::from(it.throng.busy)),
                looks.way.to_string(),
                milliseconds(it.stack),
                milliseconds(medians.wall),
                milliseconds(looks.piped),
                milliseconds(held.gap),
                milliseconds(held.noise),
                milliseconds(held.less_noise()),
                said,
                megabytes(medians.memory),
                looks.right.to_string(),
            ]));
        }
    }
    let switches = measured.iter().filter_map(|it| it.switches).min();
    lines.push(FULL_NOTE.to_owned());
    for it in measured {
        for looks in &it.looks {
            let warnings = looks.warnings.lines();
            lines.extend(warnings.map(|said| format!("Of {}, {} {said}.", it.throng, looks.way)));
        }
    }
    if let Some(switches) = switches {
        lines.push(format!(
            "While nobody looked, each busy goroutine switched {} times a second or more.",
            count(switches)
        ));
    }
    lines.join("\n")
}

const FULL_NOTE: &str = "
A gap is the longest time for which a thread of the target, which looks at the clock every 100 µs, did not get to;
noise is the longest one in an equally long time in the same process when nobody looks, taken in turn with the looks.
Wall time is of the whole process that writes the text to /dev/null; into a pipe it wrote once. A stack is right
when it has all its frames, and of one turn only: busy goroutines have other frames each turn;
unavailable ones are those that gopeek says so of.";
