//! The bytes of a file's section, decompressed where they are compressed: no more than can be in them.

use object::ObjectSection;
use std::borrow::Cow;
use thiserror::Error;

/// Deflate makes at most some 1,030 bytes out of one, and nobody's DWARF is that even: who claims more lies.
const MAX_EXPANSION: u64 = 1032;

/// Why a section can't be had.
#[derive(Debug, Error)]
pub enum SectionError {
    /// It is not in the file, or not what its header says.
    #[error("the section can't be read")]
    Object(#[from] object::Error),
    /// It would be larger than compression can make it. Room for it is not asked for.
    #[error("a compressed section gives a length that can't be")]
    Compression,
}

/// The bytes of `section`.
///
/// # Errors
/// [`SectionError`].
pub fn uncompressed<'d>(section: &impl ObjectSection<'d>) -> Result<Cow<'d, [u8]>, SectionError> {
    let compressed = section.compressed_data()?;
    let len = u64::try_from(compressed.data.len()).unwrap_or(u64::MAX);
    if compressed.uncompressed_size > len.saturating_mul(MAX_EXPANSION) {
        return Err(SectionError::Compression);
    }
    Ok(compressed.decompress()?)
}
