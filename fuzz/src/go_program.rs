//! A small Go executable: code, its pclntab, moduledata and build info, each where a linker puts it.

use crate::gofile::buildinfo;
use crate::pclntab::{Format, Func, Inlined, Tables};
use gopeek_layout::arch::Arch;
use gopeek_layout::enums::FuncIds;
use gopeek_layout::fields::Fields;
use gopeek_layout::mem::{GoSlice, Word};
use gopeek_layout::moduledata::ModuleData;
use gopeek_layout::record::Field;
use gopeek_layout::table::Table;
use gopeek_layout::tables;
use gopeek_layout::testing::elf::{AMD64, ARM64, EXECUTE, Elf, READ, WRITE};
use gopeek_layout::{Addr, Span};
use gopeek_unwind::pclntab::function::flag;

/// Where everything is linked.
pub(crate) const TEXT: u64 = 0x40_1000;
const RODATA: u64 = 0x50_0000;
const DATA: u64 = 0x60_0000;
/// Bytes in front of pclntab's tables: `runtime.pcHeader`.
const HEADER_LEN: usize = 72;

/// The source files of the program.
const FILES: [&str; 3] = ["/src/main.go", "/src/inline.go", "/src/\u{fc}.go"];

/// The newest layout of Go 1.`minor` on an architecture; of the newest minor where there is none.
pub(crate) fn table(minor: u16, arch: Arch) -> Option<&'static Table> {
    let of = |minor| tables::all().rfind(|table| (table.minor, table.arch) == (minor, arch));
    of(minor).or_else(|| tables::all().rfind(|table| table.arch == arch))
}

/// A program in its file.
#[derive(Clone, Debug)]
pub(crate) struct GoProgram {
    pub(crate) elf: Elf,
    pub(crate) data: ModuleData,
    pub(crate) arch: Arch,
    /// Where each function begins.
    pub(crate) entries: Vec<u64>,
}

/// Functions of every kind that the walk and the tables know, which the release whose ids these are numbers so.
fn functions(ids: FuncIds) -> Vec<Func> {
    let call = |name, parent_pc| Inlined {
        name,
        func_id: 0,
        parent_pc,
    };
    let tree = [call("main.a", 4), call("main.b", 0x10)];
    let outer = Func::new("main.outer", 0x40)
        .frames(&[(0, 8), (0x20, 0x38)])
        .lines(&[(10, 8), (300, 8), (20, 0x30)])
        .inlines(&tree, &[(-1, 8), (0, 8), (1, 0x30)])
        .args(&[0, 8, 0xfe, 8, 4, 0xfd, 0xff])
        .live(&[0, 0b11], &[(1, 0x40)]);
    vec![
        Func::new("runtime.goexit", 0x10)
            .flags(flag::TOP_FRAME)
            .id(ids.goexit),
        outer,
        Func::new("main.leaf", 0x20),
        Func::new("main.defers", 0x20)
            .frame(0x28)
            .open_defers(&[8, 16, 24, 32]),
        Func::new("runtime.sigpanic", 0x20)
            .frame(0x10)
            .id(ids.sigpanic),
        Func::new("runtime.asyncPreempt", 0x10)
            .frame(0x18)
            .id(ids.async_preempt),
        Func::new("runtime.systemstack", 0x20)
            .flags(flag::SP_WRITE)
            .id(ids.systemstack),
        Func::new("runtime.systemstack_switch", 0x10),
        Func::new("runtime.gogo", 0x10).flags(flag::SP_WRITE),
        Func::new("gogo", 0x10).flags(flag::SP_WRITE),
        Func::new("runtime.morestack", 0x10),
        Func::new("runtime.mcall", 0x10).flags(flag::SP_WRITE),
        Func::new("runtime.sigtramp", 0x10)
            .frame(0x20)
            .flags(flag::TOP_FRAME),
        Func::new("runtime.asmcgocall", 0x20).id(ids.asmcgocall),
        Func::new("runtime.cgocallback", 0x20)
            .frame(0x20)
            .flags(flag::SP_WRITE)
            .id(ids.cgocallback),
        Func::new("crosscall2", 0x20).frame(0x50),
        Func::new("syscall.rawVforkSyscall", 0x10).frame(-8),
        Func::new("runtime.racecall", 0x10),
        Func::new("x_cgo", 0x20).foreign(),
    ]
}

