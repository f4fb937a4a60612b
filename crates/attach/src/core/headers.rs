//! A core's headers: what it is of, which parts it has, and how long the file should be.

use super::elf::{
    Class, EM_AARCH64, EM_X86_64, ET_CORE, FileHeader, HEADER_LEN, PN_XNUM, PROGRAM_LEN,
    ProgramHeader, SECTION_LEN, class, programs_of_section,
};
use super::error::CoreError;
use gopeek_layout::arch::Arch;

/// What a core's first bytes say.
#[derive(Copy, Clone, Debug)]
pub(super) struct Front {
    pub(super) arch: Arch,
    header: FileHeader,
}

/// Where the program headers are.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
struct Table {
    at: usize,
    /// How many there are; nothing where the part of the file that says so is missing.
    count: Option<usize>,
}

/// The program headers that there are.
#[derive(Debug)]
pub(super) struct Programs {
    pub(super) headers: Vec<ProgramHeader>,
    /// Whether there should be more, or may be.
    pub(super) cut_off: bool,
}

impl Front {
    /// Reads the file's first bytes.
    pub(super) fn read(bytes: &[u8]) -> Result<Front, CoreError> {
        match class(bytes).ok_or(CoreError::NotElf)? {
            Class::Known => {}
            Class::Bits32 => return Err(CoreError::Bits32),
            Class::BigEndian => return Err(CoreError::BigEndian),
        }
        let header = FileHeader::decode(bytes).ok_or(CoreError::CutOff)?;
        if header.kind != ET_CORE {
            return Err(CoreError::NotCore);
        }
        let arch = match header.machine {
            EM_X86_64 => Arch::Amd64,
            EM_AARCH64 => Arch::Arm64,
            other => return Err(CoreError::Machine(other)),
        };
        if usize::from(header.program_len) != PROGRAM_LEN && header.programs > 0 {
            return Err(CoreError::Headers);
        }
        Ok(Front { arch, header })
    }

    /// Where the program headers are, as far as `file` says.
    fn table(&self, file: &[u8]) -> Result<Table, CoreError> {
        let at = usize::try_from(self.header.programs_at).map_err(|_| CoreError::Headers)?;
        let count = match self.header.programs {
            PN_XNUM => self.count_beside(file),
            count => Some(usize::from(count)),
        };
        Ok(Table { at, count })
    }

    /// How many there are where the file header has no room to say so.
    fn count_beside(&self, file: &[u8]) -> Option<usize> {
        let at = usize::try_from(self.header.sections_at).ok()?;
        let section = file.get(at..at.checked_add(SECTION_LEN)?)?;
        usize::try_from(programs_of_section(section)?).ok()
    }

    /// The program headers, as far as `file` has them.
    pub(super) fn programs(&self, file: &[u8]) -> Result<Programs, CoreError> {
        let table = self.table(file)?;
        let rest = file.get(table.at..).unwrap_or_default();
        let all = rest.chunks_exact(PROGRAM_LEN);
        let count = match table.count {
            Some(count) => count,
            // The kernel says it at the very end of the file, and puts the first part right behind the headers.
            None => rest
                .get(..PROGRAM_LEN)
                .and_then(ProgramHeader::decode)
                .and_then(|first| first.offset.checked_sub(self.header.programs_at))
                .and_then(|len| usize::try_from(len).ok())
                .map_or(0, |len| len / PROGRAM_LEN),
        };
        let headers: Vec<ProgramHeader> =
            all.take(count).filter_map(ProgramHeader::decode).collect();
        if headers.is_empty() && table.count != Some(0) {
            return Err(CoreError::CutOff);
        }
        Ok(Programs {
            cut_off: table.count != Some(headers.len()),
            headers,
        })
    }

    /// How long the file is by its own word, when `file` is its beginning; nothing where that does not reach far enough
    /// to say so.
    pub(super) fn claimed_len(&self, file: &[u8]) -> Option<u64> {
        let programs = self
            .programs(file)
            .ok()
            .filter(|programs| !programs.cut_off)?;
        let end = |at: u64, len: usize, count: usize| {
            let len = len.saturating_mul(count);
            at.saturating_add(u64::try_from(len).unwrap_or(u64::MAX))
        };
        let header = &self.header;
        let sections = end(
            header.sections_at,
            SECTION_LEN,
            usize::from(header.sections),
        );
        let table = end(header.programs_at, PROGRAM_LEN, programs.headers.len());
        let parts = programs.headers.iter().map(ProgramHeader::file_end);
        parts
            .chain([sections, table, u64::try_from(HEADER_LEN).ok()?])
            .max()
    }
}

#[cfg(test)]
mod tests {
    use super::super::elf::{
        EM_X86_64, ET_CORE, FileHeader, HEADER_LEN, PN_XNUM, PROGRAM_LEN, PT_LOAD, PT_NOTE,
        ProgramHeader, SECTION_LEN, extra_sections,
    };
    use super::{CoreError, Front};

    const COUNT: usize = 70_000;

    /// As the kernel writes it: headers, notes, memory, and at the end a section header that says how many headers
    /// there are.
    fn kernels() -> Vec<u8> {
        let notes_at = HEADER_LEN + COUNT * PROGRAM_LEN;
        let sections_at = notes_at + 100;
        let header = FileHeader {
            kind: ET_CORE,
            machine: EM_X86_64,
            programs_at: HEADER_LEN as u64,
            sections_at: sections_at as u64,
            program_len: 56,
            programs: PN_XNUM,
            sections: 1,
        };
        let mut bytes = header.encode();
        for index in 0..COUNT {
            let header = ProgramHeader {
                kind: if index == 0 { PT_NOTE } else { PT_LOAD },
                offset: notes_at as u64,
                file_len: 100,
                ..ProgramHeader::default()
            };
            bytes.extend(header.encode());
        }
        bytes.extend([0; 100]);
        let sections = extra_sections(0, u32::try_from(COUNT).unwrap());
        bytes.extend(&sections[..SECTION_LEN]);
        bytes
    }

    #[test]
    fn how_many_headers_there_are_is_said_at_the_end() {
        let file = kernels();
        let front = Front::read(&file).unwrap();
        let programs = front.programs(&file).unwrap();
        assert_eq!((programs.headers.len(), programs.cut_off), (COUNT, false));
        assert_eq!(front.claimed_len(&file), Some(file.len() as u64));
        // Cut off there, they end where the first part begins.
        let file = &file[..file.len() - 1];
        let programs = front.programs(file).unwrap();
        assert_eq!((programs.headers.len(), programs.cut_off), (COUNT, true));
        assert_eq!(front.claimed_len(file), None);
    }

    #[test]
    fn headers_that_are_cut_off_are_read_as_far_as_they_go() {
        let file = kernels();
        let front = Front::read(&file).unwrap();
        for known in [1, 5] {
            let file = &file[..HEADER_LEN + known * PROGRAM_LEN + 55];
            let programs = front.programs(file).unwrap();
            assert_eq!((programs.headers.len(), programs.cut_off), (known, true));
        }
        let nothing = front.programs(&file[..HEADER_LEN + 55]);
        assert!(matches!(nothing, Err(CoreError::CutOff)));
    }
}
