//! Channels a few pointers behind what a deferred call has captured: `g.sem` of the group whose method it will call.

use super::targets::Targets;
use gopeek_layout::mem::{Word, read_bytes};
use gopeek_layout::{Addr, Memory};
use rustc_hash::FxHashMap;

/// Maximum number of pointers that are followed from a captured word.
const MAX_DEPTH: u32 = 2;
/// Bytes of an object that are looked through.
const BYTES: usize = 16 * 8;
/// Maximum number of objects that are looked through for one report.
const MAX_READS: u32 = 1 << 17;
/// Lower words are no addresses.
const LOWEST: u64 = 1 << 16;

/// What is known of words already: goroutines have most of them in common.
#[derive(Debug, Default)]
pub(super) struct Behind {
    known: FxHashMap<u64, Option<(u32, u32)>>,
    reads: u32,
}

impl Behind {
    /// The only channel that somebody waits at behind this word, and how many pointers lead there; nothing where there are
    /// several equally near.
    pub(super) fn channel(
        &mut self,
        memory: &dyn Memory,
        targets: &Targets,
        word: u64,
    ) -> Option<(u32, u32)> {
        if let Some(known) = self.known.get(&word) {
            return *known;
        }
        let found = self.search(memory, targets, word);
        self.known.insert(word, found);
        found
    }

    fn search(&mut self, memory: &dyn Memory, targets: &Targets, word: u64) -> Option<(u32, u32)> {
        let mut level = vec![word];
        for depth in 1..=MAX_DEPTH {
            let mut next = Vec::new();
            for word in level {
                next.extend(self.words(memory, word));
            }
            let mut objects: Vec<u32> = next.iter().filter_map(|it| targets.at(*it)).collect();
            objects.sort_unstable();
            objects.dedup();
            match objects[..] {
                [] => level = next,
                [only] => return Some((only, depth + 1)),
                _ => return None,
            }
        }
        None
    }

    /// The words of the object at `word`.
    fn words(&mut self, memory: &dyn Memory, word: u64) -> Vec<u64> {
        if word < LOWEST || !word.is_multiple_of(8) || self.reads >= MAX_READS {
            return Vec::new();
        }
        self.reads += 1;
        let at = Addr::new(word);
        let bytes = read_bytes(memory, at, BYTES).or_else(|_| read_bytes(memory, at, 8));
        let bytes = bytes.unwrap_or_default();
        bytes.chunks_exact(8).filter_map(u64::decode).collect()
    }
}
