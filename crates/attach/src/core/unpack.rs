//! A packed core, unpacked into a file without a name.
//!
//! What comes is not believed to be a core before it says so, and no more is taken of it than it says there is.

use super::error::{CoreError, CoreProblem};
use super::headers::Front;
use crate::files::FileBytes;
use flate2::read::MultiGzDecoder;
use liblzma::read::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

/// What is unpacked at once.
const CHUNK: usize = 1 << 20;
/// Blocks of zeroes of this size are left holes, as file systems keep them.
const BLOCK: usize = 4096;
const ZEROES: [u8; BLOCK] = [0; BLOCK];
/// Maximum memory, in bytes, that unpacking xz may take. A file of `xz -9` asks for 65 MiB, one from an attacker for 4 GiB.
const XZ_MEMORY: u64 = 256 << 20;
/// More than any core that was packed in earnest.
const MAX_LEN: u64 = 64 << 30;
/// Bytes that stay free on the file system that a core is unpacked to, for everybody else who writes there.
const RESERVE: u64 = 1 << 30;
/// Number of unpacked bytes after which the free space is checked again.
const LOOK_EVERY: u64 = 64 << 20;

/// How a file is packed.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Packing {
    Zstd,
    Lz4,
    Xz,
    Gzip,
}

/// What files begin with that others pack, and by what.
const FOREIGN: [(&[u8], &str); 9] = [
    (b"BZh", "bzip2"),
    (b"LZIP", "lzip"),
    (b"\x5d\0\0\x80\0", "lzma"),
    (b"\x5d\0\0\0\x04", "lzma"),
    (b"\x89LZO\0", "lzop"),
    (b"\x1f\x9d", "compress"),
    (b"PK\x03\x04", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"\xff\x06\0\0sNaPpY", "snappy"),
];

impl Packing {
    /// How a file that begins with `front` is packed; nothing where it is not.
    pub(super) fn of(front: &[u8]) -> Result<Option<Packing>, CoreError> {
        if let Some((_, name)) = FOREIGN.iter().find(|(magic, _)| front.starts_with(magic)) {
            return Err(CoreError::Packed(name));
        }
        match front {
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Ok(Some(Packing::Zstd)),
            [0x04, 0x22, 0x4d, 0x18, ..] => Ok(Some(Packing::Lz4)),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Ok(Some(Packing::Xz)),
            [0x1f, 0x8b, ..] => Ok(Some(Packing::Gzip)),
            _ => Ok(None),
        }
    }

    /// What is packed in `from`.
    pub(super) fn reader<'r>(self, from: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
        Ok(match self {
            Packing::Zstd => Box::new(zstd::Decoder::new(from)?),
            Packing::Lz4 => Box::new(lz4_flex::frame::FrameDecoder::new(from)),
            Packing::Xz => {
                let stream = Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED)?;
                Box::new(XzDecoder::new_stream(from, stream))
            }
            Packing::Gzip => Box::new(MultiGzDecoder::new(from)),
        })
    }
}

/// Unpacks a core, as far as it can be.
///
/// # Errors
/// [`CoreError`]; [`CoreError::NoSpace`] before the file system is full.
pub(super) fn unpack(
    packing: Packing,
    from: impl Read,
) -> Result<(File, Vec<CoreProblem>), CoreError> {
    unpack_to(packing, from, &free_space)
}

/// As [`unpack`]; `free` says how many bytes are free where a file is.
fn unpack_to(
    packing: Packing,
    from: impl Read,
    free: &dyn Fn(&File) -> io::Result<u64>,
) -> Result<(File, Vec<CoreProblem>), CoreError> {
    let mut from = packing
        .reader(from)
        .map_err(CoreError::system("unpack the core"))?;
    let mut to = Unpacked {
        file: temporary().map_err(CoreError::system("make a file to unpack the core to"))?,
        len: 0,
        written: 0,
        claimed: None,
        claim_at: 1,
    };
    let mut chunk = vec![0; CHUNK];
    let mut look_at = 0;
    let (mut front, mut broken) = (None, None);
    while broken.is_none() && to.len < to.limit() {
        let wanted = usize::try_from(to.limit() - to.len).map_or(CHUNK, |left| left.min(CHUNK));
        let Some(room) = chunk.get_mut(..wanted) else {
            break;
        };
        let (came, end) = fill(&mut from, room);
        broken = end.err();
        let came = room.get(..came).unwrap_or_default();
        if front.is_none()
            && let Some(source) = broken.take_if(|_| came.is_empty())
        {
            return Err(CoreError::system("unpack the core")(source));
        }
        let known = match front {
            Some(front) => front,
            None => *front.insert(Front::read(came)?),
        };
        if to.written >= look_at {
            look_at = to.written.saturating_add(LOOK_EVERY);
            // Where it is not told, the write says when there is no more.
            if free(&to.file).is_ok_and(|free| free < RESERVE) {
                return Err(CoreError::NoSpace);
            }
        }
        if let Err(error) = to.append(came) {
            broken = Some(error);
        }
        if came.len() < wanted {
            break;
        }
        to.look_for_claim(&known);
    }
    if broken.is_none() && to.len == MAX_LEN {
        broken = Some(io::Error::other("no more than 64 GiB are unpacked"));
    }
    let set = to.file.set_len(to.len);
    set.map_err(CoreError::system("unpack the core"))?;
    let problem = broken.map(|error| CoreProblem::Unpacked {
        came: to.len,
        reason: error.to_string(),
    });
    Ok((to.file, problem.into_iter().collect()))
}

