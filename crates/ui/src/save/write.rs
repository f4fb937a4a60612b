//! The file of a saved core: whole or not there, packed where its name says so.
//!
//! Memory that is known is written while it is found out what else will be. What is packed can't be: it is written front to
//! back, in the end.

use super::note::Note;
use crate::error::InspectError;
use crate::output::Output;
use crate::progress::Progress;
use crate::threads::Found;
use gopeek_attach::core::{self, CoreThread, Early, FileMapping, ProcessNote, Segment};
use gopeek_attach::foreign::Foreign;
use gopeek_attach::process::Facts;
use gopeek_attach::{Process, Snapshot};
use gopeek_layout::Addr;
use gopeek_layout::arch::Arch;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

/// A core that ends in this is packed.
const PACKED: &str = "zst";

/// What goes into the kernel's notes.
pub(super) struct Contents {
    arch: Arch,
    threads: Vec<CoreThread>,
    process: ProcessNote,
    auxv: Vec<(u64, u64)>,
    mappings: Vec<FileMapping>,
}

impl Contents {
    /// What the process says of itself now.
    pub(super) fn of(
        process: &Process,
        arch: Arch,
        facts: &Facts,
        threads: &[Found],
    ) -> Result<Contents, InspectError> {
        let threads = threads.iter().filter_map(|thread| {
            Some(CoreThread {
                tid: thread.tid.as_raw(),
                registers: thread.registers?,
                signal: 0,
            })
        });
        Ok(Contents {
            arch,
            threads: threads.collect(),
            process: ProcessNote {
                pid: facts.pid.as_raw(),
                name: facts.name.raw().to_owned(),
                command: raw(&facts.command),
                ..ProcessNote::default()
            },
            auxv: process.auxv(),
            mappings: process.file_mappings()?,
        })
    }

    fn with<'c>(&'c self, own: &'c [u8]) -> core::Contents<'c> {
        core::Contents {
            arch: self.arch,
            threads: &self.threads,
            process: Some(&self.process),
            signal: None,
            auxv: &self.auxv,
            mappings: &self.mappings,
            own,
        }
    }
}

/// Where a core goes.
pub(super) struct Sink {
    out: Output,
    packed: bool,
}

impl Sink {
    pub(super) fn open(path: &Path, replace: bool) -> Result<Sink, InspectError> {
        Ok(Sink {
            out: Output::create(path, replace)?,
            packed: path.extension().is_some_and(|it| it == PACKED),
        })
    }

    /// Writes what is there, if that can be done before all is known.
    pub(super) fn early(
        &self,
        contents: &Contents,
        note: &Note,
        bytes: &Snapshot,
    ) -> Result<Option<Early>, InspectError> {
        let Some(mut file) = self.out.file().filter(|_| !self.packed) else {
            return Ok(None);
        };
        let mut to = Counted::new(&mut file, bytes.readable());
        let segments = segments(bytes.pieces());
        let early = Early::write(&mut to, &contents.with(&note.write()), &segments);
        early.map(Some).map_err(|source| self.out.failed(source))
    }

    /// Writes it all, or what was not written early: the bytes from `end` on. Returns how many bytes the file has.
    pub(super) fn finish(
        mut self,
        (early, end): (Option<Early>, usize),
        contents: &Contents,
        note: &Note,
        bytes: &Snapshot,
    ) -> Result<u64, InspectError> {
        let own = note.write();
        let contents = contents.with(&own);
        let done = self.rest((early, end), &contents, bytes);
        let done = done.map_err(|source| self.out.failed(source))?;
        let len = match done {
            Some(len) => len,
            None => self.whole(&contents, bytes)?,
        };
        self.out.finish()?;
        Ok(len)
    }

    /// Completes what was begun; nothing where nothing was, or that can't be done.
    fn rest(
        &self,
        (early, end): (Option<Early>, usize),
        contents: &core::Contents<'_>,
        bytes: &Snapshot,
    ) -> io::Result<Option<u64>> {
        let Some((early, mut file)) = early.zip(self.out.file()) else {
            return Ok(None);
        };
        let late = segments(bytes.pieces_since(end));
        let len = early.finish(&mut file, contents, &late)?;
        if len.is_none() {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
        }
        Ok(len)
    }

    /// Writes it from front to back.
    fn whole(
        &mut self,
        contents: &core::Contents<'_>,
        bytes: &Snapshot,
    ) -> Result<u64, InspectError> {
        let segments = segments(bytes.pieces());
        let total = bytes.readable();
        let zstd = self.packed;
        let mut len = 0;
        self.out.write(|to| {
            let mut to = Counted {
                to,
                len: 0,
                progress: None,
            };
            if zstd {
                let mut packer = core::Packer::new(&mut to)?;
                core::write(&mut Counted::new(&mut packer, total), contents, &segments)?;
                packer.finish()?;
            } else {
                core::write(&mut Counted::new(&mut to, total), contents, &segments)?;
            }
            len = to.len;
            Ok(())
        })?;
        Ok(len)
    }
}

fn segments<'b>(pieces: impl Iterator<Item = (Addr, &'b [u8])>) -> Vec<Segment<'b>> {
    let segments = pieces.map(|(start, bytes)| Segment {
        start,
        bytes,
        mem_len: bytes.len() as u64,
        writable: true,
        executable: false,
    });
    segments.collect()
}

/// Counts what is written.
struct Counted<W> {
    to: W,
    len: u64,
    /// Who is told of it.
    progress: Option<Progress>,
}

impl<W: Write> Counted<W> {
    /// Of about `total` bytes, as they are before they are packed.
    fn new(to: W, total: u64) -> Counted<W> {
        Counted {
            to,
            len: 0,
            progress: Some(Progress::new("written", total)),
        }
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.to.write(bytes)?;
        self.len += count as u64;
        if let Some(progress) = &mut self.progress {
            progress.at(self.len);
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl<W: Seek> Seek for Counted<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.to.seek(to)
    }
}

/// A command line as a core has it.
fn raw(command: &[Foreign]) -> String {
    let words: Vec<&str> = command.iter().map(Foreign::raw).collect();
    words.join(" ")
}
