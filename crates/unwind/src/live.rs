//! Which words of a frame its function no longer uses, by the maps that the compiler makes for the GC.
//!
//! A slot keeps its pointer long after the variable is gone. Whether the function can still reach what it points to is what
//! these maps say (`runtime.(*stkframe).getStackMap`).

use crate::pclntab::function::Function;
use gopeek_layout::Addr;
use gopeek_layout::arch::FrameShape;
use gopeek_layout::mem::Word;

/// Maximum number of a frame's variables with an address that are looked through.
const MAX_OBJECTS: usize = 4096;

/// A frame that is in the middle of a call.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// Where the call returns to.
    pub pc: Addr,
    /// Stack pointer.
    pub sp: Addr,
    /// Stack pointer of its caller.
    pub fp: Addr,
}

/// Whether the word at `at` is one of this frame's that is not used as a pointer any more: neither by its function, nor, as an
/// argument, by the one that it has called, which is at `callee`. False where that is not known.
#[must_use]
pub fn is_dead(
    (function, place): (&Function<'_, '_>, Place),
    (callee, callee_pc): (&Function<'_, '_>, Addr),
    shape: FrameShape,
    at: Addr,
) -> bool {
    let in_use = in_use(function, shape, place, at);
    match in_use {
        Use::Dead => true,
        Use::Unknown => false,
        Use::Below => {
            let from = place.sp.checked_add(shape.min_frame_size);
            let slot = from.and_then(|from| at.offset_from(from));
            slot.and_then(|slot| is_argument(callee, callee_pc, slot / 8)) == Some(false)
        }
    }
}

/// How a function uses a word of its frame.
enum Use {
    /// A variable that it does not need any more.
    Dead,
    /// Whatever is not known to be dead.
    Unknown,
    /// None of its variables with pointers: below them lie others, and the arguments of what it calls.
    Below,
}

fn in_use(function: &Function<'_, '_>, shape: FrameShape, place: Place, at: Addr) -> Use {
    let found = || {
        // As in `in_frame`: below the return address that a call pushed, and the saved frame pointer.
        let mut end = place.fp.checked_sub(shape.pushed_by_call)?;
        if end > place.sp {
            end = end.checked_sub(8)?;
        }
        let (maps, index) = function.pointer_map(place.pc.checked_sub(1)?)?;
        let map = Map::new(maps, index)?;
        let start = end.checked_sub(map.bits.checked_mul(8)?)?;
        if at >= end {
            return None;
        }
        if let Some(objects) = function.stack_objects()
            && is_object(objects, end, at)?
        {
            return None;
        }
        if at < start {
            return Some(Use::Below);
        }
        let slot = at.offset_from(start)? / 8;
        (!map.has(slot)?).then_some(Use::Dead)
    };
    found().unwrap_or(Use::Unknown)
}

/// Whether a word of the arguments of a function is a pointer that it uses; nothing where that is not known.
fn is_argument(function: &Function<'_, '_>, pc: Addr, slot: u64) -> Option<bool> {
    let (maps, index) = function.argument_map(pc.checked_sub(1)?)?;
    let map = Map::new(maps, index)?;
    Some(slot < map.bits && map.has(slot)?)
}

/// A bit for each word of a frame's variables.
struct Map<'d> {
    bits: u64,
    bytes: &'d [u8],
}

impl<'d> Map<'d> {
    /// The map of this number (`runtime.stackmap`): how many there are, how many bits each has, then the bits.
    fn new(maps: &'d [u8], index: usize) -> Option<Map<'d>> {
        let count = usize::try_from(u32::decode(maps)?).ok()?;
        let bits = u32::decode(maps.get(4..)?)?;
        if index >= count {
            return None;
        }
        let len = usize::try_from(bits.div_ceil(8)).ok()?;
        let from = index.checked_mul(len)?.checked_add(8)?;
        let bytes = maps.get(from..from.checked_add(len)?)?;
        Some(Map {
            bits: u64::from(bits),
            bytes,
        })
    }

    fn has(&self, slot: u64) -> Option<bool> {
        let byte = self.bytes.get(usize::try_from(slot / 8).ok()?)?;
        Some(byte >> (slot % 8) & 1 != 0)
    }
}

/// Whether a word is a part of a variable that has an address (`runtime.stackObjectRecord`); `end` is where variables end.
fn is_object(table: &[u8], end: Addr, at: Addr) -> Option<bool> {
    let count = usize::try_from(u64::decode(table)?).ok()?;
    let records = table.get(8..)?.chunks_exact(16).take(count);
    if count > MAX_OBJECTS || records.len() < count {
        return None;
    }
    let here = i64::try_from(at.get())
        .ok()?
        .checked_sub(i64::try_from(end.get()).ok()?)?;
    let mut found = false;
    for record in records {
        let offset = i64::from(u32::decode(record)?.cast_signed());
        let size = i64::from(u32::decode(record.get(4..)?)?.cast_signed());
        found |= offset < 0 && (offset..offset.checked_add(size)?).contains(&here);
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::{Map, is_object};
    use gopeek_layout::Addr;

    #[test]
    fn a_map_has_a_bit_for_each_word() {
        // Two maps of ten bits.
        let maps = [2, 0, 0, 0, 10, 0, 0, 0, 0b1, 0b10, 0b100, 0];
        let has = |index, slot| Map::new(&maps, index).and_then(|map| map.has(slot));
        assert_eq!(
            [has(0, 0), has(0, 1), has(0, 9)],
            [true, false, true].map(Some)
        );
        assert_eq!([has(1, 0), has(1, 2)], [false, true].map(Some));
        assert!(Map::new(&maps, 2).is_none());
        assert!(Map::new(&maps[..11], 1).is_none());
    }

    #[test]
    fn a_variable_with_an_address_is_told_apart() {
        let mut table = 1u64.to_le_bytes().to_vec();
        for word in [(-0x20i32).cast_unsigned(), 0x10, 8, 0] {
            table.extend(word.to_le_bytes());
        }
        let is = |at| is_object(&table, Addr::new(0x1000), Addr::new(at));
        assert_eq!(
            [is(0xfe0), is(0xfe8), is(0xff0)],
            [true, true, false].map(Some)
        );
        assert_eq!(
            is_object(&table[..20], Addr::new(0x1000), Addr::new(0xfe0)),
            None
        );
    }
}
