//! The file of a saved core: whole or not there, packed where its name says so.

use super::note::Note;
use crate::error::InspectError;
use crate::output::Output;
use crate::progress::Progress;
use crate::threads::Found;
use gopeek_attach::core::{self, CoreThread, ProcessNote, Segment};
use gopeek_attach::process::Facts;
use gopeek_attach::{Process, Snapshot};
use gopeek_layout::arch::Arch;
use std::io::{self, Write};
use std::path::Path;

/// A core that ends in this is packed.
const PACKED: &str = "zst";

/// What goes into the notes.
pub(super) struct Contents<'a> {
    pub(super) process: &'a Process,
    pub(super) arch: Arch,
    pub(super) facts: &'a Facts,
    pub(super) threads: &'a [Found],
    pub(super) note: &'a Note,
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

    /// Writes it all; returns how many bytes the file has.
    pub(super) fn write(
        mut self,
        contents: &Contents<'_>,
        bytes: &Snapshot,
    ) -> Result<u64, InspectError> {
        let segments = bytes.pieces().map(|(start, bytes)| Segment {
            start,
            bytes,
            mem_len: bytes.len() as u64,
            writable: true,
            executable: false,
        });
        let segments: Vec<Segment<'_>> = segments.collect();
        let threads = contents.threads.iter().filter_map(|thread| {
            Some(CoreThread {
                tid: thread.tid.as_raw(),
                registers: thread.registers?,
                signal: 0,
            })
        });
        let threads: Vec<CoreThread> = threads.collect();
        let process = ProcessNote {
            pid: contents.facts.pid.as_raw(),
            name: contents.facts.name.clone(),
            command: contents.facts.command.join(" "),
            ..ProcessNote::default()
        };
        let contents = core::Contents {
            arch: contents.arch,
            threads: &threads,
            process: Some(&process),
            signal: None,
            auxv: &contents.process.auxv(),
            mappings: &contents.process.file_mappings()?,
            own: &contents.note.write(),
        };
        let total = bytes.readable();
        let zstd = self.packed;
        let mut len = 0;
        self.out.write(|to| {
            let mut to = Counted {
                to,
                len: &mut len,
                progress: None,
            };
            let write = |to: &mut dyn Write| {
                let mut to = Counted {
                    to,
                    len: &mut 0,
                    progress: Some(Progress::new("written", total)),
                };
                core::write(&mut to, &contents, &segments)
            };
            if zstd {
                let mut packer = core::Packer::new(&mut to)?;
                write(&mut packer)?;
                packer.finish().map(|_| ())
            } else {
                write(&mut to)
            }
        })?;
        self.out.finish()?;
        Ok(len)
    }
}

/// Counts what is written.
struct Counted<'a> {
    to: &'a mut dyn Write,
    len: &'a mut u64,
    /// Who is told of it.
    progress: Option<Progress>,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.to.write(bytes)?;
        *self.len += count as u64;
        if let Some(progress) = &mut self.progress {
            progress.at(*self.len);
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
