//! Tells what the clients of a server noticed, and what must not have happened.

use std::fmt::Write;
use std::time::Duration;

use super::service::{Requests, Roll};
use super::windows::Watched;
use crate::heartbeat::Beat;
use crate::median::median;
use crate::table::{count, head, milliseconds, row};

/// A table, the noise that it is to be held against, and what gopeek warned of.
pub(super) fn report(go: &str, watched: &[Watched], totals: &[Requests]) -> String {
    let names = [
        "looked at by",
        "looks",
        "requests",
        "a second",
        "failed",
        "p50",
        "p99",
        "p99.9",
        "longest",
        "windows' p99",
        "stop by gopeek's word",
        "server's longest gap",
    ];
    let mut text = format!("Go {go}, stripped\n\n{}\n", head(&names));
    for (it, total) in watched.iter().zip(totals) {
        text.push_str(&row(&cells(it, total)));
        text.push('\n');
    }
    text.push('\n');
    for it in watched.iter().filter(|it| it.way.is_some()) {
        text.push_str(&beside_noise(it, watched));
        for warning in it.samples.warnings.lines() {
            let name = name(it);
            let _ = writeln!(text, "{name} {warning}");
        }
    }
    text
}

fn name(it: &Watched) -> String {
    it.way.map_or("nobody".to_owned(), |way| way.to_string())
}

fn cells(it: &Watched, total: &Requests) -> [String; 12] {
    let stops = median(it.samples.stops.iter().copied());
    let stop = stops.map_or("-".to_owned(), |middle| {
        let longest = it.samples.stops.iter().copied().max().unwrap_or_default();
        format!(
            "{}, at most {}",
            milliseconds(middle),
            milliseconds(longest)
        )
    });
    let gap = it.beats.iter().map(Beat::gap).max();
    let (least, most) = range(it);
    [
        name(it),
        count(it.samples.looks),
        count(total.sent),
        count(total.a_second()),
        count(total.failed),
        milliseconds(total.p50()),
        milliseconds(total.p99()),
        milliseconds(total.p999()),
        milliseconds(total.longest()),
        format!("{} to {}", milliseconds(least), milliseconds(most)),
        stop,
        milliseconds(gap.unwrap_or_default()),
    ]
}

/// The 99th percentiles of its windows: the least and the most.
fn range(it: &Watched) -> (Duration, Duration) {
    let p99s = || it.windows.iter().map(Requests::p99);
    (
        p99s().min().unwrap_or_default(),
        p99s().max().unwrap_or_default(),
    )
}

/// The noise is what the windows differ by when nobody looks.
fn beside_noise(it: &Watched, watched: &[Watched]) -> String {
    let Some(without) = watched.iter().find(|it| it.way.is_none()) else {
        return String::new();
    };
    let (least, most) = range(without);
    let p99 = median(it.windows.iter().map(Requests::p99)).unwrap_or_default();
    let usual = median(without.windows.iter().map(Requests::p99)).unwrap_or_default();
    let verdict = if p99 <= most {
        "within the noise"
    } else {
        "above the noise"
    };
    format!(
        "{}: a window's p99 is {} in the median, {verdict} of the windows without it: {} in the median, {} to {}\n",
        name(it),
        milliseconds(p99),
        milliseconds(usual),
        milliseconds(least),
        milliseconds(most)
    )
}

/// What must not have happened, and did.
pub(super) fn wrong(watched: &[Watched], totals: &[Requests], roll: &Roll) -> Vec<String> {
    let mut wrong = Vec::new();
    for (it, total) in watched.iter().zip(totals) {
        let name = name(it);
        if total.failed > 0 {
            let failed = total.failed;
            wrong.push(format!(
                "{failed} requests failed while {name} looked: {}",
                total.failure
            ));
        }
        if total.dials > 0 {
            // All were made in the warm-up.
            wrong.push(format!(
                "{} connections broke while {name} looked",
                total.dials
            ));
        }
        if total.sent == 0 {
            wrong.push(format!("no request was sent while {name} looked"));
        }
        if let Some(failure) = it.samples.failures.first() {
            let failures = it.samples.failures.len();
            let looks = it.samples.looks;
            wrong.push(format!(
                "{failures} of {looks} looks of {name} failed: {failure}"
            ));
        }
        if it.beats.iter().any(|beat| beat.samples == 0) {
            wrong.push(format!(
                "the server's heartbeat stopped while {name} looked"
            ));
        }
    }
    let whole =
        roll.answered == roll.staff && roll.begun == roll.ended && roll.after == roll.before;
    if !whole {
        wrong.push(format!("goroutines were lost: {roll}"));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(failed: u64, dials: u64) -> Requests {
        let text = format!(
            r#"{{"requests":10,"failed":{failed},"failure":"eof","dials":{dials},"took_ns":1,"p50_ns":1,"p99_ns":2,
            "p999_ns":3,"longest_ns":4}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    const WHOLE: Roll = Roll {
        staff: 3,
        answered: 3,
        begun: 10,
        ended: 10,
        before: 7,
        after: 7,
    };

    #[test]
    fn what_goes_wrong_is_told() {
        let watched = [Watched::by(None)];
        let wrong_of = |total, roll| wrong(&watched, &[total], &roll).len();
        assert_eq!(wrong_of(requests(0, 0), WHOLE), 0);
        assert_eq!(wrong_of(requests(1, 1), WHOLE), 2);
        for lossy in [
            Roll {
                answered: 2,
                ..WHOLE
            },
            Roll { ended: 9, ..WHOLE },
            Roll { after: 6, ..WHOLE },
        ] {
            assert_eq!(wrong_of(requests(0, 0), lossy), 1);
        }
    }

    #[test]
    fn a_look_that_fails_is_wrong() {
        let mut watched = Watched::by(Some(crate::look::Way::Default));
        watched.samples.failures.push("exit status 1".to_owned());
        assert_eq!(wrong(&[watched], &[requests(0, 0)], &WHOLE).len(), 1);
    }
}
