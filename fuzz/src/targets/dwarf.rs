//! Any bytes as an executable with DWARF: layouts, variables, names of C code, and its call frame information.
//!
//! The last bytes of an input are what lies everywhere in memory, over and over, and one pc more to ask for.

use crate::dwarf::{CODE, TYPES};
use crate::memory::World;
use crate::native_program::{CFunc, CProgram, Found, thread};
use crate::{real, shapes};
use gopeek_layout::Addr;
use gopeek_layout::arch::Arch;
use gopeek_layout::dwarf::DwarfTypes;
use gopeek_layout::enums::Enums;
use gopeek_layout::fields::{Fields, Members};
use gopeek_layout::image::Image;
use gopeek_layout::testing::elf::{AMD64, EXECUTE, Elf, READ};
use gopeek_unwind::locals::{DebugSections, Frame, Limits, Program, Shown, Site, Target, Value};
use gopeek_unwind::native::{KnownRegisters, NativeModule, Natives, Symbols};

/// What deflate may make of an input, and what is made of that.
pub const MEMORY: usize = 256 << 20;

const LIMITS: Limits = Limits {
    depth: 4,
    elements: 10,
    text_bytes: 30,
    values: 200,
};
/// How many words of memory end an input.
const WORDS: usize = 8;
const MAX_FRAMES: usize = 50;

/// Reads DWARF.
///
/// # Panics
/// When it finds something.
pub fn run(file: &[u8]) {
    let tail = &file[file.len().saturating_sub(8 * WORDS)..];
    let words = tail
        .as_chunks()
        .0
        .iter()
        .map(|word| u64::from_le_bytes(*word));
    let words: Vec<u64> = words.collect();
    let mut world = World::default();
    world.everywhere(&words);
    layout(file);
    let own = words.last().copied().unwrap_or(0);
    variables(file, &world, own);
    native(file, &world, own);
}

fn layout(file: &[u8]) {
    let Ok(types) = DwarfTypes::read(file, |_| true) else {
        return;
    };
    let _ = (types.size("main.T"), types.member("main.T", "F"));
    let _ = Fields::resolve(&types);
    if let Ok(image) = Image::parse(file) {
        let _ = Enums::from_binary(&image, &types);
    }
}

fn variables(file: &[u8], world: &World, own: u64) {
    let Ok(sections) = DebugSections::load(file) else {
        return;
    };
    let program = Program::new(&sections);
    let registers = thread(Arch::Amd64, &[(0, 7), (10, 0xc000), (19, 0xc000)]);
    for (index, pc) in [CODE, CODE + 4, CODE + 0x10, CODE + 0x41, own]
        .into_iter()
        .enumerate()
    {
        let site = Site {
            linked_pc: Addr::new(pc),
            trap: index % 2 == 0,
            lines: &[3, 10, 5][..index % 4],
        };
        let frame = Frame {
            cfa: Addr::new(0xc000),
            registers: (index < 2).then_some(&registers),
            bias: 0,
        };
        let target = Target {
            memory: world,
            name_of: &|pc| (pc.get() % 2 == 0).then(|| "main.f".to_owned()),
        };
        let scopes = program.variables(&site, &frame, &target, &LIMITS);
        let variables = scopes.iter().flat_map(|scope| &scope.variables);
        let mut total = 0;
        for variable in variables {
            total += count(&variable.value);
            assert!(!variable.value.to_string().contains('\n'));
        }
        // What was left out when the limit was reached is in the tree, too: one for each level above it.
        assert!(total <= 2 * LIMITS.values, "{total} values");
    }
}

/// How many values there are; each list is within its limit.
fn count(value: &Value) -> usize {
    let within = |len: usize| assert!(len <= LIMITS.elements);
    match value {
        Value::Slice { elements, .. } | Value::Array { elements, .. } => match elements {
            Shown::First(first, _) => {
                within(first.len());
                1 + first.iter().map(count).sum::<usize>()
            }
            Shown::TooDeep => 1,
        },
        Value::Map { entries, .. } => match entries {
            Shown::First(first, _) => {
                within(first.len());
                let both = first.iter().map(|(key, value)| count(key) + count(value));
                1 + both.sum::<usize>()
            }
            Shown::TooDeep => 1,
        },
        Value::Struct { fields, .. } => {
            1 + fields.iter().map(|(_, value)| count(value)).sum::<usize>()
        }
        Value::Pointer { to: Some(to), .. } => 1 + count(to),
        Value::Interface { value, .. } => 1 + count(value),
        Value::Text(text) | Value::Bytes(text) => {
            assert!(text.bytes.len() <= LIMITS.text_bytes);
            1
        }
        _ => 1,
    }
}

