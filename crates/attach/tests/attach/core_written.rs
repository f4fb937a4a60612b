//! Cores that are written, and read back.

use gopeek_attach::core::{
    Contents, Core, CoreProblem, CoreThread, Early, FileMapping, Packer, ProcessNote, Segment,
    Signal, write,
};
use gopeek_layout::arch::Arch;
use gopeek_layout::registers::Registers;
use gopeek_layout::{Addr, Memory};
use std::io::{Cursor, Write};

pub(crate) fn thread(arch: Arch, tid: i32, signal: i32) -> CoreThread {
    let words = u64::try_from(tid).unwrap()..;
    let bytes: Vec<u8> = words.take(40).flat_map(u64::to_le_bytes).collect();
    CoreThread {
        tid,
        registers: Registers::decode(arch, &bytes).unwrap(),
        signal,
    }
}

pub(crate) fn process() -> ProcessNote {
    ProcessNote {
        pid: 4711,
        parent: 1,
        uid: 1000,
        gid: 100,
        name: "server".to_owned(),
        command: "server -listen :80".to_owned(),
    }
}

pub(crate) fn mappings() -> Vec<FileMapping> {
    let mapping = |start: u64, offset, path: &str| FileMapping {
        start: Addr::new(start),
        end: Addr::new(start + 0x2000),
        offset,
        path: path.into(),
    };
    vec![
        mapping(0x40_0000, 0, "/usr/bin/server"),
        mapping(0x40_2000, 0x2000, "/usr/bin/server (deleted)"),
    ]
}

pub(crate) fn segment(start: u64, bytes: &[u8]) -> Segment<'_> {
    Segment {
        start: Addr::new(start),
        bytes,
        mem_len: bytes.len() as u64,
        writable: true,
        executable: false,
    }
}

/// A core of three threads, one of which got SIGSEGV.
pub(crate) fn written(arch: Arch, segments: &[Segment<'_>]) -> Vec<u8> {
    let threads = [
        thread(arch, 4713, 11),
        thread(arch, 4711, 0),
        thread(arch, 4712, 0),
    ];
    let contents = Contents {
        arch,
        threads: &threads,
        process: Some(&process()),
        signal: Some(fault()),
        auxv: &[(9, 0x40_1000), (6, 4096)],
        mappings: &mappings(),
        own: b"what only gopeek reads",
    };
    let mut bytes = Vec::new();
    write(&mut bytes, &contents, segments).unwrap();
    bytes
}

fn fault() -> Signal {
    Signal {
        number: 11,
        code: 1,
        address: Some(Addr::new(0x18)),
    }
}

fn read(core: &Core, at: u64, len: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; len];
    core.memory.read(Addr::new(at), &mut bytes).ok()?;
    Some(bytes)
}

#[test]
fn what_was_written_is_read() {
    for arch in [Arch::Amd64, Arch::Arm64] {
        let more = Segment {
            mem_len: 0x1000,
            ..segment(0x3000, b"front")
        };
        let core = Core::from_bytes(written(arch, &[segment(0x1000, b"stack"), more])).unwrap();
        assert_eq!(core.problems, []);
        assert_eq!(core.arch, arch);
        let threads = [
            thread(arch, 4713, 11),
            thread(arch, 4711, 0),
            thread(arch, 4712, 0),
        ];
        assert_eq!(core.threads, threads);
        assert_eq!(core.process, Some(process()));
        assert_eq!(core.signal, Some(fault()));
        assert_eq!(core.auxv, [(9, 0x40_1000), (6, 4096)]);
        assert_eq!(core.mappings, mappings());
        assert_eq!(core.own.as_deref(), Some(&b"what only gopeek reads"[..]));
        assert_eq!(read(&core, 0x1000, 5).as_deref(), Some(&b"stack"[..]));
        assert_eq!(read(&core, 0x3001, 4).as_deref(), Some(&b"ront"[..]));
        // What is not in the file is not zero, but unknown.
        assert_eq!(read(&core, 0x3004, 2), None);
    }
}

fn of_one_thread<'c>(threads: &'c [CoreThread; 1], own: &'c [u8]) -> Contents<'c> {
    Contents {
        arch: Arch::Amd64,
        threads,
        process: None,
        signal: None,
        auxv: &[],
        mappings: &[],
        own,
    }
}

