//! The one seam to a target's bytes, and how words and strings are read through it.

use crate::addr::Addr;
use thiserror::Error;

/// Bytes at `at` that could not be had: not mapped, not captured, gone.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Error)]
#[error("unreadable memory: {len} bytes at {at}")]
pub struct Unreadable {
    /// Where the read began.
    pub at: Addr,
    /// How many bytes were asked for.
    pub len: usize,
}

/// Anything that holds a target's bytes: a live process, a snapshot, a file's segments, an array in a test.
///
/// A read is all or nothing. There is no way to ask who is behind it, to write, or to control.
pub trait Memory {
    /// Fills `buf` from `at`.
    ///
    /// # Errors
    /// [`Unreadable`] when any byte of the range can't be had; `buf` is then unspecified.
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable>;
}

impl<M: Memory + ?Sized> Memory for &M {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        (**self).read(at, buf)
    }
}

/// `over` where it has the bytes, else `under`: captured bytes over a file's read-only data.
#[derive(Copy, Clone, Debug)]
pub struct Layered<A, B> {
    /// Asked first.
    pub over: A,
    /// Asked where `over` has nothing.
    pub under: B,
}

impl<A: Memory, B: Memory> Memory for Layered<A, B> {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        self.over
            .read(at, buf)
            .or_else(|_| self.under.read(at, buf))
    }
}

/// Bytes that lie in one run: a stack, out of a snapshot of thousands.
#[derive(Copy, Clone, Debug)]
pub struct Run<'b> {
    /// Where the first byte lies.
    pub start: Addr,
    /// The bytes.
    pub bytes: &'b [u8],
}

impl Memory for Run<'_> {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        let from = at
            .offset_from(self.start)
            .and_then(|offset| usize::try_from(offset).ok());
        let range = from.and_then(|from| Some(from..from.checked_add(buf.len())?));
        let bytes = range.and_then(|range| self.bytes.get(range));
        buf.copy_from_slice(bytes.ok_or(Unreadable { at, len: buf.len() })?);
        Ok(())
    }
}

/// The widest [`Word`], in bytes.
const MAX_WORD: usize = 16;

/// A fixed-size value as the target stores it: little-endian, on both architectures.
pub trait Word: Copy {
    /// Its size in bytes, at most 16.
    const SIZE: usize;
    /// The value of the first [`Word::SIZE`] bytes, or nothing where there are fewer.
    fn decode(bytes: &[u8]) -> Option<Self>;
}

macro_rules! words {
    ($($ty:ty),*) => {$(
        impl Word for $ty {
            const SIZE: usize = size_of::<$ty>();
            fn decode(bytes: &[u8]) -> Option<Self> {
                Some(<$ty>::from_le_bytes(*bytes.first_chunk()?))
            }
        }
    )*};
}
words!(u8, u16, u32, u64, i64);

impl Word for Addr {
    const SIZE: usize = 8;
    fn decode(bytes: &[u8]) -> Option<Self> {
        u64::decode(bytes).map(Addr::new)
    }
}

/// Reads one number.
///
/// # Errors
/// [`Unreadable`], as [`Memory::read`].
pub fn read_word<T: Word>(memory: &(impl Memory + ?Sized), at: Addr) -> Result<T, Unreadable> {
    let mut buf = [0u8; MAX_WORD];
    let buf = &mut buf[..T::SIZE];
    memory.read(at, buf)?;
    T::decode(buf).ok_or(Unreadable { at, len: T::SIZE })
}

/// Reads `len` bytes into a fresh buffer. The caller bounds `len`.
///
/// # Errors
/// [`Unreadable`], as [`Memory::read`]; also for more bytes than there can be room for.
pub fn read_bytes(
    memory: &(impl Memory + ?Sized),
    at: Addr,
    len: usize,
) -> Result<Vec<u8>, Unreadable> {
    let mut buf = Vec::new();
    buf.try_reserve_exact(len)
        .map_err(|_| Unreadable { at, len })?;
    buf.resize(len, 0);
    // Nothing can be read from anywhere, nil included.
    if len > 0 {
        memory.read(at, &mut buf)?;
    }
    Ok(buf)
}

/// Reads `len` bytes into room that is used again and again; likewise.
///
/// # Errors
/// Likewise.
pub(crate) fn read_into<'r>(
    memory: &(impl Memory + ?Sized),
    at: Addr,
    len: usize,
    room: &'r mut Vec<u8>,
) -> Result<&'r [u8], Unreadable> {
    room.clear();
    room.try_reserve(len).map_err(|_| Unreadable { at, len })?;
    room.resize(len, 0);
    if len > 0 {
        memory.read(at, room)?;
    }
    Ok(room)
}

/// Reads an unsigned number of `len` bytes, at most 8.
///
/// # Errors
/// [`Unreadable`], as [`Memory::read`]; also for more bytes than that.
pub fn read_uint(memory: &(impl Memory + ?Sized), at: Addr, len: usize) -> Result<u64, Unreadable> {
    let mut word = [0u8; 8];
    let bytes = word.get_mut(..len).ok_or(Unreadable { at, len })?;
    if len > 0 {
        memory.read(at, bytes)?;
    }
    Ok(u64::from_le_bytes(word))
}

/// Reads `len` addresses that lie side by side. The caller bounds `len`.
///
/// # Errors
/// [`Unreadable`], as [`read_bytes`].
pub(crate) fn read_addrs(
    memory: &(impl Memory + ?Sized),
    at: Addr,
    len: usize,
) -> Result<Vec<Addr>, Unreadable> {
    let bytes = read_bytes(memory, at, len.saturating_mul(8))?;
    Ok(bytes.chunks_exact(8).filter_map(Addr::decode).collect())
}

/// A Go string header `{data, len}` or the front of a slice header `{data, len, cap}`.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct GoSlice {
    /// First element; may be nil when `len` is 0.
    pub data: Addr,
    /// Number of elements (bytes, of a string).
    pub len: u64,
}

impl Word for GoSlice {
    const SIZE: usize = 16;
    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(GoSlice {
            data: Addr::decode(bytes)?,
            len: u64::decode(bytes.get(8..)?)?,
        })
    }
}

/// A Go interface value: what type, and where the value is.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Interface {
    /// The type, or the itab.
    pub kind: Addr,
    /// The value, or its address.
    pub data: Addr,
}

impl Word for Interface {
    const SIZE: usize = 16;
    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(Interface {
            kind: Addr::decode(bytes)?,
            data: Addr::decode(bytes.get(8..)?)?,
        })
    }
}

/// Reads the Go string whose header lies at `at`, no more than `limit` bytes of it. It need not be
/// UTF-8.
///
/// # Errors
/// [`Unreadable`], as [`Memory::read`].
pub fn read_go_string(
    memory: &(impl Memory + ?Sized),
    at: Addr,
    limit: usize,
) -> Result<Vec<u8>, Unreadable> {
    let header: GoSlice = read_word(memory, at)?;
    let len = usize::try_from(header.len).unwrap_or(usize::MAX).min(limit);
    read_bytes(memory, header.data, len)
}
