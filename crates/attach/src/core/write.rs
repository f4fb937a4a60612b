//! A core, written from front to back, or its memory before what lies in front of that is known.

use super::elf::ProgramHeader;
use super::front::{Contents, Front, Segment, program};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

/// What is written at once where segments are short.
const BUFFER: usize = 1 << 18;
/// What is left in front of memory that is written early for what is not known yet, in bytes, and as a part of all that is.
const SPARE: u64 = 64 << 10;
const SPARE_PART: u64 = 8;

/// Writes a core to `to`, front to back.
///
/// # Errors
/// Whatever writing answers; `InvalidInput` for what has no room in the format: a note of 4 GiB, or as many segments.
pub fn write(
    to: &mut dyn Write,
    contents: &Contents<'_>,
    segments: &[Segment<'_>],
) -> io::Result<()> {
    let front = Front::of(contents).ok_or_else(no_room)?;
    let at = front.len(segments.len());
    let (programs, _) = at.and_then(|at| place(segments, at)).ok_or_else(no_room)?;
    let front = front.bytes(&programs).ok_or_else(no_room)?;
    let mut to = BufWriter::with_capacity(BUFFER, to);
    to.write_all(&front)?;
    append(&mut to, segments)
}

/// A core of which the memory that was known early is in the file.
#[derive(Debug)]
pub struct Early {
    programs: Vec<ProgramHeader>,
    /// Where the memory begins, and where it ends so far.
    from: u64,
    end: u64,
}

impl Early {
    /// Writes these segments, and leaves room in front of them, and some to spare, for what is yet to be known. `contents`
    /// are as far as they are.
    ///
    /// # Errors
    /// As [`write()`].
    pub fn write(
        to: &mut (impl Write + Seek),
        contents: &Contents<'_>,
        segments: &[Segment<'_>],
    ) -> io::Result<Early> {
        let front = Front::of(contents).ok_or_else(no_room)?;
        let from = front.len(segments.len()).ok_or_else(no_room)?;
        let from = from + from / SPARE_PART + SPARE;
        let (programs, end) = place(segments, from).ok_or_else(no_room)?;
        to.seek(SeekFrom::Start(from))?;
        append(&mut BufWriter::with_capacity(BUFFER, to), segments)?;
        Ok(Early {
            programs,
            from,
            end,
        })
    }

    /// Adds these segments and what lies in front of all; returns the length of the file. Nothing where the room that was
    /// left does not suffice: then it has to be written anew.
    ///
    /// # Errors
    /// As [`write()`].
    pub fn finish(
        self,
        to: &mut (impl Write + Seek),
        contents: &Contents<'_>,
        segments: &[Segment<'_>],
    ) -> io::Result<Option<u64>> {
        let front = Front::of(contents).ok_or_else(no_room)?;
        let (more, end) = place(segments, self.end).ok_or_else(no_room)?;
        let mut programs = [self.programs, more].concat();
        if front.len(programs.len()).is_none_or(|len| len > self.from) {
            return Ok(None);
        }
        programs.sort_by_key(|program| program.start);
        let front = front.bytes(&programs).ok_or_else(no_room)?;
        to.seek(SeekFrom::Start(self.end))?;
        append(&mut BufWriter::with_capacity(BUFFER, &mut *to), segments)?;
        to.seek(SeekFrom::Start(0))?;
        to.write_all(&front)?;
        Ok(Some(end))
    }
}

fn no_room() -> io::Error {
    io::ErrorKind::InvalidInput.into()
}

/// The headers of segments that lie in the file one behind the other, from `at` on, and where they end.
fn place(segments: &[Segment<'_>], at: u64) -> Option<(Vec<ProgramHeader>, u64)> {
    let mut end = at;
    let place = |segment: &Segment<'_>| {
        let program = program(segment, end)?;
        end = end.checked_add(program.file_len)?;
        Some(program)
    };
    let programs: Option<Vec<ProgramHeader>> = segments.iter().map(place).collect();
    Some((programs?, end))
}

fn append(to: &mut impl Write, segments: &[Segment<'_>]) -> io::Result<()> {
    for segment in segments {
        to.write_all(segment.bytes)?;
    }
    to.flush()
}
