//! What a goroutine is yet to do: deferred calls, panics, and the values that they were called with.

use super::{PENDING, STACK, TYPES};
use crate::memory::World;
use crate::records::{PC, Record};
use gopeek_layout::fields::Fields;
use gopeek_layout::mem::{Interface, Word};
use gopeek_layout::record::Field;

/// Two deferred calls and two panics, with a struct and an error for their values.
pub(super) fn add(world: &mut World, fields: &Fields) {
    let d = &fields.defer;
    for (at, next) in [(PENDING, PENDING + 0x100), (PENDING + 0x100, 0)] {
        let record = Record::new(at, d.size)
            .set(d.func, PENDING + 0x800)
            .set(d.sp, STACK + 0x180)
            .set(d.pc, PC)
            .set(d.link, next);
        world.add_from(at, &record.bytes());
        world.mark(at + u64::from(d.link.offset()));
    }
    world.add_words(PENDING + 0x800, &[PC, PC]);
    let p = &fields.panic;
    let panics = [
        (PENDING + 0x1000, PENDING + 0x1100, TYPES),
        (PENDING + 0x1100, 0, TYPES + 0x200),
    ];
    for (at, next, kind) in panics {
        let record = Record::new(at, p.size).set(p.link, next);
        let mut bytes = record.raw().to_vec();
        put(&mut bytes, p.arg, &[kind, PENDING + 0x1800]);
        world.add(at, bytes);
        world.mark(at + u64::from(p.link.offset()));
        world.mark(at + u64::from(p.arg.offset()));
        world.mark(at + u64::from(p.arg.offset()) + 8);
    }
    let value = [
        PENDING + 0x1900,
        9,
        TYPES + 0x200,
        PENDING + 0x1800,
        1,
        2,
        3,
        4,
    ];
    world.add_words(PENDING + 0x1800, &value);
    world.add(PENDING + 0x1900, b"some text, in a value".to_vec());
    types_of_values(world, fields);
}

/// A struct of a string, an interface and a pointer; a pointer to it; string, int and interface.
fn types_of_values(world: &mut World, fields: &Fields) {
    let field = |kind: u64, offset: u64| [TYPES + 0xc00, kind, offset];
    let (string, int, any) = (TYPES + 0x300, TYPES + 0x400, TYPES + 0x500);
    let list = [
        field(string, 0),
        field(any, 16),
        field(TYPES + 0x200, 32),
        field(int, 40),
    ];
    world.add_words(TYPES + 0x800, &list.concat());
    world.add(TYPES + 0xc00, b"\0\x0c*main.Struct and others".to_vec());
    let types = [
        (TYPES, 25, &[0, TYPES + 0x800, 4, 4][..]),
        (TYPES + 0x200, 22, &[TYPES]),
        (string, 24, &[]),
        (int, 2, &[]),
        (any, 20, &[0, 0, 0, 0]),
    ];
    let t = &fields.kind;
    for (at, kind, behind) in types {
        let record = Record::new(at, t.size)
            .set(t.kind, kind)
            .set(t.flags, 2)
            .set(t.name, 0xc00);
        let bytes = behind
            .iter()
            .fold(record.bytes(), |bytes, word| bytes.u64(*word));
        world.add_from(at, &bytes);
        world.mark(at + u64::from(t.kind.offset()) / 8 * 8);
        world.mark(at + u64::from(t.size));
        world.mark(at + u64::from(t.size) + 8);
    }
    for at in [0x808, 0x810, 0x820, 0xc00] {
        world.mark(TYPES + at);
    }
}

fn put(record: &mut [u8], field: Field<Interface>, words: &[u64]) {
    let at = usize::try_from(field.offset()).unwrap_or(0);
    for (place, word) in record[at..at + Interface::SIZE]
        .chunks_exact_mut(8)
        .zip(words)
    {
        place.copy_from_slice(&word.to_le_bytes());
    }
}
