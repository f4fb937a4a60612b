//! The runtime's list of goroutines, and what tells that an element of it is one.

use crate::addr::Addr;
use crate::enums::status;
use crate::mem::{GoSlice, Memory, read_addrs, read_word};

/// The elements of allgs, as far as they were captured.
pub(crate) fn all_goroutines(got: &dyn Memory, allgs: Addr, limit: u64) -> Vec<Addr> {
    let Ok(slice) = read_word::<GoSlice>(got, allgs) else {
        return Vec::new();
    };
    let len = usize::try_from(slice.len.min(limit)).unwrap_or(usize::MAX);
    let mut gs = read_addrs(got, slice.data, len).unwrap_or_default();
    gs.retain(|g| !g.is_null());
    gs
}

/// Whether what lies at `addr` may be a g, by the mark it bears and its status: a g names itself. While a dead one
/// is made or used again, it has no mark for a moment.
pub(crate) fn is_marked(addr: Addr, mark: Addr, status: u32) -> bool {
    mark == addr || (mark.is_null() && [status::IDLE, status::DEAD].contains(&status))
}
