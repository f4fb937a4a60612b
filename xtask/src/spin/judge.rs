//! Whether a stack is one that the truth allows, and if not, what is wrong with it.

use std::fmt;

use super::stack::{Frame, Stack};
use super::truth::{Expected, Truth};

/// What is wrong with a stack.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Wrong {
    /// The goroutine is not in the dump.
    Missing,
    /// The dump says that its stack is not to be had.
    Unavailable,
    /// It has no frames, and nothing is said of that.
    Empty,
    /// It does not begin at the function that the goroutine was started with.
    Outermost,
    /// It has a function that can't be there.
    Function,
    /// It has a function of package main at a line that it can't be at.
    Line,
    /// It is parked for good, and some of its frames are missing, or it is said to run.
    Parked,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Missing => "goroutine missing",
            Self::Unavailable => "stack unavailable",
            Self::Empty => "no frames",
            Self::Outermost => "wrong outermost frame",
            Self::Function => "wrong function",
            Self::Line => "wrong line",
            Self::Parked => "parked, not whole",
        })
    }
}

/// Holds a stack against what is expected of it.
///
/// # Errors
/// What is wrong.
pub(super) fn judge(expected: &Expected, truth: &Truth, stack: &Stack) -> Result<(), Wrong> {
    if stack.unavailable {
        return Err(Wrong::Unavailable);
    }
    let mut frames = stack.frames.iter().rev().peekable();
    // Both are there only where frames of the runtime are shown; the second is what the compiler makes of a `go`
    // statement with arguments.
    frames.next_if(|frame| frame.function == "runtime.goexit");
    frames.next_if(|frame| frame.function.starts_with("main.main."));
    match frames.peek() {
        None => return Err(Wrong::Empty),
        Some(frame) if frame.function != expected.name => return Err(Wrong::Outermost),
        Some(_) => {}
    }
    let mut steps = expected.steps.iter().peekable();
    let mut repeated = None;
    for frame in frames {
        if let Some(step) = steps.next_if(|step| step.takes(&frame.function)) {
            repeated = Some(step).filter(|step| step.repeats);
        } else if !repeated.is_some_and(|step| step.takes(&frame.function))
            && !is_runtime(&frame.function)
        {
            return Err(Wrong::Function);
        }
        if !is_at_a_mark(frame, truth) {
            return Err(Wrong::Line);
        }
    }
    if expected.parks && (stack.running || steps.peek().is_some()) {
        return Err(Wrong::Parked);
    }
    Ok(())
}

/// What the compiler writes for an instruction of no line in particular, as an endless loop's jump back.
const NO_LINE: u32 = 1;

fn is_at_a_mark(frame: &Frame, truth: &Truth) -> bool {
    !frame.function.starts_with("main.")
        || (frame.file.ends_with("/spin/main.go")
            && (frame.line == NO_LINE || truth.marked.contains(&frame.line)))
}

/// The runtime, what is a part of it by another name, and its assembly, which belongs to no package.
fn is_runtime(function: &str) -> bool {
    const PACKAGES: [&str; 7] = [
        "runtime.",
        "runtime/internal/",
        "internal/runtime/",
        "internal/abi.",
        "internal/bytealg.",
        "internal/chacha8rand.",
        "internal/cpu.",
    ];
    // `panic` is runtime.gopanic, and assembly such as memeqbody has no package.
    !function.contains('.') || PACKAGES.iter().any(|package| function.starts_with(package))
}

#[cfg(test)]
mod tests {
    use super::{Wrong, judge};
    use crate::spin::stack::{Frame, Stack};
    use crate::spin::truth::Truth;

    const SOURCE: &str = "\tgo f()\n\tf //@\n\tg //@\n";

    /// A stack whose frames are given outermost first, as `function:line`.
    fn stack(frames: &str) -> Stack {
        let frame = |text: &str| {
            let (function, line) = text.split_once(':').unwrap_or((text, "0"));
            Frame {
                function: function.to_owned(),
                file: "/p/spin/main.go".to_owned(),
                line: line.parse().unwrap(),
            }
        };
        Stack {
            frames: frames.split_whitespace().rev().map(frame).collect(),
            ..Stack::default()
        }
    }

    fn verdict(table: &str, stack: &Stack) -> Result<(), Wrong> {
        let truth = Truth::parse(table, SOURCE).unwrap();
        judge(&truth.goroutines[&1], &truth, stack)
    }

    #[test]
    fn a_stack_may_end_after_any_step_and_have_the_runtime_anywhere() {
        for frames in [
            "main.f:2",
            "main.f:2 main.g:3 main.g:3",
            "main.f:1",
            "runtime.goexit main.f:2 runtime.mapiternext memeqbody",
            "runtime.goexit main.main.gowrap1:1 main.f:2",
            "main.f:2 panic main.g:3 runtime.gorecover",
            "main.f:2 main.g:3 time.now",
        ] {
            let verdict = verdict("runs main.f main.g+ time.*", &stack(frames));
            assert_eq!(verdict, Ok(()), "{frames}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        for (frames, wrong) in [
            ("", Wrong::Empty),
            ("main.g:3", Wrong::Outermost),
            ("main.main:2 main.f:2", Wrong::Outermost),
            ("runtime.mcall main.f:2", Wrong::Outermost),
            ("main.f:2 main.f:2", Wrong::Function),
            ("main.f:2 time.now main.g:3", Wrong::Function),
            ("main.f:2 os.Read", Wrong::Function),
            ("main.f:2 main.g:4", Wrong::Line),
        ] {
            let verdict = verdict("runs main.f main.g time.*", &stack(frames));
            assert_eq!(verdict, Err(wrong), "{frames}");
        }
        let unavailable = Stack {
            unavailable: true,
            ..Stack::default()
        };
        assert_eq!(
            verdict("runs main.f", &unavailable),
            Err(Wrong::Unavailable)
        );
    }

    #[test]
    fn a_parked_stack_is_whole_and_does_not_run() {
        let table = "parks main.f main.g+";
        assert_eq!(verdict(table, &stack("main.f:2 main.g:3")), Ok(()));
        assert_eq!(verdict(table, &stack("main.f:2")), Err(Wrong::Parked));
        let running = Stack {
            running: true,
            ..stack("main.f:2 main.g:3")
        };
        assert_eq!(verdict(table, &running), Err(Wrong::Parked));
    }
}
