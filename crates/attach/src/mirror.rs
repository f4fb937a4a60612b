//! A copy of all of a target's private memory, in a file without a name: made while the target runs, and made right, page by
//! page, while it stands still.
//!
//! Nothing tracks what a target writes, but by writing to it. So memory is read again and held against the copy; what time
//! does not suffice for is counted.

use crate::backing::Backing;
use crate::copy::is_over;
use crate::files::FileBytes;
use crate::process::Process;
use crate::snapshot::Snapshot;
use crate::workers;
use gopeek_layout::{Memory, Span};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// What is read at once: some hundred microseconds.
const CHUNK: usize = 512 << 10;
const PAGE: usize = 4096;
/// No more changed pages than this are kept in memory while the target stands still.
const MAX_CHANGED: usize = 256 << 20;

/// The copy.
#[derive(Debug)]
pub struct Mirror {
    file: File,
    chunks: Vec<Chunk>,
    len: u64,
}

/// A part of memory that is read at once.
#[derive(Copy, Clone, Debug)]
struct Chunk {
    span: Span,
    /// Where in the file it is.
    offset: u64,
    /// How many of its pages had changed at the last look.
    changed: usize,
}

/// What a look at a target that stands still showed.
#[derive(Debug, Default)]
pub struct Changed {
    /// Pages that are not as they were copied.
    pub pages: Snapshot,
    /// Bytes that time did not suffice for: they are of a moment before.
    pub unread: u64,
}

impl Mirror {
    /// Copies these parts of the target's memory into a file in `folder`. What can't be read is left out. `told` is told how
    /// many bytes have come.
    ///
    /// # Errors
    /// Whatever the file system answers.
    pub fn copy(
        process: &Process,
        spans: &[Span],
        folder: &Path,
        told: &mut dyn FnMut(u64),
    ) -> io::Result<Mirror> {
        let file = tempfile::tempfile_in(folder)?;
        let mut mirror = Mirror {
            file,
            chunks: Vec::new(),
            len: 0,
        };
        mirror.add(process, spans, told)?;
        Ok(mirror)
    }

    fn add(
        &mut self,
        process: &Process,
        spans: &[Span],
        told: &mut dyn FnMut(u64),
    ) -> io::Result<()> {
        let mut room = vec![0; CHUNK];
        for span in spans.iter().flat_map(|span| chunks(*span)) {
            let Some(bytes) = room.get_mut(..usize::try_from(span.len).unwrap_or(usize::MAX))
            else {
                continue;
            };
            if process.read(span.start, bytes).is_err() {
                continue;
            }
            self.file.write_all_at(bytes, self.len)?;
            self.chunks.push(Chunk {
                span,
                offset: self.len,
                changed: 0,
            });
            self.len += span.len;
            told(self.len);
        }
        Ok(())
    }

    /// Copies again what has changed, and what is new of `spans`, while the target runs: what changes often is known then.
    ///
    /// # Errors
    /// Whatever the file system answers.
    pub fn refresh(&mut self, process: &Process, spans: &[Span]) -> io::Result<()> {
        let (mut now, mut before) = (vec![0; CHUNK], vec![0; CHUNK]);
        for chunk in &mut self.chunks {
            let len = usize::try_from(chunk.span.len).unwrap_or(usize::MAX);
            let (Some(now), Some(before)) = (now.get_mut(..len), before.get_mut(..len)) else {
                continue;
            };
            if process.read(chunk.span.start, now).is_err() {
                continue;
            }
            self.file.read_exact_at(before, chunk.offset)?;
            chunk.changed = differing(now, before).count();
            if chunk.changed > 0 {
                self.file.write_all_at(now, chunk.offset)?;
            }
        }
        let known = self.snapshot()?;
        let new: Vec<Span> = spans.iter().flat_map(|span| gaps(&known, *span)).collect();
        drop(known);
        self.add(process, &new, &mut |_| ())?;
        // What changes most is looked at first when there is little time.
        self.chunks
            .sort_by_key(|chunk| std::cmp::Reverse(chunk.changed));
        Ok(())
    }

