//! The bytes of files' sections, unpacked where they are compressed: no more than can be in them, and than there is room for.

use object::{CompressionFormat, ObjectSection};
use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use thiserror::Error;

/// Deflate makes at most some 1,030 bytes out of one, and nobody's DWARF is that even: who claims more lies.
const MAX_EXPANSION: u64 = 1032;
/// Maximum number of bytes that are unpacked or copied out of a program's sections: several times what the DWARF of the
/// largest Go programs takes.
const MAX_BYTES: u64 = 1 << 30;

/// Why a section can't be had.
#[derive(Debug, Error)]
pub enum SectionError {
    /// It is not in the file, or not what its header says.
    #[error("the section can't be read")]
    Object(#[from] object::Error),
    /// It would be larger than compression can make it. Room for it is not asked for.
    #[error("a compressed section gives a length that can't be")]
    Compression,
    /// All sections together would be larger than is allowed.
    #[error("the debug sections unpack to more than 1 GiB")]
    TooMuch,
}

/// Unpacks sections, up to a limit for all of them together.
#[derive(Debug)]
pub struct Unpacker {
    left: AtomicU64,
}

impl Default for Unpacker {
    /// One that may unpack a GiB.
    fn default() -> Unpacker {
        Unpacker {
            left: AtomicU64::new(MAX_BYTES),
        }
    }
}

impl Unpacker {
    /// Returns the bytes of `section`, which are in the file itself where they are not compressed.
    ///
    /// # Errors
    /// [`SectionError`].
    pub fn bytes<'d>(
        &self,
        section: &impl ObjectSection<'d>,
    ) -> Result<Cow<'d, [u8]>, SectionError> {
        let compressed = section.compressed_data()?;
        if compressed.format != CompressionFormat::None {
            let len = u64::try_from(compressed.data.len()).unwrap_or(u64::MAX);
            if compressed.uncompressed_size > len.saturating_mul(MAX_EXPANSION) {
                return Err(SectionError::Compression);
            }
            self.take(compressed.uncompressed_size)?;
        }
        Ok(compressed.decompress()?)
    }

    /// Returns the bytes of `section` for whoever copies them: those that are not compressed count, too.
    ///
    /// # Errors
    /// [`SectionError`].
    pub fn copied<'d>(
        &self,
        section: &impl ObjectSection<'d>,
    ) -> Result<Cow<'d, [u8]>, SectionError> {
        let bytes = self.bytes(section)?;
        if let Cow::Borrowed(bytes) = bytes {
            self.take(u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
        }
        Ok(bytes)
    }

    fn take(&self, bytes: u64) -> Result<(), SectionError> {
        let left = |left: u64| left.checked_sub(bytes);
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        let taken = self.left.fetch_update(set, fetch, left);
        taken.map(drop).map_err(|_| SectionError::TooMuch)
    }
}
