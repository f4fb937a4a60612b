//! Whether what gopeek tells of a crash is what the program itself printed.

use anyhow::{Context, Result, bail};

use super::way::Way;
use crate::agree::compare::{Agreement, compare_goroutines, diff};
use crate::dump;

/// What is between a thread's part and the next, where a crashing program asks all its threads.
const RELAY: &str = "\n-----\n\n";
/// How the first goroutine, or the thread's own stack, begins.
const BEGINNINGS: [&str; 2] = ["\n\ngoroutine ", "\n\nruntime stack:\n"];

/// The parts of a crash's text.
#[derive(Debug, PartialEq, Eq)]
struct Parts<'t> {
    /// What happened.
    head: &'t str,
    /// The thread's own stack.
    own: &'t str,
    goroutines: &'t str,
    registers: &'t str,
}

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Option<Parts<'t>> {
        // A thread that gets SIGQUIT while it prints adds its part behind it.
        let text = text.split(RELAY).next().unwrap_or(text);
        let at = BEGINNINGS
            .iter()
            .filter_map(|begin| text.find(begin))
            .min()?;
        let (head, text) = text.split_at(at + 1);
        let text = text.trim_start_matches('\n');
        let to = ["\n\nrax ", "\n\nr0 "].iter().find_map(|it| text.find(it));
        let (text, registers) = text.split_at(to.map_or(text.len(), |at| at + 1));
        let begins_with_own = !text.starts_with("goroutine ") || text.starts_with("goroutine 0 ");
        let (own, goroutines) = match text.find("\n\ngoroutine ") {
            _ if !begins_with_own => ("", text),
            Some(at) => text.split_at(at + 2),
            None => (text, ""),
        };
        Some(Parts {
            head,
            own,
            goroutines,
            registers,
        })
    }
}

/// Compares what gopeek printed with what the program did.
///
/// # Errors
/// When one of the two is no crash.
pub(crate) fn judge(theirs: &str, ours: &str) -> Result<Agreement> {
    let theirs = Parts::of(theirs).context("what the program printed is no crash")?;
    let ours = Parts::of(ours).context("what gopeek printed is no crash")?;
    let ends = |text: &str| format!("{}\n", text.trim_end_matches('\n'));
    let (left, right) = (once(theirs.goroutines)?, ends(ours.goroutines));
    let mut agreement = compare_goroutines(left.as_bytes(), right.as_bytes())?;
    let mut differs = |what: &str, theirs: &str, ours: &str| {
        let diff = diff(theirs.as_bytes(), ours.as_bytes());
        agreement.differences.push(format!("{what}:\n{diff}"));
    };
    // What the program had printed before is not of the crash.
    if ours.head.trim().is_empty()
        || !format!("\n{}", theirs.head).ends_with(&format!("\n{}", ours.head))
    {
        differs("the head", theirs.head, ours.head);
    }
    let (left, right) = (ends(theirs.own), ends(ours.own));
    if left != right {
        differs("the thread's own stack", &left, &right);
    }
    let (left, right) = (ends(theirs.registers), ends(ours.registers));
    if left != right {
        differs("registers", &left, &right);
    }
    Ok(agreement)
}

/// The goroutines of a program's text. One of another thread that crashes at the same time comes once more, at the end.
fn once(text: &str) -> Result<String> {
    let text = format!("{}\n", text.trim_end_matches('\n'));
    let mut blocks = dump::split(text.as_bytes())?;
    let goids: Vec<u64> = blocks.iter().map(|block| block.goid).collect();
    let mut index = 0;
    blocks.retain(|block| {
        index += 1;
        !goids[..index - 1].contains(&block.goid)
    });
    let texts: Vec<_> = blocks.iter().map(|block| block.text).collect();
    Ok(String::from_utf8_lossy(&texts.join(&b'\n')).into_owned())
}

/// The number of the goroutine that a text begins with.
fn first(text: &str) -> Option<&str> {
    let (_, text) = text.split_once("goroutine ")?;
    text.split(' ').next()
}

/// Checks what gopeek says on stderr, and that its other formats begin with the same goroutine as the program's text.
///
/// # Errors
/// When it says something else, or they do not.
pub(crate) fn tells(way: &Way, theirs: &str, preamble: &str, formats: &[String]) -> Result<()> {
    let told = format!("gopeek: it crashed: {}", way.told);
    if !preamble.lines().any(|line| line.starts_with(&told)) {
        bail!("does not say {told:?}:\n{preamble}");
    }
    let Some(parts) = Parts::of(theirs).filter(|_| way.printed) else {
        return Ok(());
    };
    let expected = first(parts.goroutines);
    for text in formats {
        let number = first(text);
        // A format without the runtime's goroutines has others first where it happened in one of those.
        if number != expected {
            bail!("{number:?} goes first, not {expected:?}:\n{text}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{judge, tells};
    use crate::crash::way;

    const SAID: &str = "hello\npanic: now\n\ngoroutine 7 [running]:\nmain.main()\n\t/main.go:7\n\n\
                        goroutine 1 [select]:\nmain.wait()\n\t/main.go:9\n";

    #[test]
    fn the_same_agrees_whatever_was_printed_before() {
        let ours = SAID.strip_prefix("hello\n").unwrap();
        let agreement = judge(SAID, ours).unwrap();
        assert_eq!((agreement.identical, agreement.total), (2, 2));
        assert!(agreement.differences.is_empty());
    }

    #[test]
    fn another_head_order_or_stack_differs() {
        for (from, to) in [
            ("panic: now", "panic: ow"),
            ("panic: now", ""),
            ("main.go:7", "main.go:8"),
            (
                "goroutine 7 [running]",
                "runtime stack:\n\ngoroutine 7 [running]",
            ),
        ] {
            let other = SAID.replace("hello\n", "").replace(from, to);
            assert!(!judge(SAID, &other).unwrap().differences.is_empty(), "{to}");
        }
    }

    #[test]
    fn a_threads_own_stack_and_registers_are_compared_and_the_relay_is_not() {
        let said = "SIGABRT: abort\nPC=0x1 m=0 sigcode=0\n\ngoroutine 0 gp=0x1 m=0 mp=0x2 [idle]:\nruntime.futex()\n\n\
                    goroutine 1 [select]:\nmain.wait()\n\nrax    0x0\n";
        let relayed = format!("{said}\n-----\n\nSIGQUIT: quit\n");
        assert!(judge(&relayed, said).unwrap().differences.is_empty());
        for (from, to) in [("rax    0x0", "rax    0x1"), ("futex", "sleep")] {
            let other = said.replace(from, to);
            assert_eq!(judge(&relayed, &other).unwrap().differences.len(), 1);
        }
    }

    #[test]
    fn a_second_crash_is_not_looked_at() {
        let said = format!("{SAID}\ngoroutine 1 [running]:\nmain.late()\n");
        let ours = SAID.replace("hello\n", "");
        assert!(judge(&said, &ours).unwrap().differences.is_empty());
    }

    #[test]
    fn the_goroutine_that_crashed_goes_first() {
        let way = way::named("after").unwrap();
        let right = "goroutine 7 [running]:\n".to_owned();
        let preamble = "gopeek: it crashed: panic: now\n";
        assert!(tells(&way, SAID, preamble, std::slice::from_ref(&right)).is_ok());
        assert!(tells(&way, SAID, "", &[right]).is_err());
        assert!(
            tells(
                &way,
                SAID,
                preamble,
                &["goroutine 1 [select]:\n".to_owned()]
            )
            .is_err()
        );
    }
}
