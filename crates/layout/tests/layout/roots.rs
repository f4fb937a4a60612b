//! The runtime's globals: by symbol, and by the code that uses them.

use crate::executor::root;
use crate::records::{Record, fields, parked, words};
use gopeek_layout::fields::Fields;
use gopeek_layout::image::Image;
use gopeek_layout::moduledata::{Module, ModuleData};
use gopeek_layout::roots::{Method, Root, Roots, Search};
use gopeek_layout::rules::rules;
use gopeek_layout::testing::Bytes;
use gopeek_layout::testing::elf::{AMD64, EXECUTE, Elf, READ, WRITE};
use gopeek_layout::{Addr, Memory};

const STACK: [u64; 3] = [0x2_0000, 0x2_0f00, 0x2_1000];
/// Where the program is linked, and how far from there it was loaded.
pub(crate) const LINKED_BSS: u64 = 0x60_0000;
const BIAS: u64 = 0x7000_0000_0000;
pub(crate) const BSS: u64 = LINKED_BSS + BIAS;
/// A whole number of the scan's pages.
pub(crate) const BSS_LEN: u64 = 0x2000;

/// What the heap of the target holds: main's g and another one, an M, a P.
pub(crate) fn heap(fields: &Fields) -> Vec<Bytes> {
    let p = |at, id| Record::new(at, fields.p.size).set(fields.p.id, id);
    vec![
        words(0x2000, &[0x1_0000, 0x1_1000]),
        words(0x2100, &[0x1_1000, 0x1_0000]),
        words(0x2200, &[0x5_0000, 0x5_8000]),
        words(0x2300, &[0x5_8000, 0x5_0000]),
        words(0x2400, &[0x1_0008, 0x1_0000]),
        parked(fields, 0x1_0000, 1, STACK).bytes(),
        parked(fields, 0x1_1000, 2, STACK).bytes(),
        Record::new(0x3_0000, fields.m.size)
            .set(fields.m.g0, 0x3_8000)
            .bytes(),
        Record::new(0x3_8000, fields.g.size)
            .set(fields.g.m, 0x3_0000)
            .bytes(),
        p(0x5_0000, 0).bytes(),
        p(0x5_8000, 1).bytes(),
    ]
}

/// The zeroed data with `words` at offsets, ascending.
pub(crate) fn bss(globals: &[(u64, &[u64])]) -> Bytes {
    let offset = |offset: u64| usize::try_from(offset).unwrap();
    let filled = globals.iter().fold(Bytes::at(BSS), |bytes, (at, values)| {
        let bytes = bytes.up_to(offset(*at));
        values.iter().fold(bytes, |bytes, value| bytes.u64(*value))
    });
    filled.up_to(offset(BSS_LEN))
}

pub(crate) fn program() -> Elf {
    Elf::new(AMD64)
        .load(0x40_0000, READ | EXECUTE, &[0xcc; 16])
        .load(LINKED_BSS - 16, READ | WRITE, &[0; 16])
        .zeroed(BSS_LEN)
}

pub(crate) type Code<'a> = &'a [(&'a str, &'a [u8])];

/// Runs the search over `memory` for the program `elf`, whose functions are `code`, all at 0x400000.
pub(crate) fn search(minor: u16, elf: &Elf, code: Code<'_>, memory: &dyn Memory) -> Option<Roots> {
    search_up_to(BSS_LEN, minor, elf, code, memory)
}

/// Likewise, where the zeroed data has `bss_len` bytes.
#[allow(
    clippy::redundant_closure_for_method_calls,
    reason = "the method itself is of one lifetime, and a search of any is looked with"
)]
pub(crate) fn search_up_to(
    bss_len: u64,
    minor: u16,
    elf: &Elf,
    code: Code<'_>,
    memory: &dyn Memory,
) -> Option<Roots> {
    searching(bss_len, minor, elf, code, memory, |search| search.run())
}

/// What `look` makes of such a search.
pub(crate) fn searching<T>(
    bss_len: u64,
    minor: u16,
    elf: &Elf,
    code: Code<'_>,
    memory: &dyn Memory,
    look: impl FnOnce(&Search<'_, '_>) -> T,
) -> T {
    let file = elf.build();
    let at = |raw: u64| Addr::new(raw);
    let record = Record::new(0x100, fields(minor).moduledata.size);
    let data = ModuleData {
        bss: at(BSS),
        ebss: at(BSS + bss_len),
        ..ModuleData::read(&record.bytes(), &fields(minor).moduledata, at(0x100)).unwrap()
    };
    let module = Module {
        image: Image::parse(&file).unwrap(),
        bias: BIAS,
        data,
    };
    let find = |name: &str| {
        let found = code.iter().find(|(function, _)| *function == name);
        found.map(|(_, code)| (at(0x40_0000 + BIAS), *code))
    };
    let search = Search {
        memory,
        module: &module,
        fields: fields(minor),
        rules: rules(minor),
        code: &find,
    };
    look(&search)
}

pub(crate) fn memory(minor: u16, globals: &[(u64, &[u64])]) -> Vec<Bytes> {
    let mut memory = heap(fields(minor));
    memory.push(bss(globals));
    memory
}

pub(crate) fn found(offset: u64, by: Method) -> Root {
    Root {
        by,
        ..root(BSS + offset)
    }
}

