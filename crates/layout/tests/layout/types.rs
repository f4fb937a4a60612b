//! Types by hand-made descriptors: names, packages, fields, paths and values.

use crate::records::{fields, words};
use gopeek_layout::testing::Bytes;
use gopeek_layout::testing::types::Descriptors;
use gopeek_layout::types::{Kind, Missing, Receiver, Region, Type, Types};
use gopeek_layout::{Addr, Memory, Span};

const TYPES: u64 = 0x50_0000;
const OBJECT: u64 = 0x9000;

/// Descriptors of a `pool.Pool` of one package, and of another with the same name in another.
struct Program {
    descriptors: Descriptors<'static>,
    pool: Addr,
    other: Addr,
}

fn program() -> Program {
    let mut d = Descriptors::at(TYPES, &fields(27).kind);
    let int = d.plain(2, 8, "int");
    let int32 = d.plain(5, 4, "int32");
    let string = d.plain(24, 16, "string");
    let state = [("state", int32, 0, false), ("sema", int32, 4, false)];
    let mutex = d.structure("sync.Mutex", "sync", 8, &state);
    let rw = [("w", mutex, 0, false), ("readers", int32, 8, false)];
    let rw = d.structure("sync.RWMutex", "sync", 16, &rw);
    let limits = [("low", int, 0, false)];
    let limits = d.structure("pool.limits", "a/pool", 8, &limits);
    let pair = d.array(mutex, 2, 16);
    let jobs = d.to(18, 8, "chan int", int);
    let any = d.interface("interface {}", 0);
    let list = d.to(23, 24, "[]int", int);
    let pool = [
        ("limits", limits, 0, true),
        ("name", string, 8, false),
        ("lock", rw, 24, false),
        ("pair", pair, 40, false),
        ("jobs", jobs, 56, false),
        ("any", any, 64, false),
        ("list", list, 80, false),
    ];
    let pool = d.structure("pool.Pool", "a/pool", 104, &pool);
    let pointer = d.to(22, 8, "*pool.Pool", pool);
    let other = [("next", pointer, 0, false), ("n", int, 8, false)];
    let other = d.structure("pool.Pool", "b/pool.v2", 16, &other);
    Program {
        descriptors: d,
        pool,
        other,
    }
}

