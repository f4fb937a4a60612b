//! Whether a stack of `hot` is of one moment: its frames say themselves what comes above and below them.

use anyhow::{Context, Result};

/// How deep each way goes; as in the program.
const LEVELS: u64 = 10;

/// What a goroutine's block says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// It has a stack that may be.
    Right,
    /// It has none, as it ran whenever it was looked at.
    Moved,
    /// It has none, as it runs.
    Running,
    /// It has a stack that can't be.
    Wrong(&'static str),
}

/// A line of a stack: a function, and its arguments, of which those that are not live are nothing.
#[derive(Debug)]
struct Frame<'t> {
    function: &'t str,
    args: Vec<Option<u64>>,
}

impl Frame<'_> {
    /// Whether the argument at `index` is `value`, as far as it can be told.
    fn has(&self, index: usize, value: u64) -> bool {
        let arg = self.args.get(index).copied().flatten();
        arg.is_none_or(|arg| arg == value)
    }
}

/// Judges a goroutine's block; nothing of one that is not of those that switch.
///
/// # Errors
/// When it is no block.
pub(super) fn judge(block: &str) -> Result<Option<Verdict>> {
    let header = block.lines().next().context("an empty block")?;
    let made = block
        .lines()
        .skip_while(|line| !line.starts_with("created by main.main"));
    if made.count() == 0 {
        return Ok(None);
    }
    if block.contains("\tgoroutine moved while it was looked at") {
        return Ok(Some(Verdict::Moved));
    }
    if block.contains("\tgoroutine running on other thread") {
        return Ok(Some(Verdict::Running));
    }
    let lines = block.lines().skip(1);
    let frames = lines.filter(|line| !line.starts_with('\t') && !line.starts_with("created by"));
    let mut frames: Vec<Frame<'_>> = frames.map(frame).collect();
    // Whoever allocates may have to wait for a collection.
    let active = ["[running", "[runnable", "[preempted", "[GC "];
    let waits = !active.iter().any(|state| header.contains(state));
    // One that was interrupted where it had just been called has not put its arguments where they are looked for.
    if let Some(innermost) = frames.first_mut().filter(|_| !waits) {
        innermost.args.clear();
    }
    let mut outermost = frames.iter().rev().peekable();
    if outermost
        .peek()
        .is_some_and(|frame| frame.function.starts_with("main.collect"))
    {
        return Ok(None);
    }
    // What the compiler makes of a `go` statement with arguments.
    outermost.next_if(|frame| frame.function.starts_with("main.main."));
    Ok(Some(match way(outermost, waits) {
        Ok(()) => Verdict::Right,
        Err(why) => Verdict::Wrong(why),
    }))
}

/// Follows a stack from its outermost frame.
fn way<'f, 't: 'f>(
    mut frames: impl Iterator<Item = &'f Frame<'t>>,
    waits: bool,
) -> Result<(), &'static str> {
    let run = frames.next().ok_or("no frames")?;
    if run.function != "main.run" {
        return Err("does not begin at main.run");
    }
    let mut id = run.args.first().copied().flatten();
    let (mut way, mut depth) = (None, LEVELS);
    let mut expected = "main.left";
    let mut arrived = false;
    while let Some(frame) = frames.next() {
        let arg = |index: usize| frame.args.get(index).copied().flatten();
        if !frame.function.starts_with("main.") {
            // Whatever the runtime and the library do there; they do not call back.
            return if frames.any(|frame| frame.function.starts_with("main.")) {
                Err("main below the library")
            } else if waits && !arrived {
                Err("waits where nothing waits")
            } else {
                Ok(())
            };
        }
        if arrived {
            return Err("a frame below the last");
        }
        if frame.function == "main.grow" {
            let same = |frame: &Frame<'_>| id.is_none_or(|id| frame.has(0, id));
            let all = std::iter::once(frame).chain(frames.by_ref());
            let own = all.take_while(|frame| frame.function.starts_with("main."));
            let good = own.fold(true, |good, frame| {
                good && frame.function == "main.grow" && same(frame)
            });
            return if good { Ok(()) } else { Err("grows wrongly") };
        }
        if id.is_some_and(|id| !frame.has(0, id)) {
            return Err("the number of another goroutine");
        }
        if way.is_some_and(|way| !frame.has(1, way)) {
            return Err("two ways in one stack");
        }
        (id, way) = (id.or(arg(0)), way.or(arg(1)));
        if frame.function == "main.meet" {
            if depth != u64::MAX {
                return Err("meets before the end of the way");
            }
            arrived = true;
            continue;
        }
        if depth == u64::MAX || !frame.has(2, depth) {
            return Err("not at its depth");
        }
        if !["main.left", "main.right"].contains(&frame.function) {
            return Err("a function that is on no way");
        }
        if !expected.is_empty() && frame.function != expected {
            return Err("a turn that the way has not");
        }
        expected = match way {
            Some(way) if way >> depth & 1 == 0 => "main.left",
            Some(_) => "main.right",
            None => "",
        };
        depth = depth.wrapping_sub(1);
    }
    if waits && !arrived {
        return Err("waits where nothing waits");
    }
    Ok(())
}

