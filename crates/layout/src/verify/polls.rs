//! Whether the records of the network poller are as long as a layout says.

use super::Contradiction;
use crate::addr::Addr;
use crate::fields::Fields;
use crate::mem::{Memory, read_word};

/// Where `runtime.pollCache` has the first free record, behind its lock.
const FIRST: u64 = 8;
/// Records are made by the block (`pollBlockSize`), so that many lie within that of another.
const BLOCK: u64 = 4096;
/// What records are padded to since the low bits of their addresses hold a tag (`tagAlign`).
const TAG_ALIGN: u64 = 512;
/// Maximum number of records that are looked at.
const MAX_RECORDS: usize = 64;
/// Number of distances that is enough to say something.
const ENOUGH: usize = 3;

/// Checks the free records of `runtime.pollcache`, which is among the globals at `globals`. Each begins with the address of
/// the next one. Where there are too few of them, nothing is said.
///
/// # Errors
/// [`Contradiction::PollDesc`], where most of them are not apart by what a record takes.
pub fn polls(
    memory: &dyn Memory,
    fields: &Fields,
    globals: impl IntoIterator<Item = Addr>,
) -> Result<(), Contradiction> {
    let size = u64::from(fields.poll_desc.size);
    let strides = [size, size.next_multiple_of(TAG_ALIGN)];
    for first in globals.into_iter().filter_map(|at| at.checked_add(FIRST)) {
        let apart = distances(memory, first);
        let fit = |stride: &u64| apart.iter().filter(|it| it.is_multiple_of(*stride)).count();
        let fitting = strides.iter().map(fit).max().unwrap_or(0);
        if apart.len() >= ENOUGH && fitting * 2 < apart.len() {
            return Err(Contradiction::PollDesc(first));
        }
    }
    Ok(())
}

/// How far neighbours in a list lie apart, where that is less than a block.
fn distances(memory: &dyn Memory, first: Addr) -> Vec<u64> {
    let follow = |at: &Addr| {
        let next: Addr = read_word(memory, *at).ok()?;
        (!next.is_null() && next.is_aligned(8)).then_some(next)
    };
    let records = std::iter::successors(follow(&first), follow).take(MAX_RECORDS);
    let records: Vec<u64> = records.map(Addr::get).collect();
    let apart = records.windows(2).filter_map(|pair| match pair {
        [one, other] => Some(one.abs_diff(*other)),
        _ => None,
    });
    apart.filter(|apart| (1..BLOCK).contains(apart)).collect()
}
