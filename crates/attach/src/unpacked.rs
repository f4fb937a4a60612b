//! Programs that are nowhere but in memory: what packers such as UPX unpack into anonymous memory, and jump into.
//!
//! Such a program begins with its ELF headers, and its segments lie as these say. It is read like a file, as far as it is there.

use crate::files::{FileBytes, MappedFile};
use crate::process::Process;
use gopeek_layout::image::{Image, Segment};
use gopeek_layout::{Addr, Memory};
use std::path::Path;

/// Maximum number of programs in the memory of one process.
const MAX_PROGRAMS: usize = 4;
/// Maximum length of all of them, in bytes.
const MAX_LEN: u64 = 512 << 20;
/// Bytes in which the headers are looked for.
const HEADERS: usize = 4096;
/// Bytes that are read at once: where some of them are not there, the others are.
const PAGE: usize = 4096;
const PIECE: usize = 1 << 20;

/// Memory in which a program may lie.
pub(crate) trait Holding: Memory {
    /// Copies what there is of a part of which not all can be read. The rest stays as it is.
    fn read_partly(&self, at: Addr, buf: &mut [u8]);
}

impl Holding for Process {
    fn read_partly(&self, at: Addr, buf: &mut [u8]) {
        by_pages(self, at, buf);
    }
}

/// The programs whose headers are at one of `starts`. `path` is that of the program that unpacked them.
pub(crate) fn programs(
    memory: &dyn Holding,
    starts: impl Iterator<Item = Addr>,
    path: &Path,
) -> Vec<MappedFile> {
    let mut left = MAX_LEN;
    let found = starts.filter_map(|start| {
        let bytes = program(memory, start, &mut left)?;
        Some(MappedFile {
            path: path.to_path_buf(),
            is_program: false,
            in_memory: true,
            start,
            offset: 0,
            bytes,
        })
    });
    found.take(MAX_PROGRAMS).collect()
}

/// The program whose headers are at `start`, as the file that it once was.
fn program(memory: &dyn Holding, start: Addr, left: &mut u64) -> Option<FileBytes> {
    let mut magic = [0; 4];
    memory.read(start, &mut magic).ok()?;
    if magic != *b"\x7fELF" {
        return None;
    }
    let mut front = [0; HEADERS];
    memory.read(start, &mut front).ok()?;
    let image = Image::parse(&front).ok()?;
    let bias = image.bias(start, 0)?;
    let ends = image.segments().iter();
    let ends = ends.map(|it| it.file_offset.checked_add(it.file_len));
    let len = ends.collect::<Option<Vec<u64>>>()?.into_iter().max()?;
    let code = image.segments().iter().any(|it| it.executable);
    if !code || len > *left {
        return None;
    }
    *left -= len;
    let mut whole = true;
    let bytes = FileBytes::made(usize::try_from(len).ok()?, |bytes| {
        for segment in image.segments() {
            whole =
                whole && (copy(memory, segment, bias, bytes).unwrap_or(false) || segment.writable);
        }
    });
    bytes.ok().filter(|_| whole)
}

/// Copies a segment to where it was in the file; says whether all of it was there.
fn copy(memory: &dyn Holding, segment: &Segment<'_>, bias: u64, file: &mut [u8]) -> Option<bool> {
    let from = usize::try_from(segment.file_offset).ok()?;
    let len = usize::try_from(segment.file_len).ok()?;
    let room = file.get_mut(from..from.checked_add(len)?)?;
    let start = segment.start.checked_add(bias)?;
    let (mut whole, mut done) = (true, 0_usize);
    for piece in room.chunks_mut(PIECE) {
        let at = start.checked_add(u64::try_from(done).ok()?)?;
        done += piece.len();
        if memory.read(at, piece).is_err() {
            whole = false;
            piece.fill(0);
            memory.read_partly(at, piece);
        }
    }
    Some(whole)
}

