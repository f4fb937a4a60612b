//! The GC: what it does just now, and what it has done (`runtime/mgc.go`, `runtime/mstats.go`).

use super::histogram::{self, Histogram, Parts};
use super::pauses::{self, Pause};
use super::{Room, Source};
use crate::addr::Addr;
use crate::mem::read_word;
use std::time::Duration;

/// So long may pass from one collection to the next, unless the program does not want any: sysmon has one made after two
/// minutes (`forcegcperiod`), and may itself sleep for half as long.
const APART: Duration = Duration::from_secs(180);

/// What the GC does.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Nothing, or it sweeps (`_GCoff`).
    Off,
    /// It marks, while the program runs (`_GCmark`).
    Mark,
    /// It ends marking, with the world stopped (`_GCmarktermination`).
    MarkTermination,
}

/// The GC.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Collector {
    /// What it does just now.
    pub phase: Option<Phase>,
    /// Collections that were begun.
    pub begun: Option<u32>,
    /// Collections that are over.
    pub ended: u32,
    /// Those among them that the program called for.
    pub forced: u32,
    /// Whether there is a GC yet: the runtime turns it on when it has begun.
    pub enabled: bool,
    /// When the last collection was over, in ns since 1970.
    pub last_end: Option<u64>,
    /// Likewise, in ns of the monotonic clock.
    pub last_end_monotonic: Option<u64>,
    /// When the one that runs began, or the last one, in ns of the monotonic clock.
    pub last_start_monotonic: Option<i64>,
    /// How long the world has stood for collections, in ns.
    pub pause_total: u64,
    /// How long it stood for the last ones, newest first.
    pub pauses: Vec<Pause>,
    /// All stops for the GC, by how long they took.
    pub pause_times: Option<Histogram>,
    /// The GC's share of the CPU time that the program could have had since it was started, as of the end of the last collection.
    pub cpu_fraction: f64,
    /// That CPU time, in ns; `None` before Go 1.20.
    pub cpu_total: Option<u64>,
}

impl Collector {
    /// How long a goroutine has been blocked at least that the runtime says has been for `noted`, at the moment `now` of the
    /// monotonic clock, in ns. Nothing of one that no collection has seen blocked which is over.
    ///
    /// What the runtime notes is no lower bound: the first collection that sees a goroutine blocked (`markroot`, mgcmark.go)
    /// notes `work.tstart`, and that is when the collection before that ended its marking (`gcMark`, mgc.go). The goroutine
    /// may have run for all the time between the two.
    #[must_use]
    pub fn blocked_at_least(&self, now: i64, noted: Duration) -> Option<Duration> {
        let since = now.checked_sub(i64::try_from(noted.as_nanos()).ok()?)?;
        let later = self
            .pauses
            .partition_point(|pause| self.monotonic(pause).is_some_and(|end| end > since));
        // The first of these is the one before; the second has seen it.
        let end = self.pauses.get(later.checked_sub(2)?)?;
        let least = u64::try_from(now.checked_sub(self.monotonic(end)?)?).ok()?;
        let least = Duration::from_nanos(least);
        // Of one that was noted before all that are remembered, these say less than that collections are not far apart.
        let forgotten = later == self.pauses.len() && self.pauses.len() < self.ended as usize;
        Some(if forgotten {
            least.max(noted.saturating_sub(APART))
        } else {
            least
        })
    }

    /// How many collections were over within `span` before the moment `now` of the monotonic clock, in ns. Where all that are
    /// remembered are younger, it is assumed that there were more, as often.
    #[must_use]
    pub fn lately(&self, now: i64, span: Duration) -> u64 {
        let begin = i64::try_from(span.as_nanos()).ok();
        let Some(begin) = begin.and_then(|span| now.checked_sub(span)) else {
            return 0;
        };
        let ends = self.pauses.iter().map(|pause| self.monotonic(pause));
        let recent = ends.take_while(|end| end.is_some_and(|end| end > begin));
        let (count, oldest) = recent.fold((0_u64, now), |(count, _), end| {
            (count + 1, end.unwrap_or(now))
        });
        if count < self.pauses.len() as u64 || count == 0 {
            return count;
        }
        let remembered = u64::try_from(now.saturating_sub(oldest))
            .unwrap_or(0)
            .max(1);
        let span = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        let all = u128::from(count) * u128::from(span) / u128::from(remembered);
        u64::try_from(all)
            .unwrap_or(u64::MAX)
            .min(u64::from(self.ended))
    }

    /// When a collection was over, by the monotonic clock, in ns; of older ones as well as the two clocks keep pace.
    fn monotonic(&self, pause: &Pause) -> Option<i64> {
        let before_last = self.last_end?.checked_sub(pause.end)?;
        let at = self.last_end_monotonic?.checked_sub(before_last)?;
        i64::try_from(at).ok()
    }
}

