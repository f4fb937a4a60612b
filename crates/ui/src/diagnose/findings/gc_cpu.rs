//! A GC that eats the CPU: how often it has come lately, and what share of the CPU it takes.

use super::super::Again;
use super::process::at_memory_limit;
use crate::describe;
use crate::report::{Fact, Finding, Grade, Report, Resource, Trouble, Weight};
use gopeek_layout::health::{Collector, Health, Phase};
use std::time::Duration;

/// The time over which collections are counted.
pub(crate) const LATELY: Duration = Duration::from_secs(10);
/// Collections within that time from which on they come all the time: one a second.
const MANY: u64 = 10;
/// Share of the CPU from which on the GC takes too much, in percent. Its own workers take a quarter while it marks.
const TOO_MUCH: u32 = 25;

/// Whether the GC comes so often, and takes so long, that its share of the CPU is worth to be measured.
pub(in crate::diagnose) fn is_busy(report: &Report) -> bool {
    let collector = report.health.as_ref().and_then(|it| it.collector.as_ref());
    collector.is_some_and(|collector| {
        let many = lately(report, collector) >= MANY;
        many && (at_memory_limit(report).is_some() || marks_half_of_the_time(report, collector))
    })
}

/// Collections within [`LATELY`].
fn lately(report: &Report, collector: &Collector) -> u64 {
    collector.lately(report.now, LATELY)
}

/// By the length of the last collection: in less than half of the time its workers can't take a quarter of the CPU.
fn marks_half_of_the_time(report: &Report, collector: &Collector) -> bool {
    let end = collector.last_end_monotonic.map(i64::try_from);
    let (Some(start), Some(Ok(end))) = (collector.last_start_monotonic, end) else {
        return false;
    };
    if collector.phase != Some(Phase::Off) || end < start {
        return true;
    }
    let last = u64::try_from(end - start).unwrap_or(0);
    let in_all = last.saturating_mul(lately(report, collector));
    u128::from(in_all) * 2 >= LATELY.as_nanos()
}

/// The share of the CPU that the GC took from one look to another, in percent; `None` where no collection was over in between.
pub(in crate::diagnose) fn share(before: &Health, now: &Health) -> Option<u32> {
    let (before, now) = (before.collector.as_ref()?, now.collector.as_ref()?);
    let spent = |collector: &Collector| {
        #[allow(clippy::cast_precision_loss)]
        let total = collector.cpu_total? as f64;
        Some((collector.cpu_fraction * total, total))
    };
    let ((gc, all), (gc_now, all_now)) = (spent(before)?, spent(now)?);
    let share = (gc_now - gc) / (all_now - all);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let percent = (all_now > all).then_some((share * 100.0).clamp(0.0, 100.0) as u32);
    percent
}

/// What is to be said of it. `again` has the share that was measured; without it, only many collections at the memory limit
/// count.
pub(super) fn finding(report: &Report, again: &Again) -> Option<Finding> {
    if !is_busy(report) {
        return None;
    }
    let collector = report.health.as_ref()?.collector.as_ref()?;
    let limit = at_memory_limit(report);
    let too_much = match again.gc_share {
        Some(percent) => percent >= TOO_MUCH,
        // It is to be looked at again.
        None => again.threads.is_none(),
    };
    if !too_much && limit.is_none() {
        return None;
    }
    let per_minute = lately(report, collector).saturating_mul(60) / LATELY.as_secs();
    let mut facts = vec![("gcs_per_minute", number(per_minute))];
    facts.extend(
        again
            .gc_share
            .map(|percent| ("cpu_percent", Fact::Number(i64::from(percent)))),
    );
    if let Some((used, max)) = limit {
        facts.push(("bytes_used", number(used)));
        facts.push(("bytes_limit", number(max)));
    }
    Some(Finding {
        what: Trouble::GcCpu,
        weight: Weight::Suspicious,
        grade: Grade::Certain,
        text: describe::gc_cpu(
            again.gc_share.filter(|percent| *percent >= TOO_MUCH),
            per_minute,
            limit,
        ),
        resource: Some(Resource {
            kind: "gc",
            text: "the GC",
            facts,
            peer: None,
        }),
        ..Finding::default()
    })
}

fn number(value: u64) -> Fact {
    Fact::Number(i64::try_from(value).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::share;
    use gopeek_layout::health::{Collector, Health};

    fn health(cpu_fraction: f64, cpu_total: Option<u64>) -> Health {
        Health {
            collector: Some(Collector {
                cpu_fraction,
                cpu_total,
                ..Collector::default()
            }),
            ..Health::default()
        }
    }

    #[test]
    fn the_share_is_of_the_time_between_two_looks() {
        // An hour in which the GC took a hundredth, and then a second in which it took half.
        let second = 1_000_000_000;
        let (before, now) = (3600 * second, 3601 * second);
        let fraction = (0.01 * 3600.0 + 0.5) / 3601.0;
        let before = health(0.01, Some(before));
        assert_eq!(share(&before, &health(fraction, Some(now))), Some(50));
        assert_eq!(share(&before, &before), None);
        assert_eq!(share(&before, &health(0.5, None)), None);
    }
}
