//! The entries of a map, as both of Go's hash tables keep them.
//!
//! Up to Go 1.23 buckets with overflow (`runtime/map.go`), since then groups of slots in tables
//! (`internal/runtime/maps`). Which it is, and where, is told by the DWARF of the map's own type.

use super::dies::DieRef;
use super::place::Place;
use super::read::{Level, member};
use super::types::{Shape, Type};
use super::value::{Missing, Value};
use super::variable::Reader;
use gopeek_layout::Addr;
use gopeek_layout::mem::read_bytes;
use std::sync::Arc;

/// Slots of a bucket (`abi.OldMapBucketCount`) and of a group (`abi.MapGroupSlots`).
const SLOTS: u64 = 8;

/// `minTopHash`: what marks a slot as empty or moved lies below.
const MIN_TOP_HASH: u8 = 5;

/// `sameSizeGrow`: the table before this one has as many buckets.
const SAME_SIZE_GROW: u8 = 8;

/// A bucket or a group: keys and elements of more than 128 bytes are kept elsewhere.
const MAX_RECORD: u64 = 4096;

/// No table has as many buckets as this power of two.
const MAX_BUCKET_BITS: u8 = 48;

/// What looks for the entries of one map.
struct Search<'r, 'a, 's> {
    reader: &'r Reader<'a, 's>,
    key: DieRef,
    element: DieRef,
    level: Level,
    /// Not more than these: as many as are shown, or as there are.
    wanted: usize,
    found: Vec<(Value, Value)>,
}

/// Reads the first entries of the map of `len` whose header, of the type `header`, lies at `at`. What can't be read is
/// left out: the count tells.
pub(super) fn entries(
    reader: &Reader<'_, '_>,
    header: &Type,
    at: Addr,
    (key, element): (DieRef, DieRef),
    len: u64,
    level: Level,
) -> Vec<(Value, Value)> {
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    let mut search = Search {
        reader,
        key,
        element,
        level,
        wanted: len.min(reader.limits.elements),
        found: Vec::new(),
    };
    // A map that can't be read to its end shows what was read.
    let _ = if header.member(&["buckets"]).is_some() {
        search.buckets(header, at)
    } else {
        search.tables(header, at)
    };
    search.found
}

