//! Compares two dumps goroutine by goroutine: same bytes, same order, nothing missing, nothing extra.

use anyhow::{Context, Result};
use similar::{Algorithm, DiffOp, TextDiff, capture_diff_slices};

use crate::dump::{Block, split};

/// How far two dumps agree.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Agreement {
    /// Goroutines that are in both, with the same bytes, at the same place in the order.
    pub(crate) identical: usize,
    /// The oracle's goroutines, less its caller.
    pub(crate) total: usize,
    /// What is different, as people read it: a line that says what, and a diff when there is one.
    pub(crate) differences: Vec<String>,
}

/// Compares gopeek's dump with the oracle's.
///
/// The oracle's first block is the goroutine that called runtime.Stack. It runs there and is parked
/// when gopeek looks, so it is left out of both.
///
/// # Errors
/// When one of the two is no dump.
pub(crate) fn compare(oracle: &[u8], gopeek: &[u8]) -> Result<Agreement> {
    let mut oracle = split(oracle).context("what the target wrote")?;
    let mut gopeek = split(gopeek).context("what gopeek wrote")?;
    let caller = oracle.first().map(|block| block.goid);
    oracle.retain(|block| Some(block.goid) != caller);
    gopeek.retain(|block| Some(block.goid) != caller);
    Ok(line_up(&oracle, &gopeek))
}

/// Compares gopeek's dump with that of a program which SIGQUIT killed: its goroutines, then what is around them.
///
/// What such a program can't show of a goroutine that runs on another thread, gopeek does: such a block agrees when its
/// header and its creator do.
///
/// # Errors
/// When one of the two is no dump.
pub(crate) fn compare_crash(oracle: &[u8], gopeek: &[u8]) -> Result<Agreement> {
    let (theirs, ours) = (Crash::of(oracle), Crash::of(gopeek));
    let mut agreement = compare_goroutines(theirs.goroutines, ours.goroutines)?;
    for (what, theirs, ours) in [
        ("the preamble", theirs.preamble, ours.preamble),
        ("registers", theirs.registers, ours.registers),
    ] {
        if theirs != ours {
            let diff = diff(theirs, ours);
            agreement.differences.push(format!("{what}:\n{diff}"));
        }
    }
    Ok(agreement)
}

/// Likewise, of the goroutines alone.
///
/// # Errors
/// When one of the two is no dump.
pub(crate) fn compare_goroutines(oracle: &[u8], gopeek: &[u8]) -> Result<Agreement> {
    let oracle = split(oracle).context("what the target wrote")?;
    let mut gopeek = split(gopeek).context("what gopeek wrote")?;
    for block in &mut gopeek {
        let same = oracle.iter().find(|other| other.goid == block.goid);
        if let Some(other) = same.filter(|other| is_unseen_of(other.text, block.text)) {
            block.text = other.text;
        }
    }
    Ok(line_up(&oracle, &gopeek))
}

/// A difference as a unified diff, from the target's lines (-) to gopeek's (+).
pub(crate) fn diff(oracle: &[u8], gopeek: &[u8]) -> String {
    let oracle = String::from_utf8_lossy(oracle);
    let gopeek = String::from_utf8_lossy(gopeek);
    let diff = TextDiff::from_lines(oracle.as_ref(), gopeek.as_ref());
    diff.unified_diff().context_radius(2).to_string()
}

/// The parts of what SIGQUIT makes a program write.
struct Crash<'t> {
    preamble: &'t [u8],
    goroutines: &'t [u8],
    registers: &'t [u8],
}

