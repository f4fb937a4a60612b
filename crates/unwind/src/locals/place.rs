//! Where a value lies: at an address, or in pieces, some of which may be nowhere.

use super::value::Missing;
use gopeek_layout::mem::read_bytes;
use gopeek_layout::{Addr, Memory};
use std::sync::Arc;

/// The widest number, in bytes: a complex128.
const MAX_WORD: usize = 16;

/// Where a value, or a part of one, begins.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Memory(Addr),
    Pieces { pieces: Arc<[Piece]>, offset: u64 },
}

/// A part of a value.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// In bytes.
    pub(super) len: u64,
    pub(super) content: Content,
}

/// Where a part's bytes are.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Memory(Addr),
    Bytes(Arc<[u8]>),
    Missing(Missing),
}

impl Place {
    pub(super) fn pieces(pieces: Vec<Piece>) -> Place {
        Place::Pieces {
            pieces: pieces.into(),
            offset: 0,
        }
    }

    /// Whether it is one place for all of the value.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Place::Memory(_) => true,
            Place::Pieces { pieces, .. } => pieces.iter().any(|piece| piece.len == u64::MAX),
        }
    }

    /// How many of its pieces are nowhere.
    pub(super) fn lacks(&self) -> usize {
        match self {
            Place::Memory(_) => 0,
            Place::Pieces { pieces, .. } => {
                let missing = |piece: &&Piece| matches!(piece.content, Content::Missing(_));
                pieces.iter().filter(missing).count()
            }
        }
    }

    /// `bytes` further on.
    pub(super) fn plus(&self, bytes: u64) -> Result<Place, Missing> {
        let moved = match self {
            Place::Memory(at) => at.checked_add(bytes).map(Place::Memory),
            Place::Pieces { pieces, offset } => {
                offset.checked_add(bytes).map(|offset| Place::Pieces {
                    pieces: pieces.clone(),
                    offset,
                })
            }
        };
        moved.ok_or(Missing::Implausible)
    }

    /// The `len` bytes here; no more than a number has.
    pub(super) fn read(&self, memory: &dyn Memory, len: u64) -> Result<Vec<u8>, Missing> {
        let len = usize::try_from(len).ok().filter(|len| *len <= MAX_WORD);
        let len = len.ok_or(Missing::Implausible)?;
        match self {
            Place::Memory(at) => {
                read_bytes(memory, *at, len).map_err(|_| Missing::Unreadable { at: *at })
            }
            Place::Pieces { pieces, offset } => gather(memory, pieces, *offset, len),
        }
    }

    pub(super) fn read_u64(&self, memory: &dyn Memory) -> Result<u64, Missing> {
        let bytes = self.read(memory, 8)?;
        let bytes = bytes.first_chunk().ok_or(Missing::Implausible)?;
        Ok(u64::from_le_bytes(*bytes))
    }

    pub(super) fn read_addr(&self, memory: &dyn Memory) -> Result<Addr, Missing> {
        self.read_u64(memory).map(Addr::new)
    }
}

/// The bytes from `offset` on, out of all the pieces that have some of them.
fn gather(
    memory: &dyn Memory,
    pieces: &[Piece],
    offset: u64,
    len: usize,
) -> Result<Vec<u8>, Missing> {
    let mut bytes = Vec::with_capacity(len);
    let mut start = 0u64;
    for piece in pieces {
        let end = start.saturating_add(piece.len);
        let at = offset.saturating_add(bytes.len() as u64);
        if bytes.len() < len && (start..end).contains(&at) {
            let here = usize::try_from(end - at).unwrap_or(usize::MAX);
            let wanted = here.min(len - bytes.len());
            bytes.extend(piece.read(memory, at - start, wanted)?);
        }
        start = end;
    }
    if bytes.len() == len {
        Ok(bytes)
    } else {
        Err(Missing::OptimisedOut)
    }
}

impl Piece {
    /// The `len` bytes from `index` on, at once: whoever records what is missed then learns of all of them.
    fn read(&self, memory: &dyn Memory, index: u64, len: usize) -> Result<Vec<u8>, Missing> {
        match &self.content {
            Content::Missing(why) => Err(*why),
            Content::Bytes(bytes) => {
                let from = usize::try_from(index).ok();
                let range = from.and_then(|from| Some(from..from.checked_add(len)?));
                let bytes = range.and_then(|range| bytes.get(range));
                Ok(bytes.ok_or(Missing::OptimisedOut)?.to_vec())
            }
            Content::Memory(start) => {
                let at = start.checked_add(index).ok_or(Missing::Implausible)?;
                read_bytes(memory, at, len).map_err(|_| Missing::Unreadable { at })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, Missing, Piece, Place};
    use gopeek_layout::Addr;
    use gopeek_layout::testing::Bytes;

    #[test]
    fn a_value_may_lie_in_pieces() {
        let memory = Bytes::at(0x1000).u64(0x0807_0605_0403_0201);
        let piece = |len, content| Piece { len, content };
        let place = Place::pieces(vec![
            piece(8, Content::Bytes([9; 8].into())),
            piece(8, Content::Memory(Addr::new(0x1000))),
            piece(8, Content::Missing(Missing::Register { number: 3 })),
        ]);
        assert_eq!(place.read_u64(&memory), Ok(0x0909_0909_0909_0909));
        let second = place.plus(8).unwrap();
        assert_eq!(second.read_u64(&memory), Ok(0x0807_0605_0403_0201));
        // Across the border of two.
        let across = place.plus(6).unwrap().read(&memory, 4);
        assert_eq!(across, Ok(vec![9, 9, 1, 2]));
        let third = place.plus(16).unwrap();
        assert_eq!(
            third.read_u64(&memory),
            Err(Missing::Register { number: 3 })
        );
        let behind = place.plus(24).unwrap();
        assert_eq!(behind.read_u64(&memory), Err(Missing::OptimisedOut));
        assert!(place.plus(u64::MAX).unwrap().plus(1).is_err());
    }

    #[test]
    fn a_miss_is_told_by_its_address() {
        let memory = Bytes::at(0x1000).u64(1);
        let place = Place::Memory(Addr::new(0x1004));
        let at = Addr::new(0x1004);
        assert_eq!(place.read_u64(&memory), Err(Missing::Unreadable { at }));
        assert_eq!(place.read(&memory, 17), Err(Missing::Implausible));
    }
}