/// The GC of the target.
pub(super) fn read(
    source: &Source<'_>,
    before: Option<Collector>,
    room: &mut Room,
) -> Option<Collector> {
    let (memory, inner) = (source.memory, source.inner);
    let (fields, stats) = (source.fields.mem_stats?, inner.mem_stats?.at);
    let work = source.fields.work.zip(inner.work);
    let phase = inner
        .gc_phase
        .and_then(|root| read_word::<u32>(memory, root.at).ok());
    let ever = |at: u64| Some(at).filter(|at| *at != 0);
    let before = before.map(|before| (before.pauses, before.pause_times));
    let (pauses, times) = before.unwrap_or_default();
    Some(Collector {
        phase: phase.and_then(|phase| match phase {
            0 => Some(Phase::Off),
            1 => Some(Phase::Mark),
            2 => Some(Phase::MarkTermination),
            _ => None,
        }),
        begun: work.and_then(|(work, root)| work.cycles.read(memory, root.at).ok()),
        ended: fields.num_gc.read(memory, stats).ok()?,
        forced: fields.num_forced_gc.read(memory, stats).ok()?,
        enabled: fields.enable_gc.read(memory, stats).ok()? != 0,
        last_end: ever(fields.last_gc_unix.read(memory, stats).ok()?),
        last_end_monotonic: ever(fields.last_gc_nanotime.read(memory, stats).ok()?),
        last_start_monotonic: work
            .and_then(|(work, root)| work.tstart.read(memory, root.at).ok())
            .filter(|at| *at != 0),
        pause_total: fields.pause_total.read(memory, stats).ok()?,
        pauses: pauses::read(source, &fields, stats, pauses, room)?,
        pause_times: pause_times(source, stats, times, room),
        cpu_fraction: f64::from_bits(fields.gc_cpu_fraction.read(memory, stats).ok()?),
        cpu_total: work.and_then(|(work, root)| {
            let total = work.total_cpu_time?.read(memory, root.at).ok()?;
            u64::try_from(total).ok()
        }),
    })
}

/// The histogram of pauses: the statistics had it, until the scheduler got it.
fn pause_times(
    source: &Source<'_>,
    stats: Addr,
    before: Option<Histogram>,
    room: &mut Room,
) -> Option<Histogram> {
    let (sched, mem) = (&source.fields.sched, source.fields.mem_stats?);
    let of_sched = Parts {
        counts: sched.gc_pauses,
        underflow: sched.gc_pauses_underflow,
        overflow: sched.gc_pauses_overflow,
    };
    let of_stats = Parts {
        counts: mem.gc_pauses,
        underflow: mem.gc_pauses_underflow,
        overflow: mem.gc_pauses_overflow,
    };
    let buckets = source.rules.time_buckets;
    let sched = source.inner.sched.map(|root| root.at);
    let (at, parts) = match sched.filter(|_| of_sched.counts.is_some()) {
        Some(sched) => (sched, of_sched),
        None => (stats, of_stats),
    };
    histogram::read(source.memory, at, &parts, buckets, before, room)
}

#[cfg(test)]
mod tests {
    use super::{Collector, Pause};
    use std::time::Duration;

    const SECOND: u64 = 1_000_000_000;
    const EPOCH: u64 = 1_700_000_000 * SECOND;

    /// One whose collections ended at these seconds of the monotonic clock, newest first, `ended` in all.
    fn collector(ends: &[u64], ended: u32) -> Collector {
        let last = ends.first().copied();
        Collector {
            phase: None,
            begun: None,
            ended,
            forced: 0,
            enabled: true,
            last_end: last.map(|at| EPOCH + at * SECOND),
            last_end_monotonic: last.map(|at| at * SECOND),
            last_start_monotonic: None,
            pause_total: 0,
            pauses: ends
                .iter()
                .map(|at| Pause {
                    len: 1,
                    end: EPOCH + at * SECOND,
                })
                .collect(),
            pause_times: None,
            cpu_fraction: 0.0,
            cpu_total: None,
        }
    }

    /// At second 1000, of a goroutine that was noted just before the second `since`.
    fn at_least(collector: &Collector, since: u64) -> Option<u64> {
        let noted = Duration::from_secs(1000 - since) + Duration::from_millis(1);
        let now = i64::try_from(1000 * SECOND).unwrap();
        let least = collector.blocked_at_least(now, noted)?;
        Some(least.as_secs())
    }

    #[test]
    fn collections_lately() {
        let now = i64::try_from(1000 * SECOND).unwrap();
        let lately = |it: &Collector| it.lately(now, Duration::from_secs(10));
        assert_eq!(lately(&collector(&[999, 998, 995, 980], 300)), 3);
        assert_eq!(lately(&collector(&[980], 300)), 0);
        assert_eq!(lately(&collector(&[], 0)), 0);
        // Two seconds are remembered, in which it came twice.
        assert_eq!(lately(&collector(&[999, 998], 300)), 10);
        assert_eq!(lately(&collector(&[999, 998], 2)), 2);
    }

    #[test]
    fn it_counts_from_the_collection_that_saw_it() {
        let it = collector(&[990, 900, 700, 600], 4);
        assert_eq!(at_least(&it, 600), Some(300));
        assert_eq!(at_least(&it, 700), Some(100));
        assert_eq!(at_least(&it, 900), Some(10));
    }

    #[test]
    fn one_that_the_running_collection_sees_has_no_bound_yet() {
        assert_eq!(at_least(&collector(&[990, 900], 2), 990), None);
        assert_eq!(at_least(&collector(&[], 0), 10), None);
    }

    #[test]
    fn what_is_older_than_all_that_are_remembered_counts_less_the_time_between_two() {
        let it = collector(&[990, 980, 970], 300);
        assert_eq!(at_least(&it, 100), Some(720));
        assert_eq!(at_least(&it, 900), Some(20));
    }
}
