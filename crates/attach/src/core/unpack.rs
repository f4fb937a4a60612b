//! A packed core, unpacked into a file without a name.
//!
//! What comes is not believed to be a core before it says so, and no more is taken of it than it says there is.

use super::error::{CoreError, CoreProblem};
use super::headers::Front;
use crate::files::FileBytes;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

/// What is unpacked at once.
const CHUNK: usize = 1 << 20;
/// Blocks of zeroes of this size are left holes, as file systems keep them.
const BLOCK: usize = 4096;
const ZEROES: [u8; BLOCK] = [0; BLOCK];
/// More than any core that was packed in earnest.
const MAX_LEN: u64 = 64 << 30;

/// How a file is packed.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Packing {
    Zstd,
    Lz4,
}

impl Packing {
    /// How a file that begins with `front` is packed; nothing where it is not.
    pub(super) fn of(front: &[u8]) -> Result<Option<Packing>, CoreError> {
        match front {
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Ok(Some(Packing::Zstd)),
            [0x04, 0x22, 0x4d, 0x18, ..] => Ok(Some(Packing::Lz4)),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Err(CoreError::Packed("xz")),
            [0x1f, 0x8b, ..] => Err(CoreError::Packed("gzip")),
            [b'B', b'Z', b'h', ..] => Err(CoreError::Packed("bzip2")),
            _ => Ok(None),
        }
    }

    /// What is packed in `from`.
    pub(super) fn reader<'r>(self, from: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
        Ok(match self {
            Packing::Zstd => Box::new(zstd::Decoder::new(from)?),
            Packing::Lz4 => Box::new(lz4_flex::frame::FrameDecoder::new(from)),
        })
    }
}

/// Unpacks a core, as far as it can be.
pub(super) fn unpack(
    packing: Packing,
    from: impl Read,
) -> Result<(File, Vec<CoreProblem>), CoreError> {
    let mut from = packing
        .reader(from)
        .map_err(CoreError::system("unpack the core"))?;
    let mut to = Unpacked {
        file: temporary().map_err(CoreError::system("make a file to unpack the core to"))?,
        len: 0,
        claimed: None,
        claim_at: 1,
    };
    let mut chunk = vec![0; CHUNK];
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
        let write = |(from, to): (usize, usize), len: u64| {
            let at = len.saturating_add(u64::try_from(from).unwrap_or(u64::MAX));
            let part = bytes.get(from..to).unwrap_or_default();
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

/// A file that is gone once it is closed. Where nothing is said, not in /tmp, which may be memory.
fn temporary() -> io::Result<File> {
    match std::env::var_os("TMPDIR").filter(|folder| !folder.is_empty()) {
        Some(folder) => tempfile::tempfile_in(folder),
        None => tempfile::tempfile_in("/var/tmp").or_else(|_| tempfile::tempfile()),
    }
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, Packing, unpack};
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
    fn no_more_comes_than_the_headers_claim() {
        let core = core(&[1; 5000]);
        let bomb = zstd(Cursor::new(&core).chain(repeat(b'x').take(1 << 30)));
        let (bytes, _, problems) = unpacked(Packing::Zstd, &bomb);
        assert!(bytes.starts_with(&core));
        assert!(bytes.len() <= CHUNK, "{} bytes came", bytes.len());
        assert_eq!(problems, []);
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
