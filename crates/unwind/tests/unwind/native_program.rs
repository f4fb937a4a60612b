//! C code made by hand: a file with call frame information, and a thread's registers.

use gopeek_layout::Addr;
use gopeek_layout::arch::Arch;
use gopeek_layout::registers::Registers;
use gopeek_layout::testing::elf::{AMD64, ARM64, DYN, EXECUTE, Elf, READ};
use gopeek_unwind::native::{KnownRegisters, NativeModule};

/// Where code and call frame information are linked, and how far from there they were loaded.
pub(crate) const TEXT: u64 = 0x1000;
pub(crate) const TEXT_LEN: u64 = 0x1000;
const RODATA: u64 = 0x4000;
const BIAS: u64 = 0x7f00_0000_0000;

/// Where call frame information is to be found.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    /// In the section `.eh_frame`.
    Section,
    /// By the search table that a program header leads to.
    Header,
}

/// A function of C: where it begins in the code, how long it is, and the instructions of its entry; without any, it
/// has none.
#[derive(Clone, Debug)]
pub(crate) struct CFunc {
    pub(crate) at: u64,
    pub(crate) len: u64,
    pub(crate) rules: Vec<u8>,
    pub(crate) signal: bool,
}

impl CFunc {
    pub(crate) fn new(at: u64, len: u64, rules: &[u8]) -> CFunc {
        CFunc {
            at,
            len,
            rules: rules.to_vec(),
            signal: false,
        }
    }

    pub(crate) fn signal(self) -> CFunc {
        CFunc {
            signal: true,
            ..self
        }
    }
}

/// A file, and where it is loaded.
#[derive(Clone, Debug)]
pub(crate) struct CProgram {
    pub(crate) file: Vec<u8>,
}

impl CProgram {
    pub(crate) fn new(arch: Arch, found: Found, functions: &[CFunc]) -> CProgram {
        CProgram::with_code(arch, found, functions, &[])
    }

    /// `code` lies at the beginning of the text.
    pub(crate) fn with_code(
        arch: Arch,
        found: Found,
        functions: &[CFunc],
        code: &[u8],
    ) -> CProgram {
        let (machine, return_address, initial) = match arch {
            // def_cfa rsp+8; the return address at cfa-8.
            Arch::Amd64 => (AMD64, 16, vec![0x0c, 7, 8, 0x90, 1]),
            // def_cfa sp+0.
            Arch::Arm64 => (ARM64, 30, vec![0x0c, 31, 0]),
        };
        let mut frames = Vec::new();
        let mut table = Vec::new();
        for function in functions
            .iter()
            .filter(|function| !function.rules.is_empty())
        {
            let cie = frames.len();
            let mut entry = vec![0, 0, 0, 0, 1];
            entry.extend(if function.signal {
                &b"zRS\0"[..]
            } else {
                b"zR\0"
            });
            entry.extend([1, 0x78, return_address, 1, 0]);
            entry.extend(&initial);
            append(&mut frames, &entry);
            let fde = frames.len();
            let back = u32::try_from(fde + 4 - cie).unwrap();
            let mut entry = back.to_le_bytes().to_vec();
            entry.extend((TEXT + function.at).to_le_bytes());
            entry.extend(function.len.to_le_bytes());
            entry.push(0);
            entry.extend(&function.rules);
            append(&mut frames, &entry);
            table.push((TEXT + function.at, fde as u64));
        }
        frames.extend([0; 4]);
        let len = frames.len() as u64;
        let mut text = code.to_vec();
        text.resize(usize::try_from(TEXT_LEN).unwrap(), 0xcc);
        let elf = Elf::new(machine)
            .kind(DYN)
            .align(0x1000)
            .load(TEXT, READ | EXECUTE, &text);
        let file = match found {
            Found::Section => elf
                .load(RODATA, READ, &frames)
                .section(".eh_frame", RODATA, len)
                .build(),
            Found::Header => {
                // Version 1; everything absolute in four or eight bytes.
                let header = RODATA + len;
                let mut bytes = vec![1, 0x00, 0x03, 0x04];
                bytes.extend(RODATA.to_le_bytes());
                bytes.extend(u32::try_from(table.len()).unwrap().to_le_bytes());
                table.sort_unstable();
                for (at, fde) in table {
                    bytes.extend(at.to_le_bytes());
                    bytes.extend((RODATA + fde).to_le_bytes());
                }
                frames.extend(&bytes);
                elf.load(RODATA, READ, &frames)
                    .eh_frame_hdr(header, bytes.len() as u64)
                    .build()
            }
        };
        CProgram { file }
    }

    pub(crate) fn module(&self) -> NativeModule<'_> {
        NativeModule {
            bytes: &self.file,
            start: Addr::new(BIAS + TEXT),
            offset: 0x1000,
        }
    }
}

/// An entry with its length in front, filled with nops.
fn append(frames: &mut Vec<u8>, entry: &[u8]) {
    let len = entry.len().next_multiple_of(8) + 4;
    frames.extend(u32::try_from(len).unwrap().to_le_bytes());
    frames.extend(entry);
    frames.extend(std::iter::repeat_n(0, len - entry.len()));
}

/// Where `offset` bytes into the code lie in the target.
pub(crate) fn c_pc(offset: u64) -> u64 {
    BIAS + TEXT + offset
}

/// A thread's registers, with some set: by the places of `NT_PRSTATUS`.
pub(crate) fn thread(arch: Arch, set: &[(usize, u64)]) -> Registers {
    let mut words = [0u64; 34];
    for (index, value) in set {
        words[*index] = *value;
    }
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    Registers::decode(arch, &bytes).unwrap()
}

/// amd64's, with pc, sp and rbp.
pub(crate) fn amd64(pc: u64, sp: Addr, bp: u64) -> KnownRegisters {
    let registers = thread(Arch::Amd64, &[(16, pc), (19, sp.get()), (4, bp)]);
    KnownRegisters::all(Arch::Amd64, &registers)
}

/// arm64's, with pc, sp, x29 and x30.
pub(crate) fn arm64(pc: u64, sp: Addr, fp: u64, lr: u64) -> KnownRegisters {
    let registers = thread(Arch::Arm64, &[(32, pc), (31, sp.get()), (29, fp), (30, lr)]);
    KnownRegisters::all(Arch::Arm64, &registers)
}
