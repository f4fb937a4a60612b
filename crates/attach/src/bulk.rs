//! Records that lie at known addresses, read in bulk: sorted, neighbours merged, as much at a time as a core's own cache
//! holds.

use crate::copy::{Run, batch, merge, remote};
use crate::process::Process;
use gopeek_layout::{Addr, Span};
use nix::sys::uio::RemoteIoVec;
use std::ops::Range;

/// So many bytes are read at a time: they stay in a core's own cache until they have been looked at, and a limit of time
/// is kept to within a fraction of a millisecond.
const CHUNK_BYTES: u64 = 512 << 10;

/// So many runs are read together at most, in one call.
const MAX_RUNS: usize = 1024;

/// Where records are, and which of them are read together.
#[derive(Debug, Default)]
pub(crate) struct Bulk {
    /// Bytes of a record.
    size: usize,
    /// By address, each with its index.
    places: Vec<(Addr, u32)>,
    runs: Vec<Run>,
    /// Which runs are read together.
    chunks: Vec<Range<usize>>,
}

/// A record that was asked for: its index, and where its bytes lie in the room; nothing where it can't be read.
pub(crate) type Place = (usize, Option<usize>);

/// Room for one chunk. Used again and again, it needs no new memory.
#[derive(Debug)]
pub(crate) struct Room {
    bytes: Vec<u8>,
    places: Vec<Place>,
    spans: Vec<RemoteIoVec>,
}

impl Default for Room {
    /// It is touched before: a fresh page takes longer than what is read into it.
    fn default() -> Room {
        Room {
            bytes: vec![u8::MAX; usize::try_from(CHUNK_BYTES).unwrap_or(0)],
            places: Vec::with_capacity(4 * MAX_RUNS),
            spans: Vec::with_capacity(MAX_RUNS),
        }
    }
}

impl Room {
    /// The records of the chunk that was read last.
    pub(crate) fn places(&self) -> &[Place] {
        &self.places
    }

    /// `len` of its bytes.
    pub(crate) fn bytes(&self, at: usize, len: usize) -> Option<&[u8]> {
        self.bytes.get(at..at.checked_add(len)?)
    }
}

impl Bulk {
    /// Records of so many bytes at `addrs`; nil is none.
    pub(crate) fn new(size: usize, addrs: &[Addr]) -> Bulk {
        let mut places: Vec<(Addr, u32)> = addrs
            .iter()
            .zip(0..)
            .filter(|(addr, _)| !addr.is_null())
            .map(|(addr, index)| (*addr, index))
            .collect();
        places.sort_unstable();
        let span = |(addr, _): &(Addr, u32)| Span::new(*addr, size as u64);
        let spans: Vec<Span> = places.iter().map(span).collect();
        let runs = merge(&spans, CHUNK_BYTES);
        let mut chunks = Vec::new();
        let mut next = 0;
        while next < runs.len() {
            let end = next + batch(&runs[next..], CHUNK_BYTES);
            chunks.push(next..end);
            next = end;
        }
        Bulk {
            size,
            places,
            runs,
            chunks,
        }
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// How many chunks they are read in.
    pub(crate) fn chunks(&self) -> usize {
        self.chunks.len()
    }

    /// The indexes of all records.
    pub(crate) fn all(&self) -> impl Iterator<Item = usize> {
        self.places.iter().map(|(_, index)| *index as usize)
    }

    /// The indexes of the records of a chunk.
    pub(crate) fn indexes(&self, chunk: usize) -> impl Iterator<Item = usize> {
        let runs = self.runs_of(chunk).iter();
        runs.flat_map(|run| self.members(run).iter().map(|(_, index)| *index as usize))
    }

    /// Reads a chunk into `room`.
    pub(crate) fn read(&self, process: &Process, chunk: usize, room: &mut Room) {
        let mut runs = self.runs_of(chunk);
        let spans = |run: &Run| remote(&run.span);
        let len = runs.iter().filter_map(spans).map(|span| span.len).sum();
        if room.bytes.len() < len {
            room.bytes.resize(len, 0);
        }
        room.places.clear();
        let mut at = 0;
        while !runs.is_empty() {
            room.spans.clear();
            room.spans.extend(runs.iter().filter_map(spans));
            let got = process.read_vectored(&room.spans, &mut room.bytes[at..]);
            let end = at + got.unwrap_or(0);
            let mut whole = 0;
            for (run, span) in runs.iter().zip(&room.spans) {
                if at + span.len > end {
                    break;
                }
                for (addr, index) in self.members(run) {
                    let skip = addr.offset_from(run.span.start);
                    let from = skip.and_then(|skip| at.checked_add(usize::try_from(skip).ok()?));
                    let from = from.filter(|from| from + self.size <= at + span.len);
                    room.places.push((*index as usize, from));
                }
                (at, whole) = (at + span.len, whole + 1);
            }
            // The kernel stops at the first that it can't read: nothing is known of it.
            if let Some(broken) = runs.get(whole) {
                let members = self.members(broken).iter();
                room.places
                    .extend(members.map(|(_, index)| (*index as usize, None)));
            }
            runs = runs.get(whole + 1..).unwrap_or_default();
        }
    }

    fn runs_of(&self, chunk: usize) -> &[Run] {
        let runs = self.chunks.get(chunk).cloned();
        runs.and_then(|runs| self.runs.get(runs))
            .unwrap_or_default()
    }

    fn members(&self, run: &Run) -> &[(Addr, u32)] {
        self.places.get(run.members.clone()).unwrap_or_default()
    }
}
