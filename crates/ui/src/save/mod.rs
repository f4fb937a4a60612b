//! `gopeek save`: from a process to an ELF core, with the bytes that a report is made of.
//!
//! It is the pipe of [`crate::inspect`], through memory that remembers: a first look, a stop that makes sure of it, a
//! diagnosis, and then a file of what they read instead of a report.

mod diagnosis;
mod full;
mod looks;
pub(crate) mod note;
mod surroundings;
mod write;

use crate::assemble::Scene;
use crate::book::Book;
use crate::error::InspectError;
use crate::inspect::{state, understand};
use crate::options::Options;
use crate::recorder::Recorder;
use crate::report::Taken;
use full::Full;
use gopeek_attach::foreign::Foreign;
use gopeek_attach::{Pid, Process, workers};
use gopeek_layout::Limits;
use looks::Looks;
use note::Note;
use std::path::PathBuf;

/// What to write, and where to.
#[derive(Clone, Debug)]
pub struct SaveOptions {
    /// The file; by default one that is named after the process, in the current folder.
    pub to: Option<PathBuf>,
    /// Take the place of a file that is there already.
    pub force: bool,
    /// Save all private memory.
    pub full: bool,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Saved {
    /// The file.
    pub path: PathBuf,
    /// The process: its pid, its name, its Go release.
    pub target: (i32, Foreign, Foreign),
    /// Goroutines that allgs names; some may have ended.
    pub goroutines: usize,
    /// Bytes of memory.
    pub captured: u64,
    /// Bytes of the file.
    pub written: u64,
    /// Of those, what could not be looked at again while the process stood still.
    pub unread: u64,
    /// How the process was looked at.
    pub taken: Taken,
}

/// Saves the process `pid`.
///
/// # Errors
/// [`InspectError`]: whatever keeps the target from being read, or the file from being written. No half file stays.
pub fn save(pid: Pid, options: &Options, to: &SaveOptions) -> Result<Saved, InspectError> {
    let process = Process::open(pid)?;
    let facts = process.facts()?;
    let path = to.to.clone();
    let path =
        path.unwrap_or_else(|| PathBuf::from(format!("{}.{pid}.core", plain(facts.name.raw()))));
    // Where nothing can be written, nobody is to be stopped.
    let sink = write::Sink::open(&path, to.force)?;
    let files = process.code_files()?;
    let recorder = Recorder::new(&process);
    let found = understand(&process, &recorder, &files, options.strict)?;
    let finding = recorder.snapshot();
    let full = to.full.then(|| Full::copy(&process, &path)).transpose()?;
    let book = Book::default();
    let scene = Scene {
        found: &found,
        book: &book,
        limits: Limits::default(),
        now: process.monotonic_now(),
        finalizer_runs: found.roots.finalizer_runs(&process, found.layout.rules),
        selected: &[],
    };
    let mut looks = Looks::take(&process, scene, options, full.as_ref())?;

    // The target runs again. Of bytes that were copied twice, the first count.
    let (whole, unread) = std::mem::take(&mut looks.whole);
    let mut bytes = std::mem::take(&mut looks.bytes);
    bytes.absorb([finding]);
    bytes.absorb([whole]);
    bytes.absorb([
        surroundings::code(&process, &files),
        surroundings::globals(&process, &found),
    ]);
    let descriptors = process.descriptors();
    let goroutines = diagnosis::goroutines(&facts, scene, &mut looks, &mut bytes);
    let report = goroutines.bind(book);
    let mut note = Note {
        schema: note::SCHEMA.to_owned(),
        gopeek: env!("CARGO_PKG_VERSION").to_owned(),
        full: to.full,
        unread,
        wall_ns: looks.wall_ns,
        monotonic_ns: looks.monotonic_ns,
        process: note::ProcessPart::of(&facts, |name| process.environment(name)),
        cut_short: looks.captured.cut_short,
        missed: surroundings::missed(&looks.captured),
        moved: looks.moved.iter().map(|g| g.get()).collect(),
        threads: looks.threads.iter().map(note::ThreadPart::from).collect(),
        descriptors,
        cgroup: process.cgroup(),
        state: Some(state(&process, &looks.captured)),
        checksums: surroundings::checksums(&files),
        taken: looks.taken.clone(),
        ..Note::default()
    };
    let contents = write::Contents::of(&process, found.arch, &facts, &looks.threads)?;
    // What is there is on its way to the file while a diagnosis says what else is to be.
    let ((read, peers), early) = workers::beside(
        || diagnosis::more(report, &process, &found, &bytes, &note.descriptors),
        || sink.early(&contents, &note, &bytes),
    );
    let (early, end) = (early?, bytes.end());
    bytes.absorb(read);
    note.peers = peers;
    let written = sink.finish((early, end), &contents, &note, &bytes)?;
    Ok(Saved {
        path,
        target: (pid.as_raw(), facts.name, found.build.go.raw.clone().into()),
        goroutines: looks.goroutines,
        captured: bytes.readable(),
        written,
        unread,
        taken: looks.taken,
    })
}

/// A process's name as part of a file's: it may be anything, `../` included.
fn plain(name: &str) -> String {
    let keep = |char: &char| char.is_alphanumeric() || "-_.".contains(*char);
    let name = name.trim_start_matches('.').chars();
    name.map(|char| if keep(&char) { char } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_processs_name_leads_to_no_other_folder() {
        assert_eq!(plain("orders-v2.x"), "orders-v2.x");
        assert_eq!(plain("../../etc/x\n"), "_.._etc_x_");
        assert_eq!(plain("/etc\u{1b}"), "_etc_");
    }
}
