//! pprof labels of a goroutine, in each of the forms that Go has kept them.

use crate::addr::Addr;
use crate::fields::Fields;
use crate::limits::Limits;
use crate::mem::{GoSlice, Memory, Word, read_bytes, read_word};
use crate::rules::{LabelStore, Rules};
use std::cell::Cell;

/// A pprof label. Go strings need not be UTF-8.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Label {
    /// Its key.
    pub key: Vec<u8>,
    /// Its value.
    pub value: Vec<u8>,
}

/// Bytes of a Go string's header.
const STRING: u64 = 16;
/// `label.Label{Key, Value string}`.
const LABEL: u64 = 2 * STRING;
/// Slots of a map's bucket (`abi.OldMapBucketCount`); their hashes' tops come first, then the keys, then the values,
/// then the address of the bucket that takes what does not fit.
const SLOTS: u64 = 8;
const KEYS: u64 = SLOTS;
const VALUES: u64 = KEYS + SLOTS * STRING;
const OVERFLOW: u64 = VALUES + SLOTS * STRING;
const BUCKET: u64 = OVERFLOW + 8;
/// Tops below this mark slots that are empty or moved (`runtime/map.go`, minTopHash).
const MIN_TOP: u8 = 5;
/// All labels of a goroutine together have no more text than so many of the longest.
const TEXTS: u64 = 16;

/// The labels that `g.labels` points at; none where it is nil. What can't be read is left out.
#[must_use]
pub fn read(
    memory: &dyn Memory,
    fields: &Fields,
    rules: &Rules,
    limits: &Limits,
    at: Addr,
) -> Vec<Label> {
    if at.is_null() {
        return Vec::new();
    }
    let left = Cell::new(limits.text_bytes.saturating_mul(TEXTS));
    let store = Store {
        memory,
        limits,
        left,
    };
    match (rules.label_store, &fields.hmap) {
        (LabelStore::Map, Some(hmap)) => {
            // `*labelMap`, which is a map, which is a pointer.
            let Ok(map) = read_word::<Addr>(memory, at) else {
                return Vec::new();
            };
            let log2 = hmap.log2_buckets.read(memory, map).unwrap_or(0).min(16);
            let buckets = hmap.buckets.read(memory, map).unwrap_or(Addr::NULL);
            let mut labels = store.map(buckets, 1 << log2);
            // A map has no order; pprof prints labels by key.
            labels.sort();
            labels
        }
        _ => store.list(at),
    }
}

struct Store<'m> {
    memory: &'m dyn Memory,
    limits: &'m Limits,
    /// Bytes of text that may still be read: what is damaged could claim as much as fits a hundred labels, each time.
    left: Cell<u64>,
}

impl Store<'_> {
    fn list(&self, header: Addr) -> Vec<Label> {
        let slice: GoSlice = read_word(self.memory, header).unwrap_or_default();
        let count = slice.len.min(self.limits.list_len);
        // All at once, so that a plan hears of all that is missing at once.
        let len = usize::try_from(count.saturating_mul(LABEL)).unwrap_or(0);
        if read_bytes(self.memory, slice.data, len).is_err() {
            return Vec::new();
        }
        let labels = (0..count).filter_map(|index| {
            let key = slice.data.checked_add(index * LABEL)?;
            self.pair(key, key.checked_add(STRING)?)
        });
        labels.collect()
    }

    /// The entries of a map whose `count` buckets begin at `first`.
    fn map(&self, first: Addr, count: u64) -> Vec<Label> {
        let mut labels = Vec::new();
        let mut left = self.limits.list_len;
        for index in 0..count.min(self.limits.list_len) {
            let mut next = first.checked_add(index * BUCKET);
            while let Some(bucket) = next.filter(|at| !at.is_null() && left > 0) {
                left -= 1;
                next = self.bucket(bucket, &mut labels);
            }
        }
        labels.truncate(usize::try_from(self.limits.list_len).unwrap_or(usize::MAX));
        labels
    }

    /// Adds the entries of a bucket; gives the one that it overflows into.
    fn bucket(&self, at: Addr, labels: &mut Vec<Label>) -> Option<Addr> {
        let bytes = read_bytes(self.memory, at, usize::try_from(BUCKET).ok()?).ok()?;
        let tops = bytes.iter().zip(0..SLOTS);
        for (_, slot) in tops.filter(|(top, _)| **top >= MIN_TOP) {
            let key = at.checked_add(KEYS + slot * STRING);
            let value = at.checked_add(VALUES + slot * STRING);
            let pair = key.zip(value);
            labels.extend(pair.and_then(|(key, value)| self.pair(key, value)));
        }
        Addr::decode(bytes.get(usize::try_from(OVERFLOW).ok()?..)?)
    }

    fn pair(&self, key: Addr, value: Addr) -> Option<Label> {
        // Both are asked for before either is given up.
        let (key, value) = (self.text(key), self.text(value));
        Some(Label {
            key: key?,
            value: value?,
        })
    }

    fn text(&self, at: Addr) -> Option<Vec<u8>> {
        let GoSlice { data, len } = read_word(self.memory, at).ok()?;
        let len = len.min(self.limits.text_bytes).min(self.left.get());
        self.left.set(self.left.get() - len);
        read_bytes(self.memory, data, usize::try_from(len).ok()?).ok()
    }
}