/// Copies the pages that are there.
fn by_pages(memory: &dyn Memory, at: Addr, piece: &mut [u8]) {
    let before = usize::try_from(at.get() % PAGE as u64).unwrap_or(0);
    let first = (PAGE - before).min(piece.len());
    let (head, rest) = piece.split_at_mut(first);
    let mut next = Some(at);
    for page in std::iter::once(head).chain(rest.chunks_mut(PAGE)) {
        let Some(at) = next else { break };
        if memory.read(at, page).is_err() {
            page.fill(0);
        }
        next = at.checked_add(page.len() as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::{Holding, by_pages};
    use crate::files::MappedFile;
    use gopeek_layout::image::Image;
    use gopeek_layout::testing::Bytes;
    use gopeek_layout::{Addr, Memory, Unreadable};
    use std::path::Path;

    struct Pieces(Vec<Bytes>);

    impl Memory for Pieces {
        fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
            self.0[..].read(at, buf)
        }
    }

    impl Holding for Pieces {
        fn read_partly(&self, at: Addr, buf: &mut [u8]) {
            by_pages(self, at, buf);
        }
    }

    fn programs(memory: Vec<Bytes>, starts: impl Iterator<Item = Addr>) -> Vec<MappedFile> {
        super::programs(&Pieces(memory), starts, Path::new("/bin/packed"))
    }

    /// This test's own program.
    fn own() -> Vec<u8> {
        std::fs::read(std::env::current_exe().unwrap()).unwrap()
    }

    /// Memory into which a program was unpacked, without the segments that `without` holds of.
    fn unpacked(file: &[u8], bias: u64, without: impl Fn(usize) -> bool) -> Vec<Bytes> {
        let image = Image::parse(file).unwrap();
        let segments = image.segments().iter().enumerate();
        let kept = segments.filter(|(index, _)| !without(*index));
        let bytes = kept.map(|(_, it)| Bytes::at(it.start.get() + bias).raw(it.bytes));
        bytes.collect()
    }

    #[test]
    fn a_program_in_memory_is_read_like_its_file() {
        let (file, bias) = (own(), 0x5555_0000_0000);
        let memory = unpacked(&file, bias, |_| false);
        let starts = [0x1000, bias, bias + 0x1000].map(Addr::new);
        let found = programs(memory, starts.into_iter());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].start.get(), found[0].offset), (bias, 0));
        let image = Image::parse(&found[0].bytes).unwrap();
        let original = Image::parse(&file).unwrap();
        for (segment, own) in image.segments().iter().zip(original.segments()) {
            assert!(segment.bytes == own.bytes, "{:?}", own.start);
        }
    }

    #[test]
    fn a_program_without_all_of_its_code_is_none() {
        let (file, bias) = (own(), 0x5555_0000_0000);
        let image = Image::parse(&file).unwrap();
        let at = |wanted: fn(&gopeek_layout::image::Segment<'_>) -> bool| {
            image.segments().iter().position(wanted).unwrap()
        };
        let (code, data) = (at(|it| it.executable), at(|it| it.writable));
        for (gone, expected) in [(code, 0), (data, 1)] {
            let memory = unpacked(&file, bias, |index| index == gone);
            let starts = std::iter::once(Addr::new(bias));
            let found = programs(memory, starts);
            assert_eq!(found.len(), expected);
        }
    }

    #[test]
    fn headers_that_claim_too_much_are_passed_over() {
        let (mut file, bias) = (own(), 0x5555_0000_0000);
        let memory = unpacked(&file, bias, |_| false);
        // p_filesz of every program header.
        let count = usize::from(u16::from_le_bytes([file[56], file[57]]));
        for header in 0..count {
            file[64 + 56 * header + 32..][..8].copy_from_slice(&(1_u64 << 40).to_le_bytes());
        }
        let mut lying = memory;
        lying.insert(0, Bytes::at(bias).raw(&file[..4096]));
        let starts = std::iter::repeat_n(Addr::new(bias), 1000);
        assert!(programs(lying, starts).is_empty());
    }
}