/// allgs, allm and allp as they ought to be.
pub(crate) const ALLGS: &[u64] = &[0x2000, 2, 4];
pub(crate) const ALLM: &[u64] = &[0x3_0000];
pub(crate) const ALLP: &[u64] = &[0x2200, 2, 2];

#[test]
fn by_symbol_wherever_the_program_was_loaded() {
    let globals = [(0x100, ALLGS), (0x200, ALLM), (0x300, ALLP)];
    for (minor, status) in [(19, "runtime.fingRunning"), (27, "runtime.fingStatus")] {
        let elf = program()
            .section(".noptrbss", LINKED_BSS, 8)
            .symbol("runtime.allgs", LINKED_BSS + 0x100, 24)
            .symbol("runtime.allm", LINKED_BSS + 0x200, 8)
            .symbol("runtime.allp", LINKED_BSS + 0x300, 24)
            .symbol(status, LINKED_BSS + 0x400, 4);
        let roots = search(minor, &elf, &[], &&memory(minor, &globals)[..]).expect("roots");
        let expected = Roots {
            allgs: found(0x100, Method::Symbol),
            allm: Some(found(0x200, Method::Symbol)),
            allp: Some(found(0x300, Method::Symbol)),
            finalizer_status: Some(found(0x400, Method::Symbol)),
            traceback_labels: None,
        };
        assert_eq!(roots, expected, "1.{minor}");
    }
}

#[test]
fn a_symbol_that_leads_to_something_else_is_not_believed() {
    let globals = [(0x100, ALLGS), (0x200, ALLM), (0x300, ALLP)];
    let elf = program()
        .section(".noptrbss", LINKED_BSS, 8)
        .symbol("runtime.allgs", LINKED_BSS + 0x108, 24)
        .symbol("runtime.allm", LINKED_BSS + 0x300, 8)
        .symbol("runtime.allp", u64::MAX, 24);
    let roots = search(27, &elf, &[], &&memory(27, &globals)[..]).expect("roots");
    assert_eq!(roots.allgs, found(0x100, Method::Value));
    assert_eq!(roots.allm, Some(found(0x200, Method::Value)));
    assert_eq!(roots.allp, Some(found(0x300, Method::Value)));
}

#[test]
fn without_allgs_there_are_no_roots() {
    let memory = memory(27, &[(0x200, ALLM), (0x300, ALLP)]);
    assert_eq!(search(27, &program(), &[], &&memory[..]), None);
    let nothing: [Bytes; 0] = [];
    assert_eq!(search(27, &program(), &[], &&nothing[..]), None);
}

/// `mov rax, [rip+...]` for each of `offsets` into the bss, from 0x400000 on.
pub(crate) fn loads(offsets: &[u64]) -> Vec<u8> {
    let load = |(index, offset): (u64, &u64)| {
        let next = 0x40_0000 + 7 * (index + 1);
        let away = i32::try_from(LINKED_BSS + offset - next).unwrap();
        [&[0x48, 0x8b, 0x05][..], &away.to_le_bytes()].concat()
    };
    (0..).zip(offsets).flat_map(load).collect()
}

#[test]
fn by_the_code_that_uses_them() {
    let globals: [(u64, &[u64]); 5] = [
        // What the code refers to before, and what a scan would find first.
        (0x000, &[0x10]),
        (0x100, ALLGS),
        (0x200, ALLM),
        (0x300, ALLP),
        (0x400, &[1, 0x1_0000_0000]),
    ];
    let code: [(&str, &[u8]); 5] = [
        ("runtime.allgadd", &loads(&[0, 0x3000, 0x100])),
        ("runtime.mcommoninit", &loads(&[0, 0x100, 0x200])),
        ("runtime.procresize", &loads(&[0x200, 0x300])),
        ("runtime.isSystemGoroutine", &loads(&[0x100, 0x400])),
        ("runtime.goroutineheader", &loads(&[0x400, 0x408, 0x100])),
    ];
    let memory = memory(27, &globals);
    let roots = search(27, &program(), &code, &&memory[..]).expect("roots");
    let expected = Roots {
        allgs: found(0x100, Method::Code),
        allm: Some(found(0x200, Method::Code)),
        allp: Some(found(0x300, Method::Code)),
        finalizer_status: Some(found(0x400, Method::Code)),
        traceback_labels: Some(found(0x408, Method::Code)),
    };
    assert_eq!(roots, expected);
    let older = search(25, &program(), &code, &&memory[..]);
    assert_eq!(older.map(|roots| roots.traceback_labels), Some(None));
}

#[test]
fn code_that_refers_to_nothing_good_leaves_it_to_the_values() {
    let code: [(&str, &[u8]); 2] = [
        ("runtime.allgadd", &loads(&[0x200, 0x300])),
        ("runtime.mcommoninit", &[0xff; 64]),
    ];
    let memory = memory(24, &[(0x100, ALLGS), (0x200, ALLM), (0x300, ALLP)]);
    let roots = search(24, &program(), &code, &&memory[..]).expect("roots");
    assert_eq!(roots.allgs, found(0x100, Method::Value));
    assert_eq!(roots.allm, Some(found(0x200, Method::Value)));
}
