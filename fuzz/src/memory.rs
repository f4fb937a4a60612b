//! A target's memory that is damaged as a script says: words that lead elsewhere, holes, pieces cut off, memory that
//! has an answer for every address, and memory that changes from one read to the next.

use arbitrary::{Result, Unstructured};
use gopeek_layout::testing::Bytes;
use gopeek_layout::{Addr, Memory, Unreadable};
use std::cell::Cell;

/// Nobody asks for more at once: what asks for more than its limits has no limits.
const MAX_READ: usize = 4 << 20;
/// As many damages as there are, and no more, however long the script is.
const MAX_DAMAGES: usize = 64;

/// Pieces of memory, and what is wrong with them.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    /// By address, apart from each other.
    pieces: Vec<(u64, Vec<u8>)>,
    /// Where something decisive lies.
    hot: Vec<u64>,
    /// What lies everywhere else, over and over; nothing where it is empty.
    background: Vec<u8>,
    holes: Vec<(u64, u64)>,
    /// Every so-manieth read brings something else; none where it is 0.
    unsteady: u64,
    reads: Cell<u64>,
}

impl World {
    pub(crate) fn add(&mut self, at: u64, bytes: Vec<u8>) {
        let after = self.pieces.partition_point(|(start, _)| *start <= at);
        self.pieces.insert(after, (at, bytes));
    }

    pub(crate) fn add_words(&mut self, at: u64, words: &[u64]) {
        self.add(
            at,
            words.iter().flat_map(|word| word.to_le_bytes()).collect(),
        );
    }

    /// Takes what lies from `at` on out of hand-made memory.
    pub(crate) fn add_from(&mut self, at: u64, bytes: &Bytes) {
        let len = bytes.end().offset_from(Addr::new(at)).unwrap_or(0);
        let mut content = vec![0; usize::try_from(len).unwrap_or(0)];
        if bytes.read(Addr::new(at), &mut content).is_ok() {
            self.add(at, content);
        }
    }

    pub(crate) fn mark(&mut self, at: u64) {
        self.hot.push(at);
    }

    /// Answers for every address that is in no piece with `words`, over and over.
    pub(crate) fn everywhere(&mut self, words: &[u64]) {
        self.background = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    }

    /// Does as much damage as the script has in it.
    pub(crate) fn damage(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        for _ in 0..MAX_DAMAGES {
            if script.is_empty() {
                break;
            }
            self.damage_once(script)?;
        }
        Ok(())
    }

    fn damage_once(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        match script.int_in_range(0..=11)? {
            0..=3 => {
                let at = self.hot_place(script)?;
                let word = self.word(script, self.get(at))?;
                self.set(at, word);
            }
            4..=6 => {
                let at = self.place(script)?;
                let word = self.word(script, self.get(at))?;
                self.set(at, word);
            }
            7 => {
                let at = self.place(script)?;
                let bit = script.int_in_range(0..=63)?;
                self.set(at, self.get(at) ^ 1 << bit);
            }
            8 => {
                let at = self.place(script)?;
                let len = u64::from(script.arbitrary::<u8>()?);
                self.holes.push((at, at.saturating_add(len)));
            }
            9 => {
                let count = script.int_in_range(1..=8)?;
                let words: Result<Vec<u64>> = (0..count).map(|_| self.word(script, 0)).collect();
                self.everywhere(&words?);
            }
            10 => self.unsteady = script.int_in_range(0..=200)?,
            _ => {
                let index = script.choose_index(self.pieces.len())?;
                let len = usize::from(script.arbitrary::<u16>()?);
                self.pieces[index].1.truncate(len);
            }
        }
        Ok(())
    }

    fn hot_place(&self, script: &mut Unstructured<'_>) -> Result<u64> {
        if self.hot.is_empty() {
            return self.place(script);
        }
        script.choose(&self.hot).copied()
    }

    /// Where a word lies in one of the pieces.
    pub(crate) fn place(&self, script: &mut Unstructured<'_>) -> Result<u64> {
        let (start, bytes) = script.choose(&self.pieces)?;
        let words = bytes.len() / 8;
        let index = script.int_in_range(0..=u16::MAX)?;
        let index = usize::from(index).checked_rem(words).unwrap_or(0);
        Ok(start + 8 * u64::try_from(index).unwrap_or(0))
    }

    /// A word that leads somewhere, or nowhere; `old` is the one in its place.
    pub(crate) fn word(&self, script: &mut Unstructured<'_>, old: u64) -> Result<u64> {
        Ok(match script.int_in_range(0..=7)? {
            0 | 1 => script.choose(&self.pieces)?.0,
            2 => self.place(script)?,
            3 => u64::from(script.arbitrary::<u8>()?),
            4 => script.arbitrary()?,
            5 => (1u64 << script.int_in_range(0..=63)?).wrapping_sub(script.int_in_range(0..=1)?),
            6 => old.wrapping_add_signed(i64::from(script.arbitrary::<i8>()?)),
            _ => self.get(self.place(script)?),
        })
    }

    fn get(&self, at: u64) -> u64 {
        let mut word = [0; 8];
        let _ = self.copy(at, &mut word);
        u64::from_le_bytes(word)
    }

    pub(crate) fn set(&mut self, at: u64, word: u64) {
        for (start, bytes) in &mut self.pieces {
            let Some(offset) = at.checked_sub(*start) else {
                continue;
            };
            let offset = usize::try_from(offset).unwrap_or(usize::MAX);
            if let Some(place) = bytes.get_mut(offset..) {
                for (byte, new) in place.iter_mut().zip(word.to_le_bytes()) {
                    *byte = new;
                }
            }
        }
    }

    fn copy(&self, at: u64, buf: &mut [u8]) -> Option<()> {
        let end = at.checked_add(u64::try_from(buf.len()).ok()?)?;
        if self.holes.iter().any(|(from, to)| at < *to && *from < end) {
            return None;
        }
        let after = self.pieces.partition_point(|(start, _)| *start <= at);
        let before = after
            .checked_sub(1)
            .and_then(|index| self.pieces.get(index));
        let piece = before.and_then(|(start, bytes)| {
            let offset = usize::try_from(at.checked_sub(*start)?).ok()?;
            bytes.get(offset..offset.checked_add(buf.len())?)
        });
        if let Some(piece) = piece {
            buf.copy_from_slice(piece);
            return Some(());
        }
        let period = u64::try_from(self.background.len()).ok()?;
        let from = usize::try_from(at.checked_rem(period)?).ok()?;
        let pattern = self.background.iter().cycle().skip(from);
        for (byte, new) in buf.iter_mut().zip(pattern) {
            *byte = *new;
        }
        Some(())
    }
}

impl Memory for World {
    fn read(&self, at: Addr, buf: &mut [u8]) -> std::result::Result<(), Unreadable> {
        let len = buf.len();
        assert!(len <= MAX_READ, "{len} bytes at once");
        let reads = self.reads.get() + 1;
        self.reads.set(reads);
        self.copy(at.get(), buf).ok_or(Unreadable { at, len })?;
        if reads.checked_rem(self.unsteady) == Some(0)
            && let Some(byte) = buf.first_mut()
        {
            *byte ^= 1 << (reads % 8);
        }
        Ok(())
    }
}
