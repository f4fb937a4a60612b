//! `--where`, `--on`, `--limit`: which goroutines are shown.

use crate::filter::{Filter, address};
use crate::report::Report;
use clap::Args;

/// Which goroutines to show.
#[derive(Args, Debug)]
pub(crate) struct Chosen {
    /// Show only goroutines that match this filter: 'state=wait and wait>5m and fn~pool', 'label.tenant=a or not idle'
    /// (docs/filters.md).
    #[arg(
        long = "where",
        value_name = "EXPR",
        conflicts_with_all = ["threads", "goroutines"]
    )]
    filter: Option<Filter>,
    /// Show only goroutines that use the object at this address: those that wait on it, may hold it, or have it as argument.
    #[arg(
        long,
        value_name = "ADDRESS",
        value_parser = address,
        conflicts_with_all = ["threads", "goroutines"]
    )]
    on: Option<u64>,
    /// Show only the first N goroutines.
    #[arg(
        long,
        value_name = "N",
        conflicts_with_all = ["threads", "goroutines"]
    )]
    limit: Option<usize>,
}

/// How many goroutines were chosen, of those that can be shown.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Count {
    /// There are.
    pub(crate) all: usize,
    /// They are as asked for.
    pub(crate) matching: usize,
    /// They are shown.
    pub(crate) shown: usize,
    /// They are as asked for, and the runtime's own, which are not shown.
    pub(crate) hidden: usize,
}

impl Chosen {
    /// Returns whether any of these was given.
    pub(crate) fn is_given(&self) -> bool {
        self.filter.is_some() || self.on.is_some() || self.limit.is_some()
    }

    /// What is asked for; nothing where all are.
    pub(crate) fn filter(&self) -> Option<Filter> {
        match (self.filter.clone(), self.on.map(Filter::on)) {
            (Some(filter), Some(on)) => Some(filter.and(on)),
            (filter, on) => filter.or(on),
        }
    }

    /// Whether a diagnosis has to find out what is asked for.
    pub(crate) fn needs_diagnosis(&self) -> bool {
        self.filter().is_some_and(|filter| filter.needs_diagnosis())
    }

    /// Leaves those in the report that are asked for, and counts them; nothing where all are. `runtime` says that the
    /// runtime's own are shown, too.
    pub(crate) fn choose(&self, report: &mut Report, runtime: bool) -> Option<Count> {
        let filter = self.filter();
        if filter.is_none() && self.limit.is_none() {
            return None;
        }
        let matcher = filter.as_ref().map(|filter| filter.over(report));
        let mut count = Count {
            all: 0,
            matching: 0,
            shown: 0,
            hidden: 0,
        };
        let mut kept = Vec::with_capacity(report.goroutines.len());
        for goroutine in &report.goroutines {
            let is_shown = runtime || report.is_users(goroutine);
            let is_wanted = matcher.as_ref().is_none_or(|it| it.matches(goroutine));
            let fits = self.limit.is_none_or(|limit| count.shown < limit);
            count.all += usize::from(is_shown);
            count.matching += usize::from(is_shown && is_wanted);
            count.hidden += usize::from(!is_shown && is_wanted);
            count.shown += usize::from(is_shown && is_wanted && fits);
            kept.push(is_wanted && fits);
        }
        drop(matcher);
        report.retain(&kept);
        Some(count)
    }
}