/// `main.left(0x5, 0x1a3?, 0xa)`.
fn frame(line: &str) -> Frame<'_> {
    let (function, args) = line.rsplit_once('(').unwrap_or((line, ""));
    let args = args.trim_end_matches(')').split(", ");
    Frame {
        function,
        args: args
            .map(|arg| u64::from_str_radix(arg.strip_prefix("0x")?, 16).ok())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Verdict, judge};

    /// The way 0x402 from level 10 down: right at level 9, left down to level 1, right at level 0.
    fn block(change: impl Fn(String) -> String) -> String {
        let mut lines = vec![
            "internal/runtime/syscall.Syscall6(0x1)".to_owned(),
            "main.meet(0x5, 0x402, 0xc000)".to_owned(),
            "main.right(0x5, 0x402, 0x0, 0xc000)".to_owned(),
        ];
        for depth in 1..=8 {
            lines.push(format!("main.left(0x5, 0x402, {depth:#x}, 0xc000)"));
        }
        lines.push("main.right(0x5, 0x402?, 0x9, 0xc000)".to_owned());
        lines.push("main.left(0x5, 0x402, 0xa, 0xc000)".to_owned());
        lines.push("main.run(0x5, 0xc000)".to_owned());
        let frames: String = lines
            .into_iter()
            .map(change)
            .filter(|line| !line.is_empty())
            .map(|line| line + "\n\t/hot/main.go:1 +0x1\n")
            .collect();
        format!("goroutine 7 [select]:\n{frames}created by main.main\n\t/hot/main.go:1 +0x1\n")
    }

    fn with(from: &'static str, to: &'static str) -> Verdict {
        let block = block(|line| line.replace(from, to));
        judge(&block).unwrap().expect("one that switches")
    }

    #[test]
    fn a_whole_way_is_right() {
        assert_eq!(with("", ""), Verdict::Right);
    }

    #[test]
    fn whatever_is_of_another_moment_is_wrong() {
        for (from, to) in [
            ("main.left(0x5, 0x402, 0x4", "main.left(0x6, 0x402, 0x4"),
            ("main.left(0x5, 0x402, 0x4", "main.left(0x5, 0x403, 0x4"),
            ("main.left(0x5, 0x402, 0x4", "main.right(0x5, 0x402, 0x4"),
            ("main.left(0x5, 0x402, 0x4", "main.left(0x5, 0x402, 0x3"),
            ("main.left(0x5, 0x402, 0x4, 0xc000)", ""),
            ("main.meet(0x5, 0x402, 0xc000)", ""),
            ("main.run(0x5, 0xc000)", ""),
            ("main.run(0x5", "main.run(0x4"),
            ("internal/runtime/syscall.Syscall6(0x1)", "main.run(0x5)"),
            (
                "main.meet(0x5, 0x402, 0xc000)",
                "main.left(0x5, 0x402, 0xff)",
            ),
        ] {
            assert!(matches!(with(from, to), Verdict::Wrong(_)), "{from} {to}");
        }
    }

    #[test]
    fn what_has_no_stack_says_why() {
        let told = |line: &str| {
            let block = format!("goroutine 7 [running]:\n\t{line}\ncreated by main.main\n");
            judge(&block).unwrap()
        };
        let moved = told("goroutine moved while it was looked at; stack unavailable");
        assert_eq!(moved, Some(Verdict::Moved));
        let running = told("goroutine running on other thread; stack unavailable");
        assert_eq!(running, Some(Verdict::Running));
        let other = "goroutine 1 [IO wait]:\nmain.main()\n\t/hot/main.go:1\n";
        assert_eq!(judge(other).unwrap(), None);
    }
}
