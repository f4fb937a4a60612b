//! The file and program headers of ELF, decoded and encoded: of 64 bits, little-endian (elf(5)).

use gopeek_layout::mem::Word;

/// `\x7fELF`, 64 bits, little-endian, version 1.
const IDENT: &[u8; 7] = b"\x7fELF\x02\x01\x01";
/// Bytes of the file header.
pub(super) const HEADER_LEN: usize = 64;
/// Bytes of a program header.
pub(super) const PROGRAM_LEN: usize = 56;
/// Bytes of a section header.
pub(super) const SECTION_LEN: usize = 64;
/// In `e_phnum`: there are as many program headers as `sh_info` of section header 0 says, or more than fit.
pub(super) const PN_XNUM: u16 = 0xffff;
/// A part of the process's memory.
pub(super) const PT_LOAD: u32 = 1;
/// Notes.
pub(super) const PT_NOTE: u32 = 4;
/// May be executed, written, read.
pub(super) const PF_X: u32 = 1;
pub(super) const PF_W: u32 = 2;
pub(super) const PF_R: u32 = 4;
/// `e_type` of a core.
pub(super) const ET_CORE: u16 = 4;
/// `e_machine` of x86-64 and of 64-bit Arm.
pub(super) const EM_X86_64: u16 = 62;
pub(super) const EM_AARCH64: u16 = 183;
/// `sh_type` of names.
const SHT_STRTAB: u32 = 3;
/// Where `sh_info` lies in a section header.
const SH_INFO_AT: usize = 44;

/// What an ELF file begins with.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) struct FileHeader {
    pub(super) kind: u16,
    pub(super) machine: u16,
    /// Where the program headers and section headers are, in bytes; 0 for none.
    pub(super) programs_at: u64,
    pub(super) sections_at: u64,
    /// Bytes of each program header, and how many there are.
    pub(super) program_len: u16,
    pub(super) programs: u16,
    /// How many section headers there are.
    pub(super) sections: u16,
}

/// How a file's first bytes say that it is laid out.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// 64 bits, little-endian: what gopeek reads.
    Known,
    /// Of 32 bits.
    Bits32,
    /// Big-endian.
    BigEndian,
}

/// What ELF file begins with `bytes`; nothing where it is none.
pub(super) fn class(bytes: &[u8]) -> Option<Class> {
    let ident = bytes.get(..IDENT.len())?;
    match ident {
        [0x7f, b'E', b'L', b'F', 1, ..] => Some(Class::Bits32),
        [0x7f, b'E', b'L', b'F', 2, 2, ..] => Some(Class::BigEndian),
        ident if ident == IDENT => Some(Class::Known),
        _ => None,
    }
}

/// Whether `bytes` begin a core, of whatever machine.
pub(super) fn is_core(bytes: &[u8]) -> bool {
    class(bytes).is_some() && matches!(bytes.get(16..18), Some([4, 0] | [0, 4]))
}

/// The word at `at`.
pub(super) fn word<T: Word>(bytes: &[u8], at: usize) -> Option<T> {
    T::decode(bytes.get(at..)?)
}

impl FileHeader {
    /// Decodes one of [`Class::Known`].
    pub(super) fn decode(bytes: &[u8]) -> Option<FileHeader> {
        let bytes = bytes.get(..HEADER_LEN)?;
        Some(FileHeader {
            kind: word(bytes, 16)?,
            machine: word(bytes, 18)?,
            programs_at: word(bytes, 32)?,
            sections_at: word(bytes, 40)?,
            program_len: word(bytes, 54)?,
            programs: word(bytes, 56)?,
            sections: word(bytes, 60)?,
        })
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = IDENT.to_vec();
        bytes.resize(16, 0);
        bytes.extend(
            [self.kind, self.machine]
                .map(u16::to_le_bytes)
                .as_flattened(),
        );
        bytes.extend(1u32.to_le_bytes());
        let words = [0, self.programs_at, self.sections_at];
        bytes.extend(words.map(u64::to_le_bytes).as_flattened());
        bytes.extend(0u32.to_le_bytes());
        // The last section is that of the names.
        let (section_len, names) = match self.sections.checked_sub(1) {
            Some(last) => (64, last),
            None => (0, 0),
        };
        let halves = [
            64,
            self.program_len,
            self.programs,
            section_len,
            self.sections,
            names,
        ];
        bytes.extend(halves.map(u16::to_le_bytes).as_flattened());
        bytes
    }
}

/// The names of the sections in [`extra_sections`].
const NAMES: &[u8; 16] = b"\0.shstrtab\0\0\0\0\0\0";
/// How many there are, and how many bytes with the names.
pub(super) const EXTRA_SECTIONS: u16 = 2;
pub(super) const EXTRA_LEN: usize = 2 * SECTION_LEN + NAMES.len();

/// Section headers of a file with `programs` program headers, more than its file header has room to say: number 0, which
/// says it, as the kernel writes it (`fill_extnum_info`), and for delve, which refuses a file without names of sections,
/// those. They lie at `at`.
pub(super) fn extra_sections(at: u64, programs: u32) -> Vec<u8> {
    let mut bytes = vec![0; SH_INFO_AT];
    bytes.extend(programs.to_le_bytes());
    bytes.resize(SECTION_LEN, 0);
    bytes.extend([1, SHT_STRTAB].map(u32::to_le_bytes).as_flattened());
    let names_at = at.saturating_add(2 * 64);
    let words = [0, 0, names_at, 16, 0, 1, 0];
    bytes.extend(words.map(u64::to_le_bytes).as_flattened());
    bytes.extend(NAMES);
    bytes
}

/// How many program headers the section header 0 says there are.
pub(super) fn programs_of_section(bytes: &[u8]) -> Option<u32> {
    word(bytes, SH_INFO_AT)
}

/// A part of the file, and where it was in memory.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct ProgramHeader {
    pub(super) kind: u32,
    pub(super) flags: u32,
    pub(super) offset: u64,
    pub(super) start: u64,
    pub(super) file_len: u64,
    pub(super) mem_len: u64,
    pub(super) align: u64,
}

impl ProgramHeader {
    pub(super) fn decode(bytes: &[u8]) -> Option<ProgramHeader> {
        Some(ProgramHeader {
            kind: word(bytes, 0)?,
            flags: word(bytes, 4)?,
            offset: word(bytes, 8)?,
            start: word(bytes, 16)?,
            file_len: word(bytes, 32)?,
            mem_len: word(bytes, 40)?,
            align: word(bytes, 48)?,
        })
    }

    pub(super) fn encode(&self) -> [u8; PROGRAM_LEN] {
        let mut bytes = [0; PROGRAM_LEN];
        let (kinds, words) = bytes.split_at_mut(8);
        kinds.copy_from_slice([self.kind, self.flags].map(u32::to_le_bytes).as_flattened());
        let values = [
            self.offset,
            self.start,
            0,
            self.file_len,
            self.mem_len,
            self.align,
        ];
        words.copy_from_slice(values.map(u64::to_le_bytes).as_flattened());
        bytes
    }

    /// Where it ends in the file.
    pub(super) fn file_end(&self) -> u64 {
        self.offset.saturating_add(self.file_len)
    }
}
