//! Any DWARF, any memory: never a panic, always an end, never more than the limits.

use super::dwarf::{CODE, Dwarf, GO_ELEM, TYPES, elf, op};
use super::scopes;
use gopeek_layout::{Addr, Memory, Unreadable};
use gopeek_unwind::locals::{DebugSections, Limits, Scope, Shown, Value};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_assert, prop_oneof, proptest};
use proptest::sample::Index;
use proptest::test_runner::{Config, TestCaseError};

const LIMITS: Limits = Limits {
    depth: 5,
    elements: 20,
    text_bytes: 30,
    values: 300,
};

/// Memory that has an answer for every address: `words`, over and over.
#[derive(Debug)]
struct Everywhere {
    words: Vec<u64>,
}

impl Memory for Everywhere {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        // A text no longer than its limit, or a bucket of a map, which has one of its own.
        assert!(buf.len() <= 4096, "no more is asked for than the limit");
        for (index, byte) in (at.get()..).zip(buf) {
            let word = usize::try_from(index / 8).unwrap() % self.words.len();
            let bytes = self.words[word].to_le_bytes();
            *byte = bytes[usize::try_from(index % 8).unwrap()];
        }
        Ok(())
    }
}

/// DWARF with every shape of type that is read, all of them in variables.
fn sections(version: u16) -> Vec<(&'static str, Vec<u8>)> {
    let mut dwarf = Dwarf::new(version);
    let int = dwarf.int();
    let byte = dwarf.base("uint8", gimli::DW_ATE_unsigned, 1, 8);
    let string = dwarf.string();
    let link = dwarf.pointer("*T", int);
    let func = dwarf.func("func()");
    let ints = dwarf.slice("[]int", int);
    let texts = dwarf.slice("[]string", string);
    let eface = dwarf.structure("runtime.eface", 16, &[("_type", 0, link)]);
    let any = dwarf.named("interface {}", 20, eface);
    let table = dwarf.structure("abi.ITab", 16, &[("Type", 8, link)]);
    let table = dwarf.pointer("*abi.ITab", table);
    let iface = dwarf.structure("runtime.iface", 16, &[("tab", 0, table)]);
    let error = dwarf.named("error", 20, iface);
    let counts = [
        ("qcount", 0, int),
        ("dataqsiz", 8, int),
        ("closed", 28, int),
    ];
    let channel = dwarf.structure("hchan<int>", 96, &counts);
    let channel = dwarf.pointer("*hchan<int>", channel);
    let channel = dwarf.named("chan int", 18, channel);
    dwarf.refer(channel, GO_ELEM, int);

    let eight = dwarf.array("[8]int", int, 8);
    let hashes = dwarf.array("[8]uint8", byte, 8);
    let overflow = dwarf.pointer("*bucket", int);
    let parts = [
        ("tophash", 0, hashes),
        ("keys", 8, eight),
        ("values", 72, eight),
        ("overflow", 136, overflow),
    ];
    let bucket = dwarf.structure("bucket", 144, &parts);
    dwarf.refer(overflow, gimli::DW_AT_type, bucket);
    let parts = [
        ("count", 0, int),
        ("flags", 8, byte),
        ("B", 9, byte),
        ("buckets", 16, overflow),
        ("oldbuckets", 24, overflow),
    ];
    let header = dwarf.structure("hash", 48, &parts);
    let header = dwarf.pointer("*hash", header);
    let old_map = dwarf.map("map[int]int", int, int, header);

    let slot = dwarf.structure("slot", 16, &[("key", 0, int), ("elem", 8, link)]);
    let slots = dwarf.array("[8]slot", slot, 8);
    let group = dwarf.structure("group", 136, &[("ctrl", 0, int), ("slots", 8, slots)]);
    let group = dwarf.pointer("*group", group);
    let parts = [("data", 0, group), ("lengthMask", 8, int)];
    let reference = dwarf.structure("groupReference", 16, &parts);
    let swiss = dwarf.structure("table", 32, &[("groups", 16, reference)]);
    let swiss = dwarf.pointer("*table", swiss);
    let swiss = dwarf.pointer("**table", swiss);
    let parts = [("used", 0, int), ("dirPtr", 16, swiss), ("dirLen", 24, int)];
    let header = dwarf.structure("map", 48, &parts);
    let header = dwarf.pointer("*map", header);
    let new_map = dwarf.map("map[int]string", int, string, header);

    let all = [
        link, func, ints, texts, any, error, channel, old_map, new_map, eight,
    ];
    let members: Vec<_> = (0..)
        .zip(all)
        .map(|(index, kind)| ("F", index * 24, kind))
        .collect();
    let whole = dwarf.structure("main.T", 240, &members);
    dwarf.refer(link, gimli::DW_AT_type, whole);
    for (offset, kind) in (1..).zip(all.into_iter().chain([whole])) {
        dwarf.descriptor(kind, offset * 8);
    }

    let callee = dwarf.function("main.callee", CODE + 0x100, 0x10);
    let a = dwarf.argument(callee, "a", whole);
    let function = dwarf.function("main.f", CODE, 0x40);
    for kind in all {
        let variable = dwarf.local(function, "v", kind, 5);
        dwarf.fixed(variable, op::at(8));
    }
    let list = vec![
        (CODE, CODE + 8, op::registers(&[3, 2, 1])),
        (CODE + 8, CODE + 0x20, op::at(0)),
    ];
    let escaped = dwarf.local(function, "&w", link, 5);
    dwarf.moving(escaped, list.clone());
    let call = dwarf.within(function, Some(callee), CODE, 0x40);
    let block = dwarf.within(call, None, CODE, 0x40);
    let instance = dwarf.unit.unit.add(block, gimli::DW_TAG_formal_parameter);
    dwarf.refer(instance, gimli::DW_AT_abstract_origin, a);
    dwarf.moving(instance, list);
    dwarf.sections()
}