impl GoProgram {
    /// As Go 1.`minor` builds it.
    pub(crate) fn new(arch: Arch, minor: u16) -> Option<GoProgram> {
        let table = table(minor, arch)?;
        let functions = functions(table.enums.func_ids);
        let (format, magic) = if minor < 20 {
            (Format::Go1_18, 0xffff_fff0u32)
        } else {
            (Format::Go1_20, 0xffff_fff1)
        };
        let quantum = arch.frame().pc_quantum;
        let tables = Tables::new(format, quantum, &FILES, &functions);
        let (rodata, mut data) = tables_in_file(&tables, magic, quantum, functions.len());
        data.text = Addr::new(TEXT);
        data.etext = Addr::new(TEXT + u64::from(tables.text_len));
        let mut written = buildinfo(
            &format!("go1.{minor}.1"),
            "path\texample.com/x\nmod\texample.com/x\tv1.2.3\ndep\tgolang.org/x/sys\tv0.1.0\n=>\t./sys\t\nbuild\t-ldflags=\"-s -w\"\n",
        );
        written.resize(written.len().next_multiple_of(64), 0);
        data.at = Addr::new(DATA + written.len() as u64);
        written.extend(record(table.fields, &data));
        let machine = match arch {
            Arch::Amd64 => AMD64,
            Arch::Arm64 => ARM64,
        };
        let code: Vec<u8> = (0..=u8::MAX)
            .cycle()
            .take(usize::try_from(tables.text_len).ok()?)
            .collect();
        let elf = Elf::new(machine)
            .load(TEXT, READ | EXECUTE, &code)
            .load(RODATA, READ, &rodata)
            .load(DATA, READ | WRITE, &written)
            .zeroed(0x100);
        let starts = functions.iter().scan(TEXT, |next, function| {
            let entry = *next;
            *next += u64::from(function.len());
            Some(entry)
        });
        Some(GoProgram {
            entries: starts.collect(),
            elf,
            data,
            arch,
        })
    }

    /// With the sections and symbols that a linker leaves where it is not told to strip.
    pub(crate) fn with_names(&self) -> Elf {
        let len = self.data.pclntable.data.get() + self.data.pclntable.len - RODATA;
        self.elf
            .clone()
            .section(".gopclntab", RODATA, len)
            .section(".go.module", self.data.at.get(), 0x240)
            .section(".go.buildinfo", DATA, 0x100)
            .symbol("runtime.allgs", DATA, 24)
            .symbol("runtime.types", RODATA, 0)
            .function("main.outer", TEXT + 0x10, 0x40)
    }
}

/// pclntab, and what moduledata says of it.
fn tables_in_file(
    tables: &Tables,
    magic: u32,
    quantum: u64,
    functions: usize,
) -> (Vec<u8>, ModuleData) {
    let mut bytes = vec![0; HEADER_LEN];
    let mut place = |table: &[u8], element: usize| {
        let data = Addr::new(RODATA + bytes.len() as u64);
        bytes.extend(table);
        GoSlice {
            data,
            len: (table.len() / element) as u64,
        }
    };
    let funcnametab = place(&tables.names, 1);
    let cutab = place(&tables.units, 4);
    let filetab = place(&tables.files, 1);
    let pctab = place(&tables.pc_values, 1);
    // The functions begin with the table that leads to them.
    let ftab = place(&tables.ftab, 8);
    let pclntable = place(&tables.functions, 1);
    let gofunc = place(&tables.funcdata, 1).data;
    let offset = |slice: GoSlice| slice.data.get() - RODATA;
    let mut header = magic.to_le_bytes().to_vec();
    header.extend([0, 0, u8::try_from(quantum).unwrap_or(1), 8]);
    let words = [functions as u64, FILES.len() as u64, TEXT];
    let tables = [funcnametab, cutab, filetab, pctab, ftab].map(offset);
    header.extend(words.into_iter().chain(tables).flat_map(u64::to_le_bytes));
    bytes[..HEADER_LEN].copy_from_slice(&header);
    let data = ModuleData {
        at: Addr::NULL,
        pc_header: Addr::new(RODATA),
        funcnametab,
        cutab,
        filetab,
        pctab,
        ftab,
        pclntable,
        types: Span::new(Addr::new(RODATA), 0x100),
        gofunc,
        text: Addr::NULL,
        etext: Addr::NULL,
        data: Addr::new(DATA),
        bss: Addr::new(DATA),
        ebss: Addr::new(DATA),
        globals: Span::new(Addr::new(DATA), 0),
        next: Addr::NULL,
    };
    (bytes, data)
}

/// moduledata, as it is in memory.
fn record(fields: &Fields, data: &ModuleData) -> Vec<u8> {
    let m = &fields.moduledata;
    let mut record = vec![0; usize::try_from(m.size).unwrap_or(0)];
    let slices = [
        (m.funcnametab, data.funcnametab),
        (m.cutab, data.cutab),
        (m.filetab, data.filetab),
        (m.pctab, data.pctab),
        (m.ftab, data.ftab),
        (m.pclntable, data.pclntable),
    ];
    for (field, slice) in slices {
        put(
            &mut record,
            field,
            &[slice.data.get(), slice.len, slice.len],
        );
    }
    let addrs = [
        (m.pc_header, data.pc_header),
        (m.text, data.text),
        (m.etext, data.etext),
        (m.data, data.data),
        (m.bss, data.bss),
        (m.ebss, data.ebss),
        (m.types, data.types.start),
        (m.etypes, data.types.end().unwrap_or(Addr::NULL)),
        (m.gofunc, data.gofunc),
        (m.next, data.next),
    ];
    for (field, addr) in addrs {
        put(&mut record, field, &[addr.get()]);
    }
    record
}

fn put<T: Word>(record: &mut [u8], field: Field<T>, words: &[u64]) {
    let at = usize::try_from(field.offset()).unwrap_or(0);
    for (place, word) in record[at..].chunks_exact_mut(8).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
}
