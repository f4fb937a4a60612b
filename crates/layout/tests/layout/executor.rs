//! Carries a plan out over hand-made memory, as `attach` does over a process.

use gopeek_layout::mem::read_bytes;
use gopeek_layout::roots::{Method, Root, Roots};
use gopeek_layout::testing::Bytes;
use gopeek_layout::{Addr, Memory, Plan, Span};

/// More than any hand-made target has in one piece.
const MAX_READ: u64 = 1 << 20;
/// More than any plan of a hand-made target needs, and no more than its limits let it have.
const MAX_WAVES: usize = 500;

/// What a plan asked for, and what came.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) waves: Vec<Vec<Span>>,
    pub(crate) got: Vec<Bytes>,
}

impl Run {
    /// Bytes asked for in all.
    pub(crate) fn asked(&self) -> u64 {
        self.waves
            .iter()
            .flatten()
            .fold(0, |sum, span| sum.saturating_add(span.len))
    }

    /// Whether `[start, end)` was asked for as such.
    pub(crate) fn asked_for(&self, start: u64, end: u64) -> bool {
        self.waves
            .iter()
            .flatten()
            .any(|asked| *asked == span(start, end))
    }

    /// Whether anything was asked for in `[start, end)`.
    pub(crate) fn touched(&self, start: u64, end: u64) -> bool {
        self.waves.iter().flatten().any(|asked| {
            asked.len > 0 && (start..end).contains(&asked.start.get())
                || asked.contains(Addr::new(start))
        })
    }
}

/// `[start, end)`.
pub(crate) fn span(start: u64, end: u64) -> Span {
    Span::between(Addr::new(start), Addr::new(end)).expect("a span that ascends")
}

/// Asks until the plan asks for nothing. What can't be read is left out.
pub(crate) fn run(plan: &mut Plan<'_>, target: &dyn Memory) -> Run {
    run_with(plan, target, &[])
}

/// Likewise, with threads that stand still at these stack pointers.
pub(crate) fn run_with(plan: &mut Plan<'_>, target: &dyn Memory, sps: &[Addr]) -> Run {
    let mut run = Run {
        waves: Vec::new(),
        got: Vec::new(),
    };
    loop {
        let wave = plan.next(&&run.got[..], sps);
        if wave.is_empty() {
            assert_eq!(plan.next(&&run.got[..], sps), [], "done is done");
            return run;
        }
        for span in wave.iter().filter(|span| span.len <= MAX_READ) {
            let len = usize::try_from(span.len).unwrap();
            if let Ok(bytes) = read_bytes(target, span.start, len) {
                run.got.push(Bytes::at(span.start.get()).raw(&bytes));
            }
        }
        run.waves.push(wave);
        assert!(run.waves.len() <= MAX_WAVES, "a plan that does not end");
    }
}

/// A root at `at`.
pub(crate) fn root(at: u64) -> Root {
    Root {
        at: Addr::new(at),
        by: Method::Symbol,
    }
}

/// Only allgs, at `at`.
pub(crate) fn only_allgs(at: u64) -> Roots {
    Roots {
        allgs: root(at),
        allm: None,
        allp: None,
        finalizer_status: None,
        traceback_labels: None,
    }
}
