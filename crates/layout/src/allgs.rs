//! The runtime's list of goroutines, and what tells that an element of it is one.

use crate::addr::{Addr, Span};
use crate::enums::status;
use crate::mem::{GoSlice, Memory, read_addrs, read_word};

/// How often the list is read again when it grows just now.
const TRIES: usize = 10;

/// The goroutines that the runtime of a target that may be running lists at `allgs`, in its order, nils included, no more
/// than `limit`. The list only ever grows, so that this is how it begins from now on.
#[must_use]
pub fn present(memory: &dyn Memory, allgs: Addr, limit: u64) -> Vec<Addr> {
    let header = || read_word::<GoSlice>(memory, allgs).ok();
    let mut before = header();
    for _ in 0..TRIES {
        let Some(slice) = before else { break };
        let len = slice.len.min(limit);
        let gs = usize::try_from(len).map(|len| read_addrs(memory, slice.data, len));
        // The header is of three words, which are not written as one.
        let after = header();
        if after == before {
            return gs.ok().and_then(Result::ok).unwrap_or_default();
        }
        before = after;
    }
    Vec::new()
}

/// Adds to `known`, the first of the goroutines that [`present`] lists, those that have come since. What is torn comes the
/// next time.
pub fn catch_up(memory: &dyn Memory, allgs: Addr, limit: u64, known: &mut Vec<Addr>) {
    if known.is_empty() {
        *known = present(memory, allgs, limit);
        return;
    }
    let header = || read_word::<GoSlice>(memory, allgs).ok();
    let before = header();
    let skip = known.len() as u64;
    let Some(slice) = before.filter(|slice| slice.len.min(limit) > skip) else {
        return;
    };
    let more = usize::try_from(slice.len.min(limit) - skip).ok();
    let start = slice.data.checked_add(skip.saturating_mul(8));
    let more = more
        .zip(start)
        .and_then(|(len, start)| read_addrs(memory, start, len).ok());
    if let Some(more) = more.filter(|_| header() == before) {
        known.extend(more);
    }
}

/// The elements of allgs behind the first `skip`, as far as they were captured.
pub fn captured(got: &dyn Memory, allgs: Addr, skip: u64, limit: u64) -> Vec<Addr> {
    let Some(span) = elements(got, allgs, skip, limit) else {
        return Vec::new();
    };
    let len = usize::try_from(span.len / 8).unwrap_or(usize::MAX);
    let mut gs = read_addrs(got, span.start, len).unwrap_or_default();
    gs.retain(|g| !g.is_null());
    gs
}

/// Where the elements of allgs behind the first `skip` lie.
pub(crate) fn elements(got: &dyn Memory, allgs: Addr, skip: u64, limit: u64) -> Option<Span> {
    let slice: GoSlice = read_word(got, allgs).ok()?;
    let len = slice.len.min(limit).saturating_sub(skip);
    let start = slice.data.checked_add(skip.checked_mul(8)?)?;
    // More than there can be is over every limit of bytes.
    Some(Span::new(start, len.saturating_mul(8)))
}

/// Whether what lies at `addr` may be a g, by the mark it bears and its status: a g names itself. While a dead one
/// is made or used again, it has no mark for a moment.
pub(crate) fn is_marked(addr: Addr, mark: Addr, status: u32) -> bool {
    let own = mark == addr || (mark.is_null() && [status::IDLE, status::DEAD].contains(&status));
    own && addr.is_aligned(8)
}
