//! The ways to show a process that must show the same of its core.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use super::momentary::Momentary;
use crate::look::UNHURRIED;
use crate::{dump, repo, run};

/// Longer than gopeek takes for any of it, on a loaded machine.
const LIMIT: Duration = Duration::from_secs(120);
/// So many goroutines are shown one by one, of all parts of a dump.
const SINGLE: usize = 12;

/// One way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct View {
    flags: Vec<String>,
    of: Of,
    /// What of it is of the moment.
    momentary: Momentary,
}

/// Which cores have what a view shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Of {
    /// All.
    Any,
    /// Only gopeek's own: what the kernel said of the threads, and the moment.
    Own,
    /// Only those of all memory: what variables lead to is in no core that is made for goroutines.
    Whole,
}

/// What gopeek said.
pub(super) struct Shown {
    /// On its standard output, but for what is of the moment.
    pub(super) text: Vec<u8>,
    /// Its warnings: what is not whole.
    pub(super) warnings: Vec<String>,
}

impl View {
    fn new(flags: &[&str], of: Of) -> Self {
        Self {
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            of,
            momentary: Momentary::Lines,
        }
    }

    fn with(self, momentary: Momentary) -> Self {
        Self { momentary, ..self }
    }

    /// The text of runtime.Stack, which everything begins with.
    pub(super) fn stack() -> Self {
        Self::new(&["--format=stack"], Of::Any)
    }

    /// Whether it shows C frames, for which the libraries must be known.
    pub(super) fn is_native(&self) -> bool {
        self.flags.iter().any(|flag| flag == "--native")
    }

    /// Whether a core must show it, one of gopeek's own or one of all memory.
    pub(super) fn is_of(&self, is_own: bool) -> bool {
        match self.of {
            Of::Any => true,
            Of::Own => is_own,
            Of::Whole => !is_own,
        }
    }

    /// Its flags, in a line.
    pub(super) fn name(&self) -> String {
        let shown: Vec<_> = self.flags.iter().take(4).map(String::as_str).collect();
        shown.join(" ")
    }

    /// Shows a process.
    ///
    /// # Errors
    /// When gopeek does not.
    pub(super) fn of_process(&self, pid: u32) -> Result<Shown> {
        self.show(Command::new(repo::gopeek()).args([&pid.to_string(), UNHURRIED]))
    }

    /// Shows a core; one that does not say of which program it is, with that.
    ///
    /// # Errors
    /// When gopeek does not.
    pub(super) fn of_core(&self, core: &Path, program: Option<&Path>) -> Result<Shown> {
        let mut gopeek = Command::new(repo::gopeek());
        gopeek.arg("core").arg(core).args(program);
        self.show(&mut gopeek)
    }

    fn show(&self, gopeek: &mut Command) -> Result<Shown> {
        let ended = run::gopeek(LIMIT, gopeek.args(&self.flags))?;
        Ok(Shown {
            text: self.momentary.without(ended.stdout),
            warnings: crate::look::warnings(&ended.stderr),
        })
    }
}

/// Every view of a process whose goroutines are those of `stack`.
///
/// # Errors
/// When that is no dump.
pub(super) fn views(stack: &[u8], has_c: bool, has_dwarf: bool) -> Result<Vec<View>> {
    let goroutines = dump::split(stack)?;
    let step = goroutines.len().div_ceil(SINGLE).max(1);
    let some = goroutines.iter().step_by(step);
    let some: Vec<String> = some
        .map(|block| format!("--goroutine={}", block.goid))
        .collect();
    let of_some = |more: &[&str], of| {
        let mut view = View::new(more, of);
        view.flags.extend(some.clone());
        view
    };
    let mut views = vec![
        View::stack(),
        View::new(&["--format=sigquit"], Of::Any),
        View::new(&["--format=compat"], Of::Any),
        View::new(&["--format=stack", "--runtime"], Of::Any),
        View::new(&["--threads"], Of::Own),
        View::new(&["--threads", "--runtime"], Of::Own),
        of_some(&[], Of::Own),
        of_some(&["--runtime"], Of::Own),
        View::new(&["--format=folded"], Of::Any),
        View::new(&["--format=pprof"], Of::Any).with(Momentary::Profile),
        View::new(&["--format=gostackparse-json"], Of::Own).with(Momentary::Json),
        View::new(&["--format=json"], Of::Own).with(Momentary::Json),
        View::new(&["--format=ndjson"], Of::Own).with(Momentary::Json),
        View::new(&["--format=report", "--all"], Of::Own).with(Momentary::Report),
    ];
    if has_c {
        views.push(View::new(&["--format=stack", "--native"], Of::Any));
        views.push(View::new(&["--format=sigquit", "--native"], Of::Any));
        views.push(of_some(&["--native"], Of::Own));
    }
    if has_dwarf {
        views.push(of_some(&["--locals"], Of::Whole));
    }
    Ok(views)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goroutines_of_all_parts_are_shown_one_by_one() {
        let blocks: Vec<_> = (1..=30)
            .map(|id| format!("goroutine {id} [select]:\nmain.f()\n"))
            .collect();
        let views = views(blocks.join("\n").as_bytes(), false, false).unwrap();
        let single = views.iter().find(|view| view.flags.len() > 4).unwrap();
        assert_eq!(single.flags.len(), 10);
        assert_eq!(single.flags.last().unwrap(), "--goroutine=28");
        assert!(
            views
                .iter()
                .all(|view| !view.flags.iter().any(|flag| flag == "--native"))
        );
    }

    #[test]
    fn what_the_kernel_says_of_threads_is_in_no_other_core() {
        let views = views(b"goroutine 1 [running]:\nmain.f()\n", true, true).unwrap();
        let others: Vec<_> = views.iter().filter(|view| view.is_of(false)).collect();
        assert_eq!(others.len(), 9);
        assert!(others.iter().all(|view| !view.name().contains("--threads")));
        let own = views.iter().filter(|view| view.is_of(true));
        assert_eq!(own.count(), views.len() - 1);
    }
}