#[test]
fn what_is_known_early_is_read_with_what_came_later() {
    let threads = [thread(Arch::Amd64, 4711, 0)];
    let mut file = Cursor::new(Vec::new());
    let first = [segment(0x1000, b"stack"), segment(0x3000, b"record")];
    let early = Early::write(&mut file, &of_one_thread(&threads, b"so far"), &first).unwrap();
    let later = of_one_thread(&threads, b"all that only gopeek reads");
    let more = [segment(0x2000, b"sudog"), segment(0x4000, b"lock")];
    let len = early.finish(&mut file, &later, &more).unwrap();
    let file = file.into_inner();
    assert_eq!(len, Some(file.len() as u64));
    let core = Core::from_bytes(file).unwrap();
    assert_eq!(core.problems, []);
    assert_eq!(core.threads, threads);
    assert_eq!(core.own.as_deref(), Some(later.own));
    for of in first.iter().chain(&more) {
        let found = read(&core, of.start.get(), of.bytes.len());
        assert_eq!(found.as_deref(), Some(of.bytes));
    }
}

#[test]
fn where_the_room_in_front_does_not_suffice_that_is_said() {
    let threads = [thread(Arch::Amd64, 4711, 0)];
    let mut file = Cursor::new(Vec::new());
    let contents = of_one_thread(&threads, b"");
    let early = Early::write(&mut file, &contents, &[segment(0x1000, b"stack")]).unwrap();
    let more: Vec<_> = (2..3000u64).map(|at| segment(at << 12, b"more")).collect();
    assert_eq!(early.finish(&mut file, &contents, &more).unwrap(), None);
}

#[test]
fn more_segments_than_a_file_header_can_count() {
    for count in [65_533usize, 65_534, 65_535, 65_536, 300_000] {
        let bytes: Vec<[u8; 8]> = (0..count as u64).map(u64::to_le_bytes).collect();
        let segments: Vec<Segment<'_>> = bytes
            .iter()
            .enumerate()
            .map(|(index, bytes)| segment(0x1_0000 + 32 * index as u64, bytes))
            .collect();
        let core = Core::from_bytes(written(Arch::Amd64, &segments)).unwrap();
        assert_eq!(core.problems, []);
        assert_eq!(core.memory.spans().count(), count);
        let last = count as u64 - 1;
        let found = read(&core, 0x1_0000 + 32 * last, 8);
        assert_eq!(found.as_deref(), Some(&last.to_le_bytes()[..]));
    }
}

#[test]
fn segments_that_overlap_are_read_as_the_first_one_says() {
    let segments = [
        segment(0x1004, b"first"),
        segment(0x1000, b"second one"),
        segment(u64::MAX - 3, b"behind the end"),
    ];
    let core = Core::from_bytes(written(Arch::Amd64, &segments)).unwrap();
    assert_eq!(read(&core, 0x1000, 10).as_deref(), Some(&b"secofirste"[..]));
    let expected = [CoreProblem::BeyondMemory(1), CoreProblem::Overlap(5)];
    assert_eq!(core.problems, expected);
}

#[test]
fn what_was_packed_is_read() {
    let stack = b"a goroutine's stack".repeat(100_000);
    let plain = written(Arch::Arm64, &[segment(0x1000, &stack)]);
    let mut to = Packer::new(Vec::new()).unwrap();
    to.write_all(&plain).unwrap();
    let packed = to.finish().unwrap();
    assert!(packed.len() < plain.len() / 100);
    let core = Core::from_bytes(packed.clone()).unwrap();
    assert_eq!(core.problems, []);
    assert_eq!(core.threads.len(), 3);
    assert_eq!(read(&core, 0x1000, stack.len()), Some(stack));
    // Of one that breaks off, what came is read.
    let packed = packed[..packed.len() - 5].to_vec();
    let broken = Core::from_bytes(packed).unwrap();
    assert_eq!(broken.threads.len(), 3);
    assert!(matches!(
        broken.problems[0],
        CoreProblem::Unpacked { came, .. } if came <= plain.len() as u64
    ));
}
