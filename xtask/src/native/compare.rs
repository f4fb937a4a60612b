//! Holding gopeek's frames against gdb's.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result, bail};

/// Threads of `cgochain` that have C frames, and the runs of C frames in all of their stacks: the program's own shape.
const THREADS: usize = 8;
const RUNS: usize = 15;
/// What the script says of a call that has no frame of its own.
const INLINED: &str = " inlined";

/// How much is the same.
#[derive(Default)]
pub(super) struct Agreement {
    threads: usize,
    runs: usize,
    frames: usize,
    /// Functions whose name a stripped file does not tell.
    unnamed: usize,
}

impl Agreement {
    /// Counts another cell in.
    pub(super) fn add(&mut self, other: &Agreement) {
        self.threads += other.threads;
        self.runs += other.runs;
        self.frames += other.frames;
        self.unnamed += other.unnamed;
    }
}

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} threads, {} runs of C frames, {} frames as gdb has them, {} of them by address only",
            self.threads, self.runs, self.frames, self.unnamed
        )
    }
}

/// Compares what `examples/native.rs` and `frames.py` printed.
///
/// # Errors
/// The first thread whose frames differ; threads or runs that are not those of the program; a run that ends for
/// another reason than Go code or a thread's beginning.
pub(super) fn compare(ours: &str, theirs: &str, stripped: bool) -> Result<Agreement> {
    if !theirs.lines().any(|line| line == "done") {
        bail!("gdb's script did not come to its end");
    }
    let (ours, theirs) = (threads(ours), threads(theirs));
    if !ours.keys().eq(theirs.keys()) {
        bail!("other threads: {:?}, gdb {:?}", ours.keys(), theirs.keys());
    }
    let mut agreement = Agreement::default();
    for (thread, lines) in &ours {
        let (ends, frames): (Vec<&str>, Vec<&str>) =
            lines.iter().partition(|line| line.starts_with("end "));
        let broken = ends.iter().find(|end| **end != "end whole");
        if let Some(end) = broken {
            bail!("thread {thread}: {end}");
        }
        let gdb = &theirs[thread];
        let unnamed = same(&frames, gdb, stripped).with_context(|| {
            let (ours, theirs) = (frames.join("\n"), gdb.join("\n"));
            format!("thread {thread}\ngopeek:\n{ours}\ngdb:\n{theirs}")
        })?;
        agreement.add(&Agreement {
            threads: 1,
            runs: ends.len(),
            frames: frames.len(),
            unnamed,
        });
    }
    if (agreement.threads, agreement.runs) != (THREADS, RUNS) {
        bail!("not all chains of the program are there: {agreement}");
    }
    Ok(agreement)
}

/// The lines of each thread.
fn threads(text: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut threads: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut current = None;
    for line in text.lines() {
        if let Some(thread) = line.strip_prefix("thread ") {
            current = Some(threads.entry(thread).or_default());
        } else if let Some(lines) = &mut current
            && ["c ", "go ", "signal ", "end "]
                .iter()
                .any(|kind| line.starts_with(kind))
        {
            lines.push(line);
        }
    }
    threads
}

/// Whether all frames are the same, and how many only by address. A file that was `stripped` of what gdb was given does
/// not tell what was inlined, nor all names: there, a frame stands for all that are one on the stack, and may be without
/// a name.
fn same(ours: &[&str], theirs: &[&str], stripped: bool) -> Result<usize> {
    let mut theirs = theirs.iter().copied();
    let mut unnamed = 0;
    for frame in ours {
        let mut other = theirs.next().context("gdb has fewer frames")?;
        let place = frame.rsplit_once(' ').map_or(*frame, |(place, _)| place);
        while stripped && is_at(other, place) && other.ends_with(INLINED) {
            other = theirs.next().context("gdb has fewer frames")?;
        }
        if *frame == other.strip_suffix(INLINED).unwrap_or(other) {
            continue;
        }
        let nameless = stripped && frame.ends_with(" -");
        if !nameless || !is_at(other, place) {
            bail!("{frame}, gdb: {other}");
        }
        unnamed += 1;
    }
    match theirs.next() {
        Some(more) => bail!("gdb has more frames: {more}"),
        None => Ok(unnamed),
    }
}

fn is_at(frame: &str, place: &str) -> bool {
    frame
        .strip_prefix(place)
        .is_some_and(|rest| rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::{same, threads};

    #[test]
    fn a_frame_without_a_name_stands_for_what_was_inlined_into_it() {
        let gdb = ["c 0x10 f inlined", "c 0x10 g", "c 0x10 g", "go 0x20 main.f"];
        let named = ["c 0x10 f", "c 0x10 g", "c 0x10 g", "go 0x20 main.f"];
        assert_eq!(same(&named, &gdb, false).unwrap(), 0);
        let unnamed = ["c 0x10 -", "c 0x10 g", "go 0x20 main.f"];
        assert_eq!(same(&unnamed, &gdb, true).unwrap(), 1);
        assert!(same(&unnamed, &gdb, false).is_err());
        assert!(same(&["c 0x10 g", "go 0x20 main.f"], &gdb, true).is_err());
        assert!(same(&["c 0x1 -"], &["c 0x10 f"], true).is_err());
    }

    #[test]
    fn other_names_places_and_lengths_are_differences() {
        let gdb = ["c 0x10 f", "go 0x20 main.f"];
        for ours in [
            &["c 0x10 g", "go 0x20 main.f"][..],
            &["c 0x11 -", "go 0x20 main.f"],
            &["c 0x10 f"],
            &["c 0x10 f", "go 0x20 main.f", "go 0x30 main.g"],
            &["go 0x20 main.f", "c 0x10 f"],
        ] {
            assert!(same(ours, &gdb, false).is_err(), "{ours:?}");
        }
    }

    #[test]
    fn only_frames_are_lines_of_a_thread() {
        let text =
            "[New LWP 2]\nthread 1\nc 0x10 f\n[noise]\nend whole\nthread 2\ngo 0x20 g\ndone\n";
        let found = threads(text);
        assert_eq!(found["1"], ["c 0x10 f", "end whole"]);
        assert_eq!(found["2"], ["go 0x20 g"]);
    }
}
