//! A program made by hand: code, its pclntab, and where the linker says they are.

use crate::pclntab::{Format, Func, Tables};
use gopeek_layout::arch::Arch;
use gopeek_layout::enums::FuncIds;
use gopeek_layout::image::Image;
use gopeek_layout::mem::GoSlice;
use gopeek_layout::moduledata::{Module, ModuleData};
use gopeek_layout::tables;
use gopeek_layout::testing::elf::{AMD64, ARM64, EXECUTE, Elf, READ};
use gopeek_layout::{Addr, Span};
use gopeek_unwind::Code;

/// Where code and tables are linked, and how far from there they were loaded.
const TEXT: u64 = 0x40_0000;
const RODATA: u64 = 0x50_0000;
const BIAS: u64 = 0x7000_0000_0000;
/// Where the code lies in the target.
pub(crate) const LOADED_TEXT: u64 = TEXT + BIAS;

/// The source files of every hand-made program.
pub(crate) const FILES: [&str; 3] = ["/src/main.go", "/src/inline.go", "/src/\u{fc}.go"];
/// The index of a file that the linker dropped.
pub(crate) const DROPPED: i64 = 3;

/// The function ids of Go 1.`minor`.
pub(crate) fn ids(minor: u16) -> FuncIds {
    tables::all()
        .rfind(|table| table.minor == minor)
        .map(|table| table.enums.func_ids)
        .expect("a table of each minor")
}

/// A program in its file.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) file: Vec<u8>,
    pub(crate) data: ModuleData,
    pub(crate) bias: u64,
    entries: Vec<(&'static str, u64)>,
}

impl Program {
    pub(crate) fn amd64(funcs: &[Func]) -> Program {
        Program::new(Arch::Amd64, Format::Go1_20, funcs)
    }

    pub(crate) fn arm64(funcs: &[Func]) -> Program {
        Program::new(Arch::Arm64, Format::Go1_20, funcs)
    }

    pub(crate) fn new(arch: Arch, format: Format, funcs: &[Func]) -> Program {
        let tables = Tables::new(format, arch.frame().pc_quantum, &FILES, funcs);
        let magic: u32 = match format {
            Format::Go1_18 => 0xffff_fff0,
            Format::Go1_20 => 0xffff_fff1,
        };
        let mut rodata = magic.to_le_bytes().to_vec();
        rodata.resize(72, 0);
        let mut place = |bytes: &[u8], element: u64| {
            let data = Addr::new(RODATA + BIAS + rodata.len() as u64);
            rodata.extend(bytes);
            let len = bytes.len() as u64 / element;
            GoSlice { data, len }
        };
        let at = |raw: u64| Addr::new(raw + BIAS);
        let data = ModuleData {
            at: Addr::NULL,
            pc_header: at(RODATA),
            funcnametab: place(&tables.names, 1),
            cutab: place(&tables.units, 4),
            filetab: place(&tables.files, 1),
            pctab: place(&tables.pc_values, 1),
            ftab: place(&tables.ftab, 8),
            pclntable: place(&tables.functions, 1),
            types: Span::new(Addr::NULL, 0),
            gofunc: place(&tables.funcdata, 1).data,
            text: at(TEXT),
            etext: at(TEXT + u64::from(tables.text_len)),
            data: Addr::NULL,
            bss: Addr::NULL,
            ebss: Addr::NULL,
            globals: Span::new(Addr::NULL, 0),
            next: Addr::NULL,
        };
        // Each byte of code tells how far into the text it lies.
        let code = (0..=u8::MAX).cycle();
        let code: Vec<u8> = code
            .take(usize::try_from(tables.text_len).unwrap())
            .collect();
        let machine = match arch {
            Arch::Amd64 => AMD64,
            Arch::Arm64 => ARM64,
        };
        let file = Elf::new(machine)
            .load(TEXT, READ | EXECUTE, &code)
            .load(RODATA, READ, &rodata)
            .build();
        Program {
            file,
            data,
            bias: BIAS,
            entries: funcs
                .iter()
                .scan(0, |end, func| {
                    let entry = *end;
                    *end += u64::from(func.len());
                    Some((func.name(), entry))
                })
                .collect(),
        }
    }

    /// Where the first function called `name` begins in the target.
    pub(crate) fn entry(&self, name: &str) -> Addr {
        self.pc(name, 0)
    }

    /// `offset` bytes into the first function called `name`.
    pub(crate) fn pc(&self, name: &str, offset: u64) -> Addr {
        let found = self.entries.iter().find(|(entry, _)| *entry == name);
        let (_, entry) = found.expect("a function by that name");
        Addr::new(LOADED_TEXT + entry + offset)
    }

    /// Likewise, as a word on a stack.
    pub(crate) fn word(&self, name: &str, offset: u64) -> u64 {
        self.pc(name, offset).get()
    }

    pub(crate) fn module(&self) -> Module<'_> {
        Module {
            image: Image::parse(&self.file).unwrap(),
            bias: self.bias,
            data: self.data,
        }
    }

    /// Its code, as Go 1.24 numbers its functions.
    pub(crate) fn code(&self) -> Code<'_> {
        Code::new(&[self.module()], &ids(24)).unwrap()
    }
}