/// The file as one that C code is in, loaded where it is linked.
fn native(file: &[u8], world: &World, own: u64) {
    let Ok(image) = Image::parse(file) else {
        return;
    };
    let Some(code) = image.segments().iter().find(|segment| segment.executable) else {
        return;
    };
    let module = NativeModule {
        bytes: file,
        start: Addr::new(code.start.get() & !0xfff),
        offset: code.file_offset & !0xfff,
    };
    let (symbols, natives) = (Symbols::new(&[module]), Natives::new(&[module]));
    for pc in [code.start.get(), CODE, CODE + 0x20, own] {
        let _ = symbols.calls(Addr::new(pc), true, &|_, _| Some(Box::new(file.to_vec())));
        let start = match image.arch() {
            Arch::Amd64 => thread(Arch::Amd64, &[(16, pc), (19, 0xc000), (4, 0xc100)]),
            Arch::Arm64 => thread(
                Arch::Arm64,
                &[(32, pc), (31, 0xc000), (29, 0xc100), (30, pc)],
            ),
        };
        let start = KnownRegisters::all(image.arch(), &start);
        let walked = natives.walk(world, &start, true, &|_| false, MAX_FRAMES);
        assert!(walked.frames.len() <= MAX_FRAMES);
    }
}

/// Hand-made DWARF, C's call frame information, and the first bytes of a real program's DWARF.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let words = [
        CODE,
        0xc000,
        3,
        TYPES + 8,
        0xc040,
        1,
        TYPES + 0x10,
        CODE + 8,
    ];
    let end = words.map(u64::to_le_bytes).concat();
    let hand_made = [4, 5].map(|version| {
        // Texts, as the runtime keeps its enumerations, in the place of code.
        let texts = [CODE, 7, CODE + 3, 5, CODE, 0, 0, 0];
        let elf = Elf::new(AMD64)
            .load(CODE, READ | EXECUTE, &texts.map(u64::to_le_bytes).concat())
            .zeroed(0x1000)
            .symbol("runtime.types", TYPES, 0)
            .symbol("runtime.gStatusStrings", CODE, 32)
            .symbol("runtime.waitReasonStrings", CODE + 16, 32)
            .symbol("runtime.isIdleInSynctest", CODE, 8)
            .function("f", CODE, 0x40);
        let hold = |elf: Elf, (name, bytes): (_, Vec<u8>)| elf.holding(name, &bytes);
        shapes::sections(version)
            .into_iter()
            .fold(elf, hold)
            .build()
    });
    let kinds = [Arch::Amd64, Arch::Arm64].into_iter().flat_map(|arch| {
        [Found::Section, Found::Header].map(|found| {
            let functions = [
                CFunc::new(0, 0x800, &[0x0e, 0x28, 0x86, 2]),
                CFunc::new(0x800, 0x800, &[0x0f, 2, 0x77, 8, 0x10, 16, 2, 0x77, 8]),
            ];
            CProgram::new(arch, found, &functions).file
        })
    });
    // Of zlib, with its length in big endian; the bytes are stored as they are.
    let compressed = Elf::new(AMD64)
        .load(CODE, READ | EXECUTE, &[0xcc; 64])
        .holding(
            ".zdebug_info",
            b"ZLIB\0\0\0\0\0\0\0\x0c\x78\x01\x01\x0c\0\xf3\xff\x08\0\0\0\x04\0\0\0\0\0\x08\0\0\x9c\0\x15",
        )
        .build();
    let named = Elf::new(AMD64)
        .load(CODE, READ | EXECUTE, &[0xcc; 64])
        .function("f", CODE, 0x20)
        .function("_ZN2ns1hISt6vectorIiSaIiEEEEvT_S4_RKS4_", CODE + 0x20, 0x20)
        .build();
    let real = [2 << 10, 12 << 10].into_iter().filter_map(real::dwarf);
    let files = hand_made
        .into_iter()
        .chain([compressed, named])
        .chain(kinds)
        .chain(real);
    files.map(|file| [file, end.clone()].concat()).collect()
}