    /// Holds memory against the copy until time is up, on several threads: the target stands still, and leaves the cores to
    /// us.
    #[must_use]
    pub fn changed(&self, process: &Process, copy: &FileBytes, until: Option<Instant>) -> Changed {
        let (next, kept) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = || {
            let (mut changed, mut room) = (Changed::default(), vec![0; CHUNK]);
            while let Some(chunk) = self.chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
                let full = kept.load(Ordering::Relaxed) >= MAX_CHANGED;
                if full || is_over(until) {
                    changed.unread += chunk.span.len;
                } else {
                    let bytes = chunk.look(process, copy, &mut room, &mut changed.pages);
                    kept.fetch_add(bytes, Ordering::Relaxed);
                }
            }
            changed
        };
        let mut all = Changed::default();
        for seen in workers::on_each(workers::count(), work) {
            all.unread += seen.unread;
            all.pages.absorb([seen.pages]);
        }
        all
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.len
    }

    /// The copy's bytes, to be held against memory.
    ///
    /// # Errors
    /// Whatever mmap answers.
    pub fn bytes(&self) -> io::Result<FileBytes> {
        FileBytes::map(&self.file)
    }

    /// The copy, as what was read.
    ///
    /// # Errors
    /// Likewise.
    pub fn snapshot(&self) -> io::Result<Snapshot> {
        if self.chunks.is_empty() {
            return Ok(Snapshot::default());
        }
        let mut snapshot = Snapshot::over(Backing::of_file(self.bytes()?));
        for chunk in &self.chunks {
            snapshot.add(
                chunk.span,
                usize::try_from(chunk.offset).unwrap_or(usize::MAX),
            );
        }
        snapshot.settle();
        Ok(snapshot)
    }
}

impl Chunk {
    /// Keeps the pages that are not as they were copied; says how many bytes those are.
    fn look(&self, process: &Process, copy: &[u8], room: &mut [u8], pages: &mut Snapshot) -> usize {
        let (Ok(len), Ok(from)) = (usize::try_from(self.span.len), usize::try_from(self.offset))
        else {
            return 0;
        };
        let (Some(now), Some(before)) = (room.get_mut(..len), copy.get(from..from + len)) else {
            return 0;
        };
        // What is not there any more was freed meanwhile; what was there stays.
        if process.read(self.span.start, now).is_err() {
            return 0;
        }
        let changed = differing(now, before).filter_map(|skip| {
            let start = self.span.start.checked_add(skip as u64)?;
            Some((start, now.get(skip..(skip + PAGE).min(len))?))
        });
        let before = pages.len();
        pages.keep(changed);
        pages.len() - before
    }
}

/// Where the pages begin that are not the same.
fn differing(one: &[u8], other: &[u8]) -> impl Iterator<Item = usize> {
    let pages = one.chunks(PAGE).zip(other.chunks(PAGE)).enumerate();
    let differ = pages.filter(|(_, (one, other))| one != other);
    differ.map(|(index, _)| index * PAGE)
}

fn chunks(span: Span) -> impl Iterator<Item = Span> {
    let step = CHUNK as u64;
    (0..span.len).step_by(CHUNK).filter_map(move |skip| {
        let start = span.start.checked_add(skip)?;
        Some(Span::new(start, (span.len - skip).min(step)))
    })
}

/// What of `span` is not in `known`, page by page.
fn gaps(known: &Snapshot, span: Span) -> Vec<Span> {
    let (mut gaps, mut at) = (Vec::new(), span.start);
    let Some(end) = span.end() else { return gaps };
    while at < end {
        let run = known.run_from(at);
        let step = run.map_or(PAGE, |run| run.bytes.len());
        let Some(next) = at.checked_add(step as u64) else {
            break;
        };
        if run.is_none() {
            gaps.extend(Span::between(at, next.min(end)));
        }
        at = next;
    }
    gaps
}