/// What has been unpacked.
struct Unpacked {
    file: File,
    len: u64,
    /// Number of bytes that are no holes.
    written: u64,
    /// How long its headers say that it is.
    claimed: Option<u64>,
    /// The length at which they are looked at next.
    claim_at: u64,
}

impl Unpacked {
    fn limit(&self) -> u64 {
        self.claimed.map_or(MAX_LEN, |claimed| claimed.min(MAX_LEN))
    }

    /// Writes what is not zero, at its place.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let is_zero = |block: &[u8]| ZEROES.get(..block.len()) == Some(block);
        let blocks = bytes.chunks(BLOCK);
        let mut run: Option<(usize, usize)> = None;
        let mut written = 0;
        let mut write = |(from, to): (usize, usize), len: u64| {
            let at = len.saturating_add(u64::try_from(from).unwrap_or(u64::MAX));
            let part = bytes.get(from..to).unwrap_or_default();
            written += part.len();
            self.file.write_all_at(part, at)
        };
        let mut at = 0;
        for block in blocks {
            let end = at + block.len();
            if !is_zero(block) {
                run = Some((run.map_or(at, |(from, _)| from), end));
            } else if let Some(run) = run.take() {
                write(run, self.len)?;
            }
            at = end;
        }
        if let Some(run) = run {
            write(run, self.len)?;
        }
        self.written += u64::try_from(written).unwrap_or(0);
        self.len += u64::try_from(bytes.len()).unwrap_or(0);
        Ok(())
    }

    /// Looks whether enough has come to say how long all is. At twice the length each time: the headers can be long.
    fn look_for_claim(&mut self, front: &Front) {
        if self.claimed.is_some() || self.len < self.claim_at {
            return;
        }
        self.claim_at = self.len.saturating_mul(2);
        let mapped = self
            .file
            .set_len(self.len)
            .and_then(|()| FileBytes::map(&self.file));
        self.claimed = mapped.ok().and_then(|bytes| front.claimed_len(&bytes));
    }
}

/// Fills `room`: how much came, and why no more did.
fn fill(from: &mut impl Read, room: &mut [u8]) -> (usize, io::Result<()>) {
    let mut came = 0;
    while let Some(rest) = room.get_mut(came..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(more) => came += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (came, Err(error)),
        }
    }
    (came, Ok(()))
}

/// The number of bytes that we may still write where `file` is.
fn free_space(file: &File) -> io::Result<u64> {
    let space = rustix::fs::fstatvfs(file)?;
    Ok(space.f_bavail.saturating_mul(space.f_frsize))
}

