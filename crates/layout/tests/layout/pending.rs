//! Deferred calls and panics in flight, and the values that the latter were called with.

use crate::executor::{only_allgs, run};
use crate::records::{Record, fields, g, parked, slice, words};
use gopeek_layout::Limits;
use gopeek_layout::mem::{Interface, Word};
use gopeek_layout::pending::{Defer, Panic, Pending, read};
use gopeek_layout::record::Field;
use gopeek_layout::rules::rules;
use gopeek_layout::testing::Bytes;
use gopeek_layout::value::Value;
use gopeek_layout::{Addr, Plan, Span};

const G: u64 = 0x1_0000;
/// Where hand-made type descriptors, and the names that they refer to, lie.
const TYPES: u64 = 0x50_0000;
const NAMES: u64 = 0x800;

fn pending(target: &[Bytes]) -> Pending {
    let types = [Span::new(Addr::new(TYPES), 0x1000)];
    read(
        &target,
        fields(27),
        &types,
        &Limits::default(),
        Addr::new(G),
    )
}

#[test]
fn deferred_calls_come_next_first() {
    let f = fields(27);
    let defer = |at, closure, sp, pc, link| {
        Record::new(at, f.defer.size)
            .set(f.defer.func, closure)
            .set(f.defer.sp, sp)
            .set(f.defer.pc, pc)
            .set(f.defer.link, link)
            .bytes()
    };
    let found = pending(&[
        g(f, G).set(f.g.defer, 0x2000).bytes(),
        defer(0x2000, 0x3000, 0x20, 0x40_0010, 0x2100),
        // One whose closure is nil is a range-over-func's head: there is nothing to call.
        defer(0x2100, 0, 0x28, 0x40_0018, 0x2200),
        defer(0x2200, 0x3008, 0x30, 0x40_0020, 0),
        words(0x3000, &[0x41_0000, 0x42_0000]),
    ]);
    let expected = |function, closure, pc, sp| Defer {
        function: Addr::new(function),
        closure: Addr::new(closure),
        pc: Addr::new(pc),
        sp: Addr::new(sp),
    };
    let expected = [
        expected(0x41_0000, 0x3000, 0x40_0010, 0x20),
        expected(0x42_0000, 0x3008, 0x40_0020, 0x30),
    ];
    assert_eq!(found.defers, expected);
}

#[test]
fn a_function_that_two_goroutines_defer_comes_for_both() {
    let f = fields(27);
    let (one, other) = (G, 2 * G);
    let goroutine = |at, id, defer| {
        let stack = [at + 0x2000, at + 0x2f00, at + 0x3000];
        parked(f, at, id, stack).set(f.g.defer, defer).bytes()
    };
    let defer = |at, pc| {
        let defer = Record::new(at, f.defer.size).set(f.defer.func, 0x7_0000);
        defer.set(f.defer.sp, 0x20).set(f.defer.pc, pc).bytes()
    };
    let target = [
        slice(0x1000, 0x2000, 2),
        words(0x2000, &[one, other]),
        goroutine(one, 7, 0x6_0000),
        goroutine(other, 8, 0x6_1000),
        defer(0x6_0000, 0x40_0010),
        defer(0x6_1000, 0x40_0020),
        words(0x7_0000, &[0x41_0000]),
    ];
    let limits = Limits::default();
    let plan = Plan::new(f, rules(27), only_allgs(0x1000), limits);
    let run = run(&mut plan.with_details_of_all(Vec::new()), &&target[..]);
    let pcs = [one, other].map(|at| {
        let pending = read(&&run.got[..], f, &[], &limits, Addr::new(at));
        pending.defers.first().map(|defer| defer.pc)
    });
    assert_eq!(pcs, [0x40_0010, 0x40_0020].map(|pc| Some(Addr::new(pc))));
}

#[test]
fn a_chain_in_a_circle_comes_to_an_end() {
    let f = fields(24);
    let limits = Limits {
        list_len: 5,
        ..Limits::default()
    };
    let target = [
        g(f, G).set(f.g.defer, 0x2000).bytes(),
        Record::new(0x2000, f.defer.size)
            .set(f.defer.func, 0x3000)
            .set(f.defer.link, 0x2000)
            .bytes(),
        words(0x3000, &[0x41_0000]),
    ];
    let found = read(&&target[..], f, &[], &limits, Addr::new(G));
    assert_eq!(found.defers.len(), 5);
}

/// A type's descriptor at TYPES + `at`, what lies behind it, and its name at TYPES + NAMES + `at`.
fn kind(at: u64, kind: u64, name: &str, behind: &[u64]) -> [Bytes; 2] {
    let t = &fields(27).kind;
    let record = Record::new(TYPES + at, t.size)
        .set(t.kind, kind)
        .set(t.name, NAMES + at);
    let record = behind
        .iter()
        .fold(record.bytes(), |bytes, word| bytes.u64(*word));
    let len = u8::try_from(name.len()).expect("a short name");
    let name = Bytes::at(TYPES + NAMES + at)
        .raw(&[0, len])
        .raw(name.as_bytes());
    [record, name]
}

