//! Cores that others write: gdb's, and the kernel's. Each test skips where there is none, and says why.

use crate::core_written::{segment, thread, written};
use crate::target::{Target, wait_until};
use gopeek_attach::Process;
use gopeek_attach::core::{Core, is_core};
use gopeek_layout::arch::Arch;
use gopeek_layout::mem::read_bytes;
use gopeek_layout::{Addr, Memory, Span};
use nix::sys::signal::Signal;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// What gdb here reads.
const HERE: Arch = if cfg!(target_arch = "aarch64") {
    Arch::Arm64
} else {
    Arch::Amd64
};
/// What gdb calls the pc, the stack pointer and a register that calls keep, and DWARF's number of that.
const NAMES: ([&str; 3], u16) = if cfg!(target_arch = "aarch64") {
    (["pc", "sp", "x19"], 19)
} else {
    (["rip", "rsp", "rbx"], 3)
};

/// gdb's core of `target`, and the registers that it found, by thread.
fn gcore(target: &Target, folder: &TempDir) -> Option<(PathBuf, BTreeMap<i32, [u64; 3]>)> {
    let path = folder.path().join("gcore");
    let names = NAMES.0.join(" ");
    let output = Command::new("gdb")
        .args(["-nx", "-batch", "-p", &target.pid().to_string()])
        .args(["-ex", &format!("generate-core-file {}", path.display())])
        .args(["-ex", &format!("thread apply all info registers {names}")])
        .output();
    let Ok(output) = output else {
        eprintln!("skipped: no gdb");
        return None;
    };
    if !path.exists() {
        eprintln!("skipped: gdb may not trace here: {output:?}");
        return None;
    }
    let mut registers: BTreeMap<i32, [u64; 3]> = BTreeMap::new();
    let mut tid = target.pid().as_raw();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        // Thread 2 (Thread 0x7f2af43ff6c0 (LWP 17) "test"):
        if let Some((_, rest)) = line.split_once("(LWP ").filter(|_| line.ends_with(':')) {
            tid = rest.split_once(')').unwrap().0.parse().unwrap();
        }
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or_default();
        if let Some(index) = NAMES.0.iter().position(|one| *one == name) {
            let value = words.next().unwrap().trim_start_matches("0x");
            registers.entry(tid).or_default()[index] = u64::from_str_radix(value, 16).unwrap();
        }
    }
    Some((path, registers))
}

#[test]
fn gdbs_core_has_the_memory_and_registers_that_gdb_saw() {
    let (target, ready) = Target::helper("known_bytes");
    let folder = tempfile::tempdir().unwrap();
    let Some((path, registers)) = gcore(&target, &folder) else {
        return;
    };
    assert!(is_core(&path));
    let core = Core::open(&path).unwrap();
    assert_eq!(core.problems, []);
    assert_eq!(core.threads.len(), registers.len());
    for thread in &core.threads {
        let here = &thread.registers;
        let found = [
            here.pc().get(),
            here.sp().get(),
            here.dwarf(NAMES.1).unwrap(),
        ];
        assert_eq!(
            Some(&found),
            registers.get(&thread.tid),
            "thread {}",
            thread.tid
        );
    }
    let process = target.open();
    let at = Addr::new(ready.parse().unwrap());
    let len = crate::helper::PATTERN_LEN;
    assert!(read_bytes(&core.memory, at, len) == read_bytes(&process, at, len));
    // The stacks, of threads that wait.
    for thread in &core.threads {
        let sp = thread.registers.sp();
        let stack = read_bytes(&core.memory, sp, 512).unwrap();
        assert_eq!(stack, read_bytes(&process, sp, 512).unwrap());
    }
    let note = core.process.expect("what process it is");
    assert_eq!(note.pid, target.pid().as_raw());
    assert!(same_program(&process, &core.mappings[0].path));
    // getauxval's AT_PAGESZ.
    assert!(
        core.auxv
            .iter()
            .any(|(kind, size)| *kind == 6 && *size >= 4096)
    );
}

fn same_program(process: &Process, path: &Path) -> bool {
    process.code_files().unwrap()[0].path == path
}

/// The core that the kernel writes of a process that `signal` ends, with such parts as `filter` says (core(5)).
fn killed(folder: &Path, filter: &str, signal: Signal) -> Option<(Core, Target, Vec<Span>)> {
    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap();
    if pattern.contains(['|', '/', '@']) {
        eprintln!("skipped: cores are not written to the folder: {pattern}");
        return None;
    }
    let script =
        format!("ulimit -c unlimited && echo {filter} >/proc/self/coredump_filter && exec cat");
    let mut target = Target::echoing(Command::new("sh").args(["-c", &script]).current_dir(folder));
    wait_until("asleep", || target.state() == 'S');
    let maps = target.maps();
    let spans = maps.iter().map(|map| {
        let (start, end) = map.address;
        Span::new(Addr::new(start), end - start)
    });
    let spans = spans.collect();
    target.signal(signal);
    target.reap();
    let file = std::fs::read_dir(folder).unwrap().flatten().next();
    let core = Core::open(&file.expect("a core").path()).unwrap();
    Some((core, target, spans))
}