/// A file that is gone once it is closed. Where nothing is said, not in /tmp, which may be memory.
fn temporary() -> io::Result<File> {
    match std::env::var_os("TMPDIR").filter(|folder| !folder.is_empty()) {
        Some(folder) => tempfile::tempfile_in(folder),
        None => tempfile::tempfile_in("/var/tmp").or_else(|_| tempfile::tempfile()),
    }
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, LOOK_EVERY, Packing, RESERVE, unpack, unpack_to};
    use crate::core::{Contents, CoreError, CoreProblem, Segment, write};
    use gopeek_layout::Addr;
    use gopeek_layout::arch::Arch;
    use std::io::{Cursor, Read, Write, repeat};
    use std::os::unix::fs::MetadataExt;

    fn core(memory: &[u8]) -> Vec<u8> {
        let contents = Contents {
            arch: Arch::Amd64,
            threads: &[],
            process: None,
            signal: None,
            auxv: &[],
            mappings: &[],
            own: b"own",
        };
        let segment = Segment {
            start: Addr::new(0x1000),
            bytes: memory,
            mem_len: 0,
            writable: true,
            executable: true,
        };
        let mut bytes = Vec::new();
        write(&mut bytes, &contents, &[segment]).unwrap();
        bytes
    }

    fn zstd(mut from: impl Read) -> Vec<u8> {
        zstd::encode_all(&mut from, 1).unwrap()
    }

    fn unpacked(packing: Packing, packed: &[u8]) -> (Vec<u8>, u64, Vec<CoreProblem>) {
        let (mut file, problems) = unpack(packing, packed).unwrap();
        let mut bytes = Vec::new();
        std::io::Seek::rewind(&mut file).unwrap();
        file.read_to_end(&mut bytes).unwrap();
        (bytes, file.metadata().unwrap().blocks() * 512, problems)
    }

    #[test]
    fn zeroes_take_no_room_on_the_disk() {
        let mut memory = vec![0; 40 << 20];
        memory[CHUNK..][..10].fill(7);
        memory[(30 << 20) + 5] = 9;
        let core = core(&memory);
        let (bytes, room, problems) = unpacked(Packing::Zstd, &zstd(&core[..]));
        assert!(bytes == core, "other bytes than were packed");
        assert_eq!(problems, []);
        assert!(room < 1 << 20, "{room} bytes on the disk");
    }

    #[test]
    fn a_file_in_lz4_is_unpacked_too() {
        let words = (0..2_000_000u64).map(|word| word.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let memory: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
        let core = core(&memory);
        let mut to = lz4_flex::frame::FrameEncoder::new(Vec::new());
        to.write_all(&core).unwrap();
        let packed = to.finish().unwrap();
        assert_eq!(Packing::of(&packed).unwrap(), Some(Packing::Lz4));
        let (bytes, _, problems) = unpacked(Packing::Lz4, &packed);
        assert!(bytes == core, "other bytes than were packed");
        assert_eq!(problems, []);
        let (bytes, _, problems) = unpacked(Packing::Lz4, &packed[..packed.len() / 2]);
        assert!(core.starts_with(&bytes) && bytes.len() > core.len() / 4);
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn files_in_xz_and_gzip_are_unpacked_too() {
        let core = core(&vec![7; 3 << 20]);
        let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
        xz.write_all(&core).unwrap();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&core).unwrap();
        for (packing, packed) in [
            (Packing::Xz, xz.finish().unwrap()),
            (Packing::Gzip, gzip.finish().unwrap()),
        ] {
            assert_eq!(Packing::of(&packed).unwrap(), Some(packing));
            let (bytes, _, problems) = unpacked(packing, &packed);
            assert!(bytes == core, "other bytes than were packed");
            assert_eq!(problems, []);
        }
    }

    #[test]
    fn xz_takes_no_more_memory_than_is_reasonable() {
        let mut to = liblzma::write::XzEncoder::new(Vec::new(), 0);
        to.write_all(&core(&[7; 5000])).unwrap();
        let mut packed = to.finish().unwrap();
        assert!(unpack(Packing::Xz, &packed[..]).is_ok());
        // Behind the 12 bytes of the stream's header, that of the block: its length in words, flags, the filter's id, the
        // length of its properties, and the size of the dictionary; a checksum ends it.
        let len = (usize::from(packed[12]) + 1) * 4;
        assert_eq!(packed[14..16], [0x21, 1]);
        packed[16] = 40;
        let sum = crc32fast::hash(&packed[12..12 + len - 4]);
        packed[12 + len - 4..12 + len].copy_from_slice(&sum.to_le_bytes());
        let refused = unpack(Packing::Xz, &packed[..]);
        assert!(matches!(refused, Err(CoreError::System { .. })));
    }

    #[test]
    fn no_more_comes_than_the_headers_claim() {
        let core = core(&[1; 5000]);
        let bomb = zstd(Cursor::new(&core).chain(repeat(b'x').take(1 << 30)));
        let (bytes, _, problems) = unpacked(Packing::Zstd, &bomb);
        assert!(bytes.starts_with(&core));
        assert!(bytes.len() <= CHUNK, "{} bytes came", bytes.len());
        assert_eq!(problems, []);
    }

    #[test]
    fn a_core_is_not_unpacked_when_the_file_system_is_almost_full() {
        let len = usize::try_from(LOOK_EVERY).unwrap() + 2 * CHUNK;
        let packed = zstd(&core(&vec![7; len])[..]);
        let looks = std::cell::Cell::new(0);
        // Enough at first, and too little later.
        let free = |_: &std::fs::File| {
            looks.set(looks.get() + 1);
            Ok(if looks.get() == 1 {
                RESERVE
            } else {
                RESERVE - 1
            })
        };
        let unpacked = unpack_to(Packing::Zstd, &packed[..], &free);
        assert!(matches!(unpacked, Err(CoreError::NoSpace)));
        assert_eq!(looks.get(), 2);
        let full = unpack_to(Packing::Zstd, &packed[..], &|_| Ok(0));
        assert!(matches!(full, Err(CoreError::NoSpace)));
    }

    #[test]
    fn what_is_no_core_is_not_unpacked() {
        let bomb = zstd(repeat(b'x').take(1 << 30));
        assert!(matches!(
            unpack(Packing::Zstd, &bomb[..]),
            Err(CoreError::NotElf)
        ));
        assert!(matches!(
            unpack(Packing::Zstd, &bomb[..8]),
            Err(CoreError::System { .. })
        ));
    }
}
