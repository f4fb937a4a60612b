//! The heap's spans and objects, and how the heap is found.

use crate::records::{Record, fields, words};
use crate::roots::{BSS, LINKED_BSS, found, heap, loads, program, searching};
use gopeek_layout::fields::Fields;
use gopeek_layout::heap::{Heap, Marks, Object};

use gopeek_layout::roots::{Method, Root};
use gopeek_layout::rules::rules;
use gopeek_layout::testing::Bytes;
use gopeek_layout::testing::elf::Elf;
use gopeek_layout::{Addr, Limits, Span};

const HEAP: u64 = 0x100;
const LEN: u64 = 0x4_0000;
/// Where pages of the heap are.
const PAGES: u64 = 0xc0_0000_0000;
/// Records of spans.
const SMALL: u64 = 0x6_0000;
const NOSCAN: u64 = 0x6_1000;
const STACKS: u64 = 0x6_2000;
const LARGE: u64 = 0x6_3000;
const TORN: u64 = 0x6_4000;

fn span(f: &Fields, at: u64, page: u64, pages: u64) -> Record {
    let span = f.heap_span.expect("spans");
    Record::new(at, span.size)
        .set(span.start, PAGES + page * 0x2000)
        .set(span.pages, pages)
        .set(span.state, 1)
}

/// A span of 48 bytes an object, whose objects 0 to 9 and 12 are allocated, and the eleventh has a finalizer; one without
/// pointers; one of stacks; one that is one object; one that is in the making.
fn spans(f: &Fields) -> Vec<Bytes> {
    let it = f.heap_span.expect("spans");
    let special = f.special.expect("specials");
    let small = span(f, SMALL, 0, 1)
        .set(it.elem_size, 48)
        .set(it.count, 170)
        .set(it.free_index, 10)
        .set(it.alloc_bits, 0x7_0000)
        .set(it.class, 4 << 1)
        .set(it.specials, 0x7_1000);
    let noscan = span(f, NOSCAN, 1, 1)
        .set(it.elem_size, 16)
        .set(it.count, 512)
        .set(it.free_index, 512)
        .set(it.class, 2 << 1 | 1);
    let stacks = span(f, STACKS, 2, 4).set(it.state, 2);
    let large = span(f, LARGE, 6, 16)
        .set(it.elem_size, 16 * 0x2000)
        .set(it.count, 1)
        .set(it.free_index, 1);
    let torn = span(f, TORN, 0, 1).set(it.elem_size, 48).set(it.count, 171);
    let finalizer = f.finalizer.expect("finalizers");
    let of = |at: u64, next: u64, offset: u64, kind: u64| {
        Record::new(at, finalizer.size)
            .set(special.next, next)
            .set(special.offset, offset)
            .set(special.kind, kind)
            .set(finalizer.func, 0xf00)
    };
    let records = [small, noscan, stacks, large, torn];
    let mut memory: Vec<Bytes> = records.iter().map(Record::bytes).collect();
    memory.extend([
        words(0x8_0000, &[SMALL, NOSCAN, STACKS, LARGE, TORN]),
        // The bits in front of the free index mean nothing.
        Bytes::at(0x7_0000).raw(&[0, 1 << 4]).up_to(22),
    ]);
    memory
        .into_iter()
        .chain([of(0x7_1000, 0x7_2000, 48, 99).bytes()])
        .chain([of(0x7_2000, 0, 12 * 48, 1).bytes()])
        .chain([of(0x7_3000, 0, 12 * 48, 2).bytes()])
        .collect()
}

fn global(f: &Fields) -> Bytes {
    let heap = f.heap.expect("a heap");
    let at = HEAP + u64::from(heap.all_spans.offset());
    let filled = Bytes::at(BSS).up_to(usize::try_from(at).unwrap());
    let filled = filled.u64(0x8_0000).u64(5).u64(8);
    filled.up_to(usize::try_from(LEN).unwrap())
}

fn read(minor: u16, memory: &[Bytes], limits: &Limits) -> Option<Heap> {
    let (fields, rules) = (fields(minor), rules(minor));
    Heap::read(&memory, fields, rules, limits, Addr::new(BSS + HEAP))
}

fn whole(minor: u16) -> Vec<Bytes> {
    let mut memory = spans(fields(minor));
    memory.push(global(fields(minor)));
    memory
}

fn at(heap: &Heap, offset: u64) -> Option<Object> {
    heap.object_at(PAGES + offset)
}