#[test]
fn the_kernels_core_is_read_whatever_is_left_out_of_it() {
    for (filter, has_memory) in [("0x0", false), ("0x33", true), ("0x7f", true)] {
        let folder = tempfile::tempdir().unwrap();
        let Some((core, target, spans)) = killed(folder.path(), filter, Signal::SIGABRT) else {
            return;
        };
        assert_eq!(core.problems, [], "filter {filter}");
        let pid = target.pid().as_raw();
        assert_eq!(core.threads[0].tid, pid);
        assert_eq!(core.threads[0].signal, Signal::SIGABRT as i32);
        assert_eq!(
            core.signal.expect("a signal").number,
            Signal::SIGABRT as i32
        );
        let process = core.process.expect("what process it was");
        assert_eq!((process.pid, process.name.as_str()), (pid, "cat"));
        assert_eq!(process.command, "cat");
        assert!(core.mappings.iter().any(|one| one.path.ends_with("cat")));
        let sp = core.threads[0].registers.sp();
        assert_eq!(core.memory.read(sp, &mut [0; 64]).is_ok(), has_memory);
        // All that is there was mapped.
        for span in core.memory.spans() {
            let mut at = span.start;
            while let Some(of) = spans.iter().find(|of| of.contains(at)) {
                at = of.end().unwrap();
            }
            assert!(at >= span.end().unwrap(), "{span:?} was not mapped");
        }
    }
}

#[test]
fn a_core_without_memory_still_has_its_threads() {
    let folder = tempfile::tempdir().unwrap();
    let Some((core, ..)) = killed(folder.path(), "0x0", Signal::SIGSEGV) else {
        return;
    };
    assert_eq!(core.threads.len(), 1);
    // Sent by another process: it is about no address.
    let signal = core.signal.expect("a signal");
    assert_eq!((signal.number, signal.address), (11, None));
    assert!(core.memory.spans().map(|span| span.len).sum::<u64>() < 1 << 20);
}

#[test]
fn what_is_no_core_is_told_from_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let program = std::env::current_exe().unwrap();
    for (path, why) in [
        (program, "an ELF file, but not a core"),
        (file("empty", b""), "not an ELF file"),
        (file("text", b"goroutine 1 [running]:"), "not an ELF file"),
        (
            file("bzip2", b"BZh91AYmore"),
            "packed by bzip2; unpack it first",
        ),
        (file("xz", b"\xfd7zXZ\0more"), "cannot unpack the core"),
        (file("gzip", b"\x1f\x8bmore"), "cannot unpack the core"),
        (
            file("front", b"\x7fELF\x02\x01\x01"),
            "cut off before any thread or memory",
        ),
    ] {
        assert!(!is_core(&path), "{}", path.display());
        assert_eq!(Core::open(&path).unwrap_err().to_string(), why);
    }
    let bits32 = [b"\x7fELF\x01\x01\x01".as_slice(), &[0; 9], &[4, 0, 3, 0]].concat();
    let path = file("32", &bits32);
    assert!(is_core(&path));
    assert_eq!(
        Core::open(&path).unwrap_err().to_string(),
        "a core of a 32-bit process"
    );
    assert!(!is_core(Path::new("/proc/self")));
}

#[test]
fn gdb_reads_what_was_written() {
    for count in [3usize, 70_000] {
        let words: Vec<[u8; 8]> = (0..count as u64).map(u64::to_le_bytes).collect();
        let at = |index: usize| 0x10_0000 + 32 * index as u64;
        let segments: Vec<_> = words
            .iter()
            .enumerate()
            .map(|(index, word)| segment(at(index), word))
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("core");
        std::fs::write(&path, written(HERE, &segments)).unwrap();
        let output = Command::new("gdb")
            .args(["-nx", "-batch", "-core"])
            .arg(&path)
            .args(["-ex", "printf \"signal %d\\n\", $_siginfo.si_signo"])
            .args([
                "-ex",
                &format!("printf \"last %d\\n\", *(long*){}", at(count - 1)),
            ])
            .args(["-ex", "thread apply all printf \"pc %d\\n\", $pc"])
            .output();
        let Ok(output) = output else {
            eprintln!("skipped: no gdb");
            return;
        };
        let text = String::from_utf8_lossy(&output.stdout);
        let said = |what: &str| {
            let lines = text.lines().filter_map(|line| line.strip_prefix(what));
            lines
                .map(|number| number.parse().unwrap())
                .collect::<Vec<u64>>()
        };
        assert_eq!(said("signal "), [11], "{output:?}");
        assert_eq!(said("last "), [count as u64 - 1], "{output:?}");
        let pc = |tid| thread(HERE, tid, 0).registers.pc().get();
        // The last thread comes first.
        assert_eq!(said("pc "), [4712, 4711, 4713].map(pc), "{output:?}");
        assert!(text.contains("server -listen :80"), "{output:?}");
    }
}