impl Search<'_, '_, '_> {
    fn is_done(&self) -> bool {
        self.found.len() >= self.wanted
    }

    fn pointer(&self, of: &Type, name: &str, at: Addr) -> Result<Addr, Missing> {
        let place = member(of, &[name], at)?;
        place.read_addr(self.reader.memory)
    }

    fn byte(&self, of: &Type, name: &str, at: Addr) -> Result<u8, Missing> {
        let place = member(of, &[name], at)?;
        let bytes = place.read(self.reader.memory, 1)?;
        bytes.first().copied().ok_or(Missing::Implausible)
    }

    fn pointee(&self, of: &Type, name: &str) -> Result<Arc<Type>, Missing> {
        let member = of.member(&[name]).ok_or(Missing::Implausible)?;
        let (_, to) = (self.reader.program.pointee(member.kind)).ok_or(Missing::Implausible)?;
        Ok(to)
    }

    /// Reads all of a record at once, for the sake of a memory that notes what it lacks.
    fn whole(&self, of: &Type, at: Addr) -> Result<(), Missing> {
        let len = of.size.min(MAX_RECORD);
        let len = usize::try_from(len).map_err(|_| Missing::Implausible)?;
        let read = read_bytes(self.reader.memory, at, len);
        read.map(drop).map_err(|_| Missing::Unreadable { at })
    }

    fn buckets(&mut self, header: &Type, at: Addr) -> Result<(), Missing> {
        let bucket = self.pointee(header, "buckets")?;
        let bits = self.byte(header, "B", at)?.min(MAX_BUCKET_BITS);
        self.bucket_array(&bucket, self.pointer(header, "buckets", at)?, 1 << bits)?;
        // While the table grows, what was not moved yet is still in the old one.
        let old = self.pointer(header, "oldbuckets", at)?;
        if !old.is_null() {
            let same_size = self.byte(header, "flags", at)? & SAME_SIZE_GROW != 0;
            let bits = bits.saturating_sub(u8::from(!same_size));
            self.bucket_array(&bucket, old, 1 << bits)?;
        }
        Ok(())
    }

    fn bucket_array(&mut self, bucket: &Type, start: Addr, count: u64) -> Result<(), Missing> {
        if start.is_null() {
            return Ok(());
        }
        for index in 0..count {
            let offset = index.checked_mul(bucket.size).ok_or(Missing::Implausible)?;
            let mut at = start.checked_add(offset).ok_or(Missing::Implausible)?;
            while !at.is_null() {
                if self.is_done() || !self.reader.spend() {
                    return Ok(());
                }
                // The others are read nevertheless, so that one look tells all that is missing.
                let next = self
                    .bucket(bucket, at)
                    .and_then(|()| self.pointer(bucket, "overflow", at));
                at = next.unwrap_or(Addr::NULL);
            }
        }
        Ok(())
    }

    fn bucket(&mut self, bucket: &Type, at: Addr) -> Result<(), Missing> {
        self.whole(bucket, at)?;
        let hashes = member(bucket, &["tophash"], at)?;
        let hashes = hashes.read(self.reader.memory, SLOTS)?;
        for (slot, hash) in (0..SLOTS).zip(hashes) {
            if hash >= MIN_TOP_HASH && !self.is_done() {
                let key = self.nth(bucket, "keys", at, slot)?;
                let element = self.nth(bucket, "values", at, slot)?;
                self.entry(key, element);
            }
        }
        Ok(())
    }

    /// Type and place of an element of the array called `name`, of a struct at `at`.
    fn nth(&self, of: &Type, name: &str, at: Addr, index: u64) -> Result<(DieRef, Place), Missing> {
        let program = self.reader.program;
        let array = of.member(&[name]).ok_or(Missing::Implausible)?;
        let kind = program.type_at(array.kind).ok_or(Missing::Implausible)?;
        let Shape::Array { element, .. } = kind.shape else {
            return Err(Missing::Implausible);
        };
        let size = program.type_at(element).ok_or(Missing::Implausible)?.size;
        let offset = index.checked_mul(size).ok_or(Missing::Implausible)?;
        let start = Place::Memory(at).plus(array.offset)?;
        Ok((element, start.plus(offset)?))
    }

    fn tables(&mut self, header: &Type, at: Addr) -> Result<(), Missing> {
        let table = header.member(&["dirPtr"]).ok_or(Missing::Implausible)?;
        let program = self.reader.program;
        let (table, _) = program.pointee(table.kind).ok_or(Missing::Implausible)?;
        let (_, table) = program.pointee(table).ok_or(Missing::Implausible)?;
        let groups = table.member(&["groups"]).ok_or(Missing::Implausible)?;
        let reference = program.type_at(groups.kind).ok_or(Missing::Implausible)?;
        let group = self.pointee(&reference, "data")?;

        let directory = self.pointer(header, "dirPtr", at)?;
        let len = self.pointer(header, "dirLen", at)?.get();
        if len == 0 {
            // A small map is one group.
            return self.group(&group, directory);
        }
        let mut last = Addr::NULL;
        for index in 0..len {
            if self.is_done() || !self.reader.spend() {
                break;
            }
            let entry = index.checked_mul(8);
            let entry = entry.and_then(|offset| directory.checked_add(offset));
            let entry = Place::Memory(entry.ok_or(Missing::Implausible)?);
            let at = entry.read_addr(self.reader.memory)?;
            // A table that has not been split has several entries, side by side.
            if at == last || at.is_null() {
                continue;
            }
            last = at;
            let groups = at.checked_add(groups.offset).ok_or(Missing::Implausible)?;
            let data = self.pointer(&reference, "data", groups)?;
            let mask = self.pointer(&reference, "lengthMask", groups)?.get();
            for index in 0..=mask {
                if self.is_done() || !self.reader.spend() {
                    break;
                }
                let offset = index.checked_mul(group.size);
                let at = offset.and_then(|offset| data.checked_add(offset));
                let _ = self.group(&group, at.ok_or(Missing::Implausible)?);
            }
        }
        Ok(())
    }

    fn group(&mut self, group: &Type, at: Addr) -> Result<(), Missing> {
        if at.is_null() {
            return Ok(());
        }
        self.whole(group, at)?;
        let control = member(group, &["ctrl"], at)?;
        let control = control.read(self.reader.memory, SLOTS)?;
        for (index, control) in (0..SLOTS).zip(control) {
            // The highest bit marks a slot that is empty or deleted.
            if control & 0x80 != 0 || self.is_done() {
                continue;
            }
            let (kind, place) = self.nth(group, "slots", at, index)?;
            let slot = self
                .reader
                .program
                .type_at(kind)
                .ok_or(Missing::Implausible)?;
            let part = |name| {
                let member = slot.member(&[name]).ok_or(Missing::Implausible)?;
                Ok((member.kind, place.plus(member.offset)?))
            };
            let (key, element) = (part("key")?, part("elem")?);
            self.entry(key, element);
        }
        Ok(())
    }

    fn entry(&mut self, key: (DieRef, Place), element: (DieRef, Place)) {
        let key = self.part(self.key, key);
        let element = self.part(self.element, element);
        self.found.push((key, element));
    }

    /// The key or element of the type `wanted` in a slot: itself, or where it is large, where the slot points to.
    fn part(&self, wanted: DieRef, (kind, place): (DieRef, Place)) -> Value {
        let program = self.reader.program;
        let bare = |at| program.type_at(at).map(|kind| kind.bare);
        let is_indirect = bare(kind) != bare(wanted)
            && program
                .pointee(kind)
                .is_some_and(|(to, _)| bare(to) == bare(wanted));
        if !is_indirect {
            return self.reader.value(wanted, &place, self.level);
        }
        match place.read_addr(self.reader.memory) {
            Ok(at) => self.reader.value(wanted, &Place::Memory(at), self.level),
            Err(why) => Value::Missing(why),
        }
    }
}
