//! Any DWARF, any memory: never a panic, always an end, never more than the limits.

use super::dwarf::{CODE, TYPES, elf};
use super::scopes;
use super::shapes::sections;
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
