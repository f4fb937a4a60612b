//! What only a text dump says, in words.

use super::at_least;
use super::blocked::at;
use super::finding::share;
use crate::report::{Call, Report};
use crate::words::{plural, printable};
use std::time::Duration;

/// Maximum number of characters of what a process died of.
const CHARACTERS: usize = 300;

/// Says that goroutines wait at something of which the text has no address.
pub(crate) fn no_addresses(count: usize) -> String {
    let wait = if count == 1 { "waits" } else { "wait" };
    format!(
        "{} {wait} at something whose address is not in the text, such as a channel",
        plural(count, "goroutine")
    )
}

/// What the process died of, by the first line that the runtime printed.
pub(crate) fn died(report: &Report, line: &str) -> String {
    let line: String = printable(line).chars().take(CHARACTERS).collect();
    let goroutine = report.goroutines.first();
    let goroutine = goroutine.map_or(String::new(), |it| format!(", in goroutine {}", it.id));
    format!("it crashed: {line}{goroutine}")
}

/// Says that goroutines wait at one place for a lock, or for several.
pub(crate) fn lock_unknown(
    report: &Report,
    count: usize,
    state: &str,
    place: Option<&Call>,
    since: Option<Duration>,
) -> String {
    let place = place.map_or(String::new(), |place| format!(" in {}", at(place)));
    let since = at_least(since).map_or(String::new(), |since| format!(", {since}"));
    format!(
        "{}{} wait in {}{place}{since}; the text does not say whether for one lock",
        plural(count, "goroutine"),
        share(report, count),
        printable(state)
    )
}