/// How many values there are, and whether each list is within its limit.
fn count(value: &Value) -> Result<usize, TestCaseError> {
    let sum = |values: Vec<&Value>| {
        values
            .into_iter()
            .try_fold(1, |sum, value| Ok::<_, TestCaseError>(sum + count(value)?))
    };
    match value {
        Value::Slice { elements, .. } | Value::Array { elements, .. } => match elements {
            Shown::First(first, _) => {
                prop_assert!(first.len() <= LIMITS.elements);
                sum(first.iter().collect())
            }
            Shown::TooDeep => Ok(1),
        },
        Value::Map { entries, .. } => match entries {
            Shown::First(first, _) => {
                prop_assert!(first.len() <= LIMITS.elements);
                sum(first.iter().flat_map(|(key, value)| [key, value]).collect())
            }
            Shown::TooDeep => Ok(1),
        },
        Value::Struct { fields, .. } => sum(fields.iter().map(|(_, value)| value).collect()),
        Value::Pointer { to: Some(to), .. } => Ok(1 + count(to)?),
        Value::Interface { value, .. } => Ok(1 + count(value)?),
        Value::Text(text) | Value::Bytes(text) => {
            prop_assert!(text.bytes.len() <= LIMITS.text_bytes);
            Ok(1)
        }
        _ => Ok(1),
    }
}

fn check(found: &[Scope]) -> Result<(), TestCaseError> {
    let mut total = 0;
    for variable in found.iter().flat_map(|scope| &scope.variables) {
        total += count(&variable.value)?;
        let text = variable.value.to_string();
        prop_assert!(!text.contains('\n'));
    }
    // What was left out when the limit was reached is in the tree, too: one for each level above it.
    prop_assert!(total <= 2 * LIMITS.values, "{total} values");
    Ok(())
}

fn odd_word() -> impl Strategy<Value = u64> {
    prop_oneof![
        3 => 0u64..0x100,
        3 => 0xc000u64..0xc100,
        3 => TYPES..TYPES + 0x80,
        1 => any::<u64>(),
    ]
}

proptest! {
    #![proptest_config(Config { cases: 300, failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_memory(words in vec(odd_word(), 1..64), version in 4u16..6, offset in 0u64..0x40) {
        let memory = Everywhere { words };
        let file = elf(sections(version));
        check(&scopes(&file, &memory, CODE + offset, &[], LIMITS))?;
    }

    #[test]
    fn broken_dwarf(
        words in vec(odd_word(), 1..64),
        version in 4u16..6,
        changes in vec((any::<Index>(), any::<Index>(), any::<u8>()), 1..20),
        cut in proptest::option::weighted(0.1, (any::<Index>(), any::<Index>())),
    ) {
        let memory = Everywhere { words };
        let mut sections = sections(version);
        sections.retain(|(_, bytes)| !bytes.is_empty());
        for (section, at, byte) in changes {
            let (_, bytes) = section.get_mut(&mut sections);
            *at.get_mut(bytes) = byte;
        }
        if let Some((section, at)) = cut {
            let (_, bytes) = section.get_mut(&mut sections);
            bytes.truncate(at.index(bytes.len()));
        }
        let file = elf(sections);
        if DebugSections::load(&file).is_ok() {
            check(&scopes(&file, &memory, CODE + 4, &[], LIMITS))?;
        }
    }
}