#[test]
fn an_address_lies_in_an_object() {
    for minor in 19..=27 {
        let heap = read(minor, &whole(minor), &Limits::default()).expect("a heap");
        let third = at(&heap, 2 * 48).expect("an object");
        assert_eq!(at(&heap, 3 * 48 - 1), Some(third));
        assert_ne!(at(&heap, 3 * 48), Some(third));
        let lies = Span::new(Addr::new(PAGES + 96), 48);
        assert_eq!(heap.bytes(third), Some(lies));
        assert!(heap.is_scanned(third));
        // Allocated: by the free index, by its bit. Free: in front of that, behind it.
        for (object, is_there) in [(9, true), (10, false), (11, false), (12, true), (13, false)] {
            assert_eq!(at(&heap, object * 48).is_some(), is_there, "{object}");
        }
        // What is left of the page behind the last object.
        assert_eq!(at(&heap, 170 * 48), None);
        let plain = at(&heap, 0x2000 + 8).expect("an object");
        assert!(!heap.is_scanned(plain));
        let large = at(&heap, 6 * 0x2000 + 0x1_2345).expect("an object");
        assert_eq!(heap.bytes(large).map(|span| span.len), Some(16 * 0x2000));
        // Stacks, and what is none of the heap's.
        for addr in [
            PAGES + 2 * 0x2000,
            PAGES - 1,
            PAGES + 22 * 0x2000,
            0,
            u64::MAX,
        ] {
            assert_eq!(heap.object_at(addr), None, "{addr:#x}");
        }
        assert_eq!(heap.scanned_bytes(), 170 * 48 + 16 * 0x2000);
    }
}

#[test]
fn marks_are_of_single_objects() {
    let heap = read(27, &whole(27), &Limits::default()).expect("a heap");
    let mut marks = Marks::new(&heap).expect("room");
    let all: Vec<Object> = [0, 48, 0x2000, 6 * 0x2000]
        .iter()
        .filter_map(|offset| at(&heap, *offset))
        .collect();
    for (index, object) in all.iter().enumerate() {
        assert!(!marks.has(&heap, *object));
        assert!(marks.mark(&heap, *object));
        assert!(!marks.mark(&heap, *object));
        let marked = all.iter().filter(|object| marks.has(&heap, **object));
        assert_eq!(marked.count(), index + 1);
    }
}

#[test]
fn finalizers_go_by_the_kind_that_the_release_gives_them() {
    for (minor, count) in [(24, 1), (25, 0)] {
        let heap = read(minor, &whole(minor), &Limits::default()).expect("a heap");
        let finalizers = heap.finalizers();
        assert_eq!(finalizers.len(), count, "1.{minor}");
        if let [only] = finalizers {
            assert_eq!(Some(only.object), at(&heap, 12 * 48));
            assert_eq!(only.closure, Addr::new(0xf00));
        }
    }
}

#[test]
fn a_list_that_cannot_be_is_no_heap() {
    let memory = whole(27);
    let none = Limits {
        heap_spans: 0,
        ..Limits::default()
    };
    assert!(read(27, &memory, &none).is_none());
    assert!(read(27, &[global(fields(27))], &Limits::default()).is_none());
    // One span as all of them is one.
    let mut memory = memory;
    memory.retain(|bytes| bytes.end() != Addr::new(0x8_0000 + 5 * 8));
    memory.push(words(0x8_0000, &[SMALL; 5]));
    let heap = read(27, &memory, &Limits::default()).expect("a heap");
    assert_eq!(heap.scanned_bytes(), 170 * 48);
}

#[allow(
    clippy::redundant_closure_for_method_calls,
    reason = "the method itself is of one lifetime, and a search of any is looked with"
)]
fn search(minor: u16, elf: &Elf, code: &[(&str, &[u8])], good: bool) -> Option<Root> {
    let fields = fields(minor);
    let mut memory = heap(fields);
    memory.extend(spans(fields));
    if good {
        // What is in the making is no reason to doubt the others.
        memory.retain(|bytes| bytes.end() != Addr::new(0x8_0000 + 5 * 8));
        memory.push(words(0x8_0000, &[SMALL, NOSCAN, STACKS, LARGE, LARGE]));
    }
    memory.push(global(fields));
    searching(LEN, minor, elf, code, &&memory[..], |search| search.heap())
}

#[test]
fn by_symbol_by_code_or_by_value() {
    for minor in 19..=27 {
        let elf = program().zeroed(LEN);
        let named = elf.clone().section(".noptrbss", LINKED_BSS, 8).symbol(
            "runtime.mheap_",
            LINKED_BSS + HEAP,
            8,
        );
        let at = |by| Some(found(HEAP, by));
        assert_eq!(search(minor, &named, &[], true), at(Method::Symbol));
        let code = loads(&[0x8, HEAP]);
        let code = [("runtime.gcSweep", &code[..])];
        assert_eq!(search(minor, &elf, &code, true), at(Method::Code));
        assert_eq!(search(minor, &elf, &[], true), at(Method::Value));
        // A span that has more objects than there is room for.
        assert_eq!(search(minor, &named, &code, false), None);
    }
}