impl<'t> Crash<'t> {
    fn of(text: &'t [u8]) -> Crash<'t> {
        let position =
            |text: &[u8], what: &[u8]| text.windows(what.len()).position(|at| at == what);
        // What the program itself had written is not of the crash.
        let from = position(text, b"SIGQUIT: quit\n").unwrap_or(0);
        let (_, text) = text.split_at(from);
        let from = position(text, b"\n\ngoroutine ").map_or(0, |at| at + 2);
        let (preamble, text) = text.split_at(from);
        let registers = ["\n\nrax ", "\n\nr0 "];
        let to = registers
            .iter()
            .find_map(|first| position(text, first.as_bytes()));
        let (goroutines, registers) = text.split_at(to.map_or(text.len(), |at| at + 1));
        Crash {
            preamble,
            goroutines,
            registers,
        }
    }
}

/// Whether `crash` is what a crash says of a goroutine that it can't see, and `whole` says the same and its stack.
fn is_unseen_of(crash: &[u8], whole: &[u8]) -> bool {
    let crash = String::from_utf8_lossy(crash);
    let whole = String::from_utf8_lossy(whole);
    let mut lines = crash.lines();
    let (header, unseen) = (lines.next(), lines.next());
    unseen == Some("\tgoroutine running on other thread; stack unavailable")
        && header == whole.lines().next()
        && lines.all(|line| whole.lines().any(|other| other == line))
}

fn line_up(oracle: &[Block<'_>], gopeek: &[Block<'_>]) -> Agreement {
    let (left, right) = (goids(oracle), goids(gopeek));
    let mut agreement = Agreement {
        identical: 0,
        total: oracle.len(),
        differences: Vec::new(),
    };
    for op in capture_diff_slices(Algorithm::Myers, &left, &right) {
        let old = oracle.get(op.old_range()).unwrap_or_default();
        let new = gopeek.get(op.new_range()).unwrap_or_default();
        if matches!(op, DiffOp::Equal { .. }) {
            for (old, new) in old.iter().zip(new) {
                if old.text == new.text {
                    agreement.identical += 1;
                } else {
                    let difference = tell(old.goid, "differs", old.text, new.text);
                    agreement.differences.push(difference);
                }
            }
            continue;
        }
        for Block { goid, text } in old {
            agreement.differences.push(if right.contains(goid) {
                format!("goroutine {goid} is out of order")
            } else {
                tell(*goid, "is missing", text, b"")
            });
        }
        for Block { goid, text } in new {
            // One that is out of order was told of already; one that comes twice was not.
            let times = right.iter().filter(|other| *other == goid).count();
            if !left.contains(goid) || times > 1 {
                let difference = tell(*goid, "is extra", b"", text);
                agreement.differences.push(difference);
            }
        }
    }
    agreement
}

fn goids(blocks: &[Block<'_>]) -> Vec<u64> {
    blocks.iter().map(|block| block.goid).collect()
}

/// What is wrong with a goroutine, and a unified diff from the oracle's lines (-) to gopeek's (+).
fn tell(goid: u64, what: &str, oracle: &[u8], gopeek: &[u8]) -> String {
    let diff = diff(oracle, gopeek);
    format!("goroutine {goid} {what}:\n{diff}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A dump whose first goroutine calls and whose others wait.
    fn dump(goids: &[u64]) -> Vec<u8> {
        let block = |goid| format!("goroutine {goid} [select]:\nmain.wait(0x{goid})\n");
        let blocks: Vec<_> = goids.iter().map(block).collect();
        blocks.join("\n").into_bytes()
    }

    fn against(gopeek: &[u8]) -> Agreement {
        compare(&dump(&[1, 5, 6, 7, 8]), gopeek).unwrap()
    }

    #[test]
    fn the_same_agrees() {
        let agreement = against(&dump(&[1, 5, 6, 7, 8]));
        assert_eq!((agreement.identical, agreement.total), (4, 4));
        assert!(agreement.differences.is_empty());
    }

    #[test]
    fn the_caller_is_left_out_wherever_it_stands() {
        let agreement = against(&dump(&[5, 6, 1, 7, 8]));
        assert_eq!((agreement.identical, agreement.total), (4, 4));
        assert!(agreement.differences.is_empty());
        assert!(against(&dump(&[5, 6, 7, 8])).differences.is_empty());
    }

    #[test]
    fn another_order_is_a_difference() {
        let agreement = against(&dump(&[1, 5, 7, 6, 8]));
        assert_eq!((agreement.identical, agreement.total), (3, 4));
        assert_eq!(agreement.differences.len(), 1);
        assert!(agreement.differences[0].ends_with("out of order"));
    }

    #[test]
    fn a_missing_goroutine_costs_only_itself() {
        let agreement = against(&dump(&[1, 5, 7, 8]));
        assert_eq!((agreement.identical, agreement.total), (3, 4));
        assert!(agreement.differences[0].starts_with("goroutine 6 is missing"));
    }

    #[test]
    fn an_extra_goroutine_is_a_difference() {
        for extra in [[1, 5, 6, 9, 7, 8], [1, 5, 6, 6, 7, 8]] {
            let agreement = against(&dump(&extra));
            assert_eq!((agreement.identical, agreement.total), (4, 4));
            assert_eq!(agreement.differences.len(), 1);
            assert!(agreement.differences[0].contains("is extra"));
        }
    }

    const CRASH: &str = "SIGQUIT: quit\nPC=0x1 m=0 sigcode=0\n\ngoroutine 1 [running]:\nmain.main()\n\n\
                         goroutine 5 [running]:\n\tgoroutine running on other thread; stack unavailable\n\
                         created by main.main\n\t/main.go:7\n\nrax    0x0\nrbx    0x1\n";

    #[test]
    fn a_crash_agrees_but_for_what_it_could_not_see() {
        let seen = "\tgoroutine running on other thread; stack unavailable\n";
        let whole = CRASH.replace(seen, "main.spin()\n\t/main.go:9\n");
        let agreement = compare_crash(CRASH.as_bytes(), whole.as_bytes()).unwrap();
        assert_eq!((agreement.identical, agreement.total), (2, 2));
        assert!(agreement.differences.is_empty());
    }

    #[test]
    fn a_crash_with_another_register_or_pc_differs() {
        for (from, to) in [("rbx    0x1", "rbx    0x2"), ("PC=0x1", "PC=0x2")] {
            let other = CRASH.replace(from, to);
            let agreement = compare_crash(CRASH.as_bytes(), other.as_bytes()).unwrap();
            assert_eq!((agreement.identical, agreement.differences.len()), (2, 1));
        }
    }

    #[test]
    fn a_crash_with_another_creator_or_frame_differs() {
        for (from, to) in [("main.go:7", "main.go:8"), ("main.main()", "main.other()")] {
            let other = CRASH.replace(from, to);
            let agreement = compare_crash(CRASH.as_bytes(), other.as_bytes()).unwrap();
            assert_eq!(agreement.identical, 1, "{to}");
        }
    }

    #[test]
    fn other_bytes_are_shown_as_a_diff() {
        let mut gopeek = dump(&[1, 5, 6, 7, 8]);
        gopeek.push(b'!');
        let agreement = against(&gopeek);
        assert_eq!((agreement.identical, agreement.total), (3, 4));
        assert!(agreement.differences[0].contains("+!"));
    }

    #[test]
    fn a_wait_that_is_one_minute_longer_is_a_difference() {
        let gopeek = String::from_utf8(dump(&[1, 5, 6, 7, 8])).unwrap();
        let gopeek = gopeek.replacen("[select]", "[select, 1 minutes]", 2);
        assert_eq!(against(gopeek.as_bytes()).identical, 3);
    }
}