impl Program {
    fn with<T>(&self, object: Bytes, run: impl FnOnce(&Types<'_>) -> T) -> T {
        let memory = [self.descriptors.bytes(), object];
        let memory: &[Bytes] = &memory;
        run(&Types::new(
            &memory,
            fields(27),
            vec![self.descriptors.region()],
        ))
    }

    fn types<T>(&self, run: impl FnOnce(&Types<'_>) -> T) -> T {
        self.with(Bytes::at(OBJECT), run)
    }
}

fn pool(types: &Types<'_>) -> Type {
    types.of_receiver("a/pool.(*Pool).Get").unwrap()
}

#[test]
fn types_of_one_name_are_told_apart_by_their_package() {
    let program = program();
    program.types(|types| {
        let other = types.of_receiver("b/pool%2ev2.(*Pool)").unwrap();
        assert_eq!((pool(types).at, other.at), (program.pool, program.other));
        assert_eq!(types.name(&other).unwrap(), "pool.Pool");
        assert_eq!(types.full_name(&other).unwrap(), "b/pool.v2.Pool");
        assert_eq!(types.named("c/pool", "Pool"), None);
        assert_eq!(types.named("a/pool", "Poo"), None);
    });
}

#[test]
fn a_search_finds_the_same_in_a_file_that_is_not_relocated() {
    let program = program();
    let memory = program.descriptors.bytes();
    let mut file = program.descriptors.content().to_vec();
    // Relocated words are zero in the file of a PIE.
    for word in file.chunks_exact_mut(8) {
        let value = u64::from_le_bytes(word.try_into().unwrap());
        if (TYPES..TYPES + 0x10_0000).contains(&value) {
            word.fill(0);
        }
    }
    let region = Region {
        file: Some(&file),
        ..program.descriptors.region()
    };
    let types = Types::new(&memory, fields(27), vec![region]);
    assert_eq!(pool(&types).at, program.pool);
}

#[test]
fn a_file_that_says_something_else_than_memory_is_not_believed() {
    let program = program();
    let memory = Bytes::at(TYPES).raw(&vec![0; program.descriptors.content().len()]);
    let region = Region {
        file: Some(program.descriptors.content()),
        ..program.descriptors.region()
    };
    let types = Types::new(&memory, fields(27), vec![region]);
    assert_eq!(types.of_receiver("a/pool.(*Pool)"), None);
}

#[test]
fn paths_lead_to_offsets_and_back() {
    program().types(|types| {
        let pool = pool(types);
        for (path, offset, kind) in [
            ("lock.w.sema", 28, Kind::Int32),
            ("pair[1]", 48, Kind::Struct),
            ("limits.low", 0, Kind::Int),
            ("jobs", 56, Kind::Chan),
        ] {
            let (found, of) = types.path(&pool, path).unwrap();
            assert_eq!((found, of.kind), (offset, kind), "{path}");
        }
        // Of an embedded struct, without its name.
        assert_eq!(types.path(&pool, "low").unwrap().0, 0);
        for none in [
            "nothing",
            "lock.x",
            "pair[2]",
            "pair[x]",
            "name.data",
            "lock[0]",
        ] {
            assert_eq!(types.path(&pool, none), None, "{none}");
        }
        assert_eq!(types.field_at(&pool, 28).unwrap().0, "lock.w.sema");
        assert_eq!(types.field_at(&pool, 48).unwrap().0, "pair[1].state");
        assert_eq!(types.field_at(&pool, 29), None);
        assert_eq!(types.field_at(&pool, 104), None);
    });
}

#[test]
fn a_lock_is_named_and_not_what_is_in_it() {
    program().types(|types| {
        let pool = pool(types);
        let mutex = |offset| types.member_at(&pool, offset, &["sync.Mutex"]);
        assert_eq!(mutex(24).as_deref(), Some("lock.w"));
        assert_eq!(mutex(40).as_deref(), Some("pair[0]"));
        assert_eq!([28, 8, 104].map(mutex), [None, None, None]);
        let lock = types.member_at(&pool, 24, &["sync.RWMutex", "sync.Mutex"]);
        assert_eq!(lock.as_deref(), Some("lock"));
        let (_, lock) = types.path(&pool, "lock").unwrap();
        assert_eq!(
            types.member_at(&lock, 0, &["sync.RWMutex"]).as_deref(),
            Some("")
        );
    });
}

#[test]
fn pointers_of_a_struct() {
    program().types(|types| {
        let pointers = types.pointers_in(&pool(types));
        let found: Vec<_> = pointers.iter().map(|it| (it.offset, &*it.path)).collect();
        assert_eq!(found, [(56, "jobs")]);
    });
}

#[test]
fn values_behind_pointers_and_interfaces() {
    let program = program();
    let Program { pool, other, .. } = program;
    let int = program.types(|types| types.path(&types.at(pool).unwrap(), "low").unwrap().1.at);
    let object = Bytes::at(OBJECT)
        .mark("other")
        .u64(0x9010)
        .u64(0x77)
        .mark("pool")
        .u64(0xffff_ffff_ffff_fffd)
        .u64(0x9100)
        .u64(4)
        .up_to(0x10 + 64)
        .u64(int.get())
        .u64(0x9108)
        .u64(0x9108)
        .u64(2)
        .u64(2)
        .up_to(0x100)
        .raw(b"main....")
        .u64(5)
        .u64(6);
    program.with(object, |types| {
        let other = types.at(other).unwrap();
        let read = |path: &str| types.read_path(Addr::new(OBJECT), &other, path);
        let number = |path: &str| types.integer(&read(path).unwrap());
        assert_eq!(number("n"), Some(0x77));
        assert_eq!(number("next.low"), Some(-3));
        assert_eq!(number("next.list[1]"), Some(6));
        assert_eq!(types.text(&read("next.name").unwrap()).unwrap(), "main");
        assert_eq!(types.len(&read("next.jobs").unwrap()), Some(0));
        let (list, of) = types.slice(&read("next.list").unwrap()).unwrap();
        assert_eq!((list.len, of.kind), (2, Kind::Int));
        // The dynamic value is a number, which has no fields.
        let missing = |path: &str| read(path).unwrap_err().to_string();
        assert_eq!(missing("next.any.x"), "int has no x");
        assert_eq!(missing("next.list[2]"), "[]int has no [2]");
        assert_eq!(missing("next.lost"), "pool.Pool has no lost");
    });
}

#[test]
fn what_is_nil_or_unreadable_is_said() {
    let program = program();
    let read = |object: Bytes, path: &str| {
        program.with(object, |types| {
            let other = types.at(program.other).unwrap();
            types.read_path(Addr::new(OBJECT), &other, path)
        })
    };
    let nil = Missing::Nil("name".to_owned());
    assert_eq!(read(words(OBJECT, &[0, 0]), "next.name"), Err(nil));
    let unreadable = Missing::Unreadable("low".to_owned());
    assert_eq!(read(Bytes::at(OBJECT), "next.low"), Err(unreadable));
}

#[test]
fn instances_of_a_generic_type_count_if_they_are_alike() {
    let mut d = Descriptors::at(TYPES, &fields(27).kind);
    let int = d.plain(2, 8, "int");
    let uint = d.plain(7, 8, "uint");
    let string = d.plain(24, 16, "string");
    let list = |d: &mut Descriptors<'_>, name: &str, of, size| {
        d.structure(name, "main", size, &[("value", of, 0, false)])
    };
    let first = list(&mut d, "main.List[int]", int, 8);
    list(&mut d, "main.List[uint]", uint, 8);
    list(&mut d, "main.Pair[int]", int, 8);
    list(&mut d, "main.Pair[string]", string, 16);
    let memory = d.bytes();
    let types = Types::new(&memory, fields(27), vec![d.region()]);
    let found = types.of_receiver("main.(*List[...]).Push").unwrap();
    assert_eq!(found.at, first);
    assert_eq!(types.of_receiver("main.(*Pair[...]).Push"), None);
    assert_eq!(types.of_receiver("main.(*List).Push"), None);
}

#[test]
fn damaged_descriptors_are_none() {
    let program = program();
    let at = program.pool.offset_from(Addr::new(TYPES)).unwrap();
    let at = usize::try_from(at).unwrap();
    let layout = &fields(27).kind;
    let damage = |offset: usize, byte: u8| {
        let mut content = program.descriptors.content().to_vec();
        content[at + offset] = byte;
        let memory = Bytes::at(TYPES).raw(&content);
        let types = Types::new(&memory, fields(27), vec![program.descriptors.region()]);
        let pool = types.at(program.pool);
        (
            pool.is_some(),
            pool.and_then(|pool| types.fields(&pool)).is_some(),
        )
    };
    let own = usize::try_from(layout.size).unwrap();
    let kind = usize::try_from(layout.kind.offset()).unwrap();
    let name = usize::try_from(layout.name.offset()).unwrap();
    assert_eq!(damage(own + 1, 0), (true, true));
    assert_eq!(damage(kind, 27), (false, false));
    assert_eq!(damage(kind, 24), (false, false), "a string has 16 bytes");
    assert_eq!(damage(name + 3, 0x7f), (false, false));
    assert_eq!(damage(0, 103), (true, false), "its fields have 104 bytes");
    assert_eq!(damage(own + 17, 0xff), (true, false), "too many fields");
    assert_eq!(
        damage(own + 10, 0),
        (true, false),
        "fields lie among the types"
    );
}

#[test]
fn only_descriptors_are_types() {
    program().types(|types| {
        let odd = Addr::new(TYPES + 4);
        let end = types.at(Addr::new(OBJECT));
        assert_eq!([types.at(odd), types.at(Addr::NULL), end], [None; 3]);
    });
}

/// A program with a thousand names, all of which are asked for, and a memory that counts what is read.
#[test]
fn one_search_finds_many() {
    let mut d = Descriptors::at(TYPES, &fields(27).kind);
    let names: Vec<String> = (0..1000).map(|n| format!("T{n}")).collect();
    for name in &names {
        d.structure(&format!("p.{name}"), "x/p", 0, &[]);
    }
    let memory = d.bytes();
    let types = Types::new(&memory, fields(27), vec![d.region()]);
    types.look_up(names.iter().map(|name| Receiver::new("x/p", name)));
    for name in &names {
        let found = types.named("x/p", name).unwrap();
        assert_eq!(types.full_name(&found).unwrap(), format!("x/p.{name}"));
    }
}

/// Whatever the bytes of a program's descriptors are, reading them ends, and stays among them.
mod hostile {
    use super::{Addr, Bytes, Memory, Span, TYPES, Types, fields, program};
    use gopeek_layout::Unreadable;
    use gopeek_layout::types::Region;
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert, proptest};
    use proptest::sample::Index;
    use proptest::test_runner::Config;
    use std::cell::Cell;

