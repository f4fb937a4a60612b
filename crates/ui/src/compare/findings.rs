//! What several looks show to be wrong, and one can't: growth, and goroutines that never leave their CPU.

use crate::describe::{short, tail};
use crate::report::{Changes, Creators, Finding, Grade, Report, Trouble, Weight};
use crate::words::{grouped, plural, printable};

/// Fewer more are a program's daily business.
const GROWN: usize = 10;
/// Two looks don't tell a trend from a wave.
const TREND: usize = 3;

/// The findings, the worst first; `report` is of the last look.
pub(crate) fn findings(report: &Report, changes: &Changes) -> Vec<Finding> {
    let spins = changes.busy.iter().filter_map(|busy| {
        let is_it = |id: u64| id == busy.goroutine;
        let at = report.goroutines.iter().position(|it| is_it(it.id))?;
        Some(Finding {
            what: Trouble::Spinning,
            weight: weight(changes.looks >= TREND),
            grade: Grade::Possible,
            text: format!(
                "g{} was on a CPU at all {} looks, each time in {}",
                busy.goroutine,
                changes.looks,
                printable(&tail(&busy.function))
            ),
            culprits: vec![u32::try_from(at).ok()?],
            objects: Vec::new(),
            held_up: 0,
            ..Finding::default()
        })
    });
    let growth = changes.creators.iter().filter_map(|it| growth(changes, it));
    let mut all: Vec<Finding> = spins.chain(growth).collect();
    all.sort_by_key(|finding| std::cmp::Reverse(finding.weight));
    all
}

fn growth(changes: &Changes, creators: &Creators) -> Option<Finding> {
    let (before, after) = creators.ends();
    let more = after.checked_sub(before).filter(|more| *more >= GROWN)?;
    let statement = creators.at.as_ref()?;
    let every_time = creators.counts.is_sorted_by(|a, b| a < b);
    let apart = changes
        .apart
        .map_or(String::new(), |apart| format!(" in {}", short(apart)));
    Some(Finding {
        what: Trouble::Growth,
        weight: weight(every_time && changes.looks >= TREND),
        grade: Grade::Possible,
        text: format!(
            "{} made by {} at {}:{}: {} more than before{apart}",
            plural(after, "goroutine"),
            printable(&tail(&statement.function)),
            printable(statement.file.rsplit('/').next().unwrap_or_default()),
            statement.line,
            grouped(more)
        ),
        culprits: Vec::new(),
        objects: Vec::new(),
        held_up: 0,
        ..Finding::default()
    })
}

fn weight(is_trend: bool) -> Weight {
    if is_trend {
        Weight::Suspicious
    } else {
        Weight::Note
    }
}
