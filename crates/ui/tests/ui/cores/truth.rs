//! What Go itself said of a process at the moment of its core, which nobody blesses.

use super::goldens::same;

/// The extension of a process's own `runtime.Stack` of all goroutines, which its first one called.
pub(super) const STACK: &str = "oracle";
/// Of what it said when it crashed, with `GOTRACEBACK=crash`; `--format=sigquit` says the same.
pub(super) const CRASH: &str = "stderr";

const HEADER: &str = "goroutine ";

/// The blocks of a dump: everything from one goroutine's header to the next.
fn blocks(dump: &str) -> impl Iterator<Item = &str> {
    let starts = dump.match_indices("\n\ngoroutine ").map(|(at, _)| at + 2);
    let first = dump.starts_with(HEADER).then_some(0);
    let starts: Vec<usize> = first.into_iter().chain(starts).collect();
    let ends = starts.clone().into_iter().skip(1).map(|at| at - 1);
    let ends = ends.chain([dump.len()]);
    starts
        .into_iter()
        .zip(ends)
        .map(|(from, to)| &dump[from..to])
}

/// The number in a block's header.
fn number(block: &str) -> Option<&str> {
    block.strip_prefix(HEADER)?.split(' ').next()
}

/// The numbers of a dump's goroutines.
pub(super) fn numbers(dump: &str) -> impl Iterator<Item = &str> {
    blocks(dump).filter_map(number)
}

/// Whether gopeek's text is the process's own, but for the goroutine that wrote that: it went on to wait.
pub(super) fn stack(own: &str, said: &str) -> Result<(), String> {
    let caller = numbers(own).next().ok_or("it is no dump")?;
    let others = |dump: &str| {
        let others = blocks(dump).filter(|block| number(block) != Some(caller));
        others.collect::<Vec<_>>().join("\n")
    };
    if !numbers(said).any(|number| number == caller) {
        return Err(format!("goroutine {caller} is missing"));
    }
    same(&others(own), &others(said))
}
