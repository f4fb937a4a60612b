//! Search for types by name in the bytes of a module's descriptors: two passes, however many names there are.
//!
//! The first pass finds the names: each begins with a star (`*sql.DB`, which `sql.DB` shares, see `TFlagExtraStar`). The
//! second finds the descriptors that refer to one of them. Names and the offsets of names are what no relocation changes,
//! so both work on a module's file. It does not matter how a release orders descriptors.

use super::receiver::Receiver;
use super::{EXTRA_STAR, Kind, UNCOMMON, name};
use crate::addr::Addr;
use crate::fields;
use memchr::{memchr, memchr_iter};
use rustc_hash::FxHashMap;

/// Maximum number of types found for one receiver: the instances of a generic type.
const MAX_FOUND: usize = 256;
/// Maximum number of names in all, and of descriptors that are compared with a package. Some hundred packages may have a
/// type of the same name.
const MAX_NAMES: usize = 100_000;
const MAX_COMPARED: usize = 1_000_000;
/// Maximum number of stars that are looked at: a byte in a hundred of real descriptors is one.
const MAX_STARS: usize = 16 << 20;
/// Bits of the filter for offsets.
const FILTER_BITS: usize = 1 << 16;

/// A module's descriptors, as bytes.
pub(super) struct Search<'b> {
    pub(super) layout: &'b fields::Type,
    /// Address of the first byte.
    pub(super) start: Addr,
    pub(super) bytes: &'b [u8],
}

impl Search<'_> {
    /// Calls `found` with the index of a receiver and the offset of a descriptor that may be its type.
    pub(super) fn run(&self, wanted: &[Receiver], found: &mut dyn FnMut(usize, u64)) {
        let (names, groups) = self.names(wanted);
        if names.is_empty() {
            return;
        }
        let mut filter = vec![0u64; FILTER_BITS / 64];
        for name in names.keys() {
            let (word, bit) = place(*name);
            filter[word] |= bit;
        }
        let mut counts = vec![0; wanted.len()];
        let mut left = MAX_COMPARED;
        // Descriptors are aligned; the field is at the same place in each.
        let field = u64::from(self.layout.name.offset());
        let first = (field + 8 - self.start.get() % 8) % 8;
        let words = usize::try_from(first)
            .ok()
            .and_then(|at| self.bytes.get(at..));
        for (index, word) in words.unwrap_or_default().chunks(8).enumerate() {
            let Some(offset) = word.first_chunk().map(|it| u32::from_le_bytes(*it)) else {
                break;
            };
            let (at, bit) = place(offset);
            if filter[at] & bit == 0 {
                continue;
            }
            let group = names.get(&offset).and_then(|group| groups.get(*group));
            let Some(receivers) = group else {
                continue;
            };
            let at = (first + 8 * index as u64).checked_sub(field);
            let Some((at, package)) = at.and_then(|at| Some((at, self.package(at)?))) else {
                continue;
            };
            for receiver in receivers {
                left -= 1;
                let is_it = wanted[*receiver].package.as_bytes() == package;
                if is_it && counts[*receiver] < MAX_FOUND {
                    counts[*receiver] += 1;
                    found(*receiver, at);
                }
                if left == 0 {
                    return;
                }
            }
        }
    }

    /// The offsets of names by which any of the receivers may be called, each with the index of those receivers in the
    /// second list.
    fn names(&self, wanted: &[Receiver]) -> (FxHashMap<u32, usize>, Vec<Vec<usize>>) {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut by_name: FxHashMap<(&[u8], bool), usize> = FxHashMap::default();
        let mut lengths = [false; name::MAX_NAME + 1];
        for (index, receiver) in wanted.iter().enumerate() {
            let key = (receiver.name.as_bytes(), receiver.generic);
            let group = *by_name.entry(key).or_insert(groups.len());
            match groups.get_mut(group) {
                Some(group) => group.push(index),
                None => groups.push(vec![index]),
            }
            if let Some(length) = lengths.get_mut(receiver.name.len()) {
                *length = true;
            }
        }
        let generic = wanted.iter().any(|receiver| receiver.generic);
        let mut names = FxHashMap::default();
        for star in memchr_iter(b'*', self.bytes).take(MAX_STARS) {
            for (at, text) in name::before(self.bytes, star) {
                // A package's name has no dot.
                let Some(dot) = memchr(b'.', text) else {
                    continue;
                };
                let rest = &text[dot + 1..];
                let bracket = generic.then(|| memchr(b'[', rest)).flatten();
                let plain = bracket.map_or(rest, |bracket| &rest[..bracket]);
                if !lengths[plain.len()] {
                    continue;
                }
                if let Some(group) = by_name.get(&(plain, bracket.is_some()))
                    && let Ok(at) = u32::try_from(at)
                {
                    names.insert(at, *group);
                }
            }
            if names.len() >= MAX_NAMES {
                break;
            }
        }
        (names, groups)
    }

    /// Path of the package that declares the type at an offset, if that is a named type that has its name with a star too
    /// many.
    fn package(&self, at: u64) -> Option<&[u8]> {
        let at = usize::try_from(at).ok()?;
        let bytes = self.bytes.get(at..)?;
        let flags = self.layout.flags.of(bytes)?;
        let kind = Kind::of(self.layout.kind.of(bytes)?)?;
        if flags & UNCOMMON == 0 || flags & EXTRA_STAR == 0 {
            return None;
        }
        let uncommon = u64::from(self.layout.size).checked_add(kind.own_size()?)?;
        let path = bytes
            .get(usize::try_from(uncommon).ok()?..)?
            .first_chunk()?;
        let path = usize::try_from(u32::from_le_bytes(*path)).ok()?;
        name::text(self.bytes.get(path..)?)
    }
}

/// Which bit of the filter is that of an offset.
fn place(offset: u32) -> (usize, u64) {
    let hash = offset.wrapping_mul(0x9e37_79b9) >> 16;
    let word = usize::try_from(hash / 64).unwrap_or(0) % (FILTER_BITS / 64);
    (word, 1 << (hash % 64))
}
