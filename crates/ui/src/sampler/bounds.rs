//! How long goroutines have been blocked at least: from when a GC saw them so, which is later than what the runtime notes.

use super::row::Row;
use gopeek_layout::health::Collector;
use std::time::Duration;

/// What is noted has few values at a time: one for each GC, of those that somebody has waited for since.
const KNOWN: usize = 64;

/// Has the rows say since when they are blocked for sure; 0 where nobody has seen that. `now` is the target's monotonic
/// clock, in ns.
pub(super) fn bound(rows: &mut [Row], collector: &Collector, now: i64) {
    let mut known = [(0, 0); KNOWN];
    let mut next = 0;
    for row in rows.iter_mut().filter(|row| row.since != 0) {
        let noted = row.since;
        let found = known.iter().find(|(other, _)| *other == noted);
        row.since = if let Some((_, since)) = found {
            *since
        } else {
            let since = since(collector, now, noted).unwrap_or(0);
            if let Some(place) = known.get_mut(next % KNOWN) {
                *place = (noted, since);
            }
            next += 1;
            since
        };
    }
}

fn since(collector: &Collector, now: i64, noted: i64) -> Option<i64> {
    let noted = u64::try_from(now.checked_sub(noted)?).ok()?;
    let least = collector.blocked_at_least(now, Duration::from_nanos(noted))?;
    now.checked_sub(i64::try_from(least.as_nanos()).ok()?)
}