/// What a panic is shown as whose value is of the type at TYPES and lies at `data`.
fn shown(data: u64, pieces: Vec<Bytes>) -> Value {
    let f = fields(27);
    let mut panic = Record::new(0x2000, f.panic.size).bytes();
    panic = with_interface(&panic, f.panic.arg, TYPES, data, f.panic.size);
    let mut target = vec![g(f, G).set(f.g.panic, 0x2000).bytes(), panic];
    target.extend(pieces);
    let [Panic { value, recovered }] = <[_; 1]>::try_from(pending(&target).panics).expect("one");
    assert!(!recovered);
    value.expect("no Goexit")
}

/// The record with an interface in one of its fields.
fn with_interface(
    record: &Bytes,
    field: Field<Interface>,
    kind: u64,
    data: u64,
    size: u32,
) -> Bytes {
    let at = usize::try_from(field.offset()).unwrap();
    let mut bytes = vec![0; usize::try_from(size).unwrap()];
    bytes[at..at + 8].copy_from_slice(&kind.to_le_bytes());
    bytes[at + 8..at + Interface::SIZE].copy_from_slice(&data.to_le_bytes());
    let start = record
        .end()
        .checked_sub(u64::from(size))
        .expect("its start");
    Bytes::at(start.get()).raw(&bytes)
}

fn value(type_name: &str, text: &str) -> Value {
    Value {
        type_name: type_name.to_owned(),
        text: Some(text.to_owned()),
    }
}

#[test]
fn numbers_and_texts() {
    let data = || words(0x3000, &[0xffff_ffff_ffff_fffe, 4]);
    let of = |number, name| [kind(0, number, name, &[]).to_vec(), vec![data()]].concat();
    assert_eq!(shown(0x3000, of(2, "int")), value("int", "-2"));
    assert_eq!(shown(0x3000, of(3, "int8")), value("int8", "-2"));
    assert_eq!(shown(0x3000, of(9, "uint16")), value("uint16", "65534"));
    assert_eq!(shown(0x3000, of(1, "bool")), value("bool", "true"));
    let text = [
        kind(0, 24, "string", &[]).to_vec(),
        vec![
            words(0x3000, &[0x4000, 4]),
            Bytes::at(0x4000).raw(b"a\"b\n"),
        ],
    ];
    assert_eq!(shown(0x3000, text.concat()), value("string", r#""a\"b\n""#));
}

#[test]
fn an_error_is_a_pointer_to_a_struct_with_a_text() {
    let struct_at = 0x100;
    let string_at = 0x200;
    let pieces = [
        // A pointer, to the struct.
        kind(0, 22, "*errors.errorString", &[TYPES + struct_at]).to_vec(),
        // A struct: its package, and a slice of one field.
        kind(struct_at, 25, "errors.errorString", &[0, 0x6000, 1, 1]).to_vec(),
        kind(string_at, 24, "string", &[]).to_vec(),
        vec![
            words(0x6000, &[0x7000, TYPES + string_at, 0]),
            Bytes::at(0x7000).raw(b"\0\x01s\0\0"),
            words(0x3000, &[0x4000, 4]),
            Bytes::at(0x4000).raw(b"oops"),
        ],
    ];
    let expected = value("*errors.errorString", r#"&errors.errorString{s: "oops"}"#);
    assert_eq!(shown(0x3000, pieces.concat()), expected);
}

/// Sixteen fields, each of the struct's own type: no compiler makes such, but damage may.
#[test]
fn a_struct_that_is_in_itself_is_no_more_than_a_few_lines() {
    let field = [0x7000, TYPES, 0];
    let pieces = [
        kind(0, 25, "main.T", &[0, 0x6000, 16, 16]).to_vec(),
        vec![
            words(0x6000, &field.repeat(16)),
            Bytes::at(0x7000).raw(b"\0\x01f\0\0"),
        ],
    ];
    let text = shown(0x3000, pieces.concat()).text.expect("a text");
    assert!(text.starts_with("main.T{f: main.T{f: main.T{f: "), "{text}");
    assert!(text.ends_with("...}"), "{text}");
    assert!(text.len() < 5000, "{} bytes", text.len());
}

#[test]
fn a_value_that_did_not_come_still_has_its_type() {
    let found = shown(0xdead_0000, kind(0, 24, "string", &[]).to_vec());
    let expected = Value {
        type_name: "string".to_owned(),
        text: None,
    };
    assert_eq!(found, expected);
}

#[test]
fn a_goexit_was_called_with_nothing() {
    let f = fields(27);
    let target = [
        g(f, G).set(f.g.panic, 0x2000).bytes(),
        Record::new(0x2000, f.panic.size)
            .set(f.panic.goexit, 1)
            .set(f.panic.recovered, 1)
            .bytes(),
    ];
    let expected = Panic {
        value: None,
        recovered: true,
    };
    assert_eq!(pending(&target).panics, [expected]);
}