    /// Counts what is read.
    struct Counted {
        bytes: Bytes,
        read: Cell<usize>,
    }

    impl Memory for Counted {
        fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
            self.read.set(self.read.get() + 1);
            self.bytes.read(at, buf)
        }
    }

    fn all(types: &Types<'_>, span: Span) {
        let each = (0..span.len).step_by(8);
        for at in each.filter_map(|offset| span.start.checked_add(offset)) {
            let Some(it) = types.at(at) else { continue };
            let _ = (
                types.name(&it),
                types.package(&it),
                types.elem(&it),
                types.key(&it),
            );
            let _ = (
                types.fields(&it),
                types.pointers_in(&it),
                types.array_len(&it),
            );
            for offset in [0, 8, 24, it.size] {
                let _ = types.field_at(&it, offset);
                let _ = types.member_at(&it, offset, &["sync.Mutex"]);
            }
            for path in [
                "lock.w.sema",
                "next.next.next.name",
                "pair[1].state",
                "any.x",
                "low",
            ] {
                let _ = types.path(&it, path);
                if let Ok(place) = types.read_path(at, &it, path) {
                    let _ = (
                        types.integer(&place),
                        types.boolean(&place),
                        types.text(&place),
                    );
                    let _ = (
                        types.address(&place),
                        types.len(&place),
                        types.moment(&place),
                    );
                }
            }
        }
        let _ = types.of_receiver("a/pool.(*Pool)");
        let _ = types.of_receiver("a/pool.(*Pool[...])");
    }

    proptest! {
        #![proptest_config(Config { cases: 128, failure_persistence: None, ..Config::default() })]

        #[test]
        fn damaged_types(damages in vec((any::<Index>(), any::<u8>()), 1..24)) {
            let program = program();
            let mut content = program.descriptors.content().to_vec();
            for (at, byte) in damages {
                let at = at.index(content.len());
                content[at] = byte;
            }
            let memory = Counted { bytes: Bytes::at(TYPES).raw(&content), read: Cell::default() };
            let types = Types::new(&memory, fields(27), vec![program.descriptors.region()]);
            all(&types, program.descriptors.region().span);
            prop_assert!(memory.read.get() < 2_000_000, "{} reads", memory.read.get());
        }

        #[test]
        fn any_bytes(content in vec(any::<u8>(), 0..600), len in any::<u64>()) {
            let memory = Bytes::at(TYPES).raw(&content);
            let span = Span::new(Addr::new(TYPES), len);
            let regions = [None, Some(&content[..])].map(|file| Region { span, file });
            let types = Types::new(&memory, fields(27), regions.to_vec());
            all(&types, Span::new(span.start, 640));
        }
    }
}
