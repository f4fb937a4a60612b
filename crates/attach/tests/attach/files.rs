//! The files that a target runs code from.

use crate::target::{Target, span, wait_until};
use gopeek_attach::capture::capture_running;
use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::{Command, Stdio};

#[test]
fn the_program_comes_first_and_its_libraries_follow() {
    let target = Target::cat();
    let files = target.open().code_files().unwrap();
    let programs: Vec<_> = files.iter().map(|file| file.is_program).collect();
    assert!(programs[0]);
    assert!(programs[1..].iter().all(|is_program| !is_program));
    let exe = fs::read(format!("/proc/{}/exe", target.pid())).unwrap();
    assert!(*files[0].bytes == exe[..]);
    let paths: HashSet<_> = files.iter().map(|file| &file.path).collect();
    assert_eq!(paths.len(), files.len(), "each once");
}

#[test]
fn each_file_begins_as_its_first_mapping_does() {
    let target = Target::cat();
    let process = target.open();
    let files = process.code_files().unwrap();
    let spans = || files.iter().map(|file| span(file.start.get(), 16));
    let mut wave: Vec<_> = spans().collect();
    let captured = capture_running(&process, &[], |_| std::mem::take(&mut wave)).unwrap();
    for (file, span) in files.iter().zip(spans()) {
        let offset = usize::try_from(file.offset).unwrap();
        let mapped = captured.snapshot.slice(span);
        assert_eq!(
            mapped,
            file.bytes.get(offset..offset + 16),
            "{:?}",
            file.path
        );
    }
}

/// A copy of a program under a name of its own.
fn copy_of_cat(name: &str) -> PathBuf {
    let copy = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let cat = ["/bin/cat", "/usr/bin/cat"].map(PathBuf::from);
    let cat = cat.iter().find(|path| path.exists()).expect("cat");
    fs::copy(cat, &copy).unwrap();
    copy
}

/// Starts a program that was just written: another test's child may have it open until it calls exec.
fn start(program: &PathBuf) -> Target {
    wait_until("no longer busy", || {
        let mut command = Command::new(program);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        match child {
            Ok(mut child) => child.wait().is_ok(),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ExecutableFileBusy);
                false
            }
        }
    });
    Target::echoing(&mut Command::new(program))
}

#[test]
fn a_program_that_was_deleted_or_replaced_since_is_found_all_the_same() {
    for replaced in [false, true] {
        let program = copy_of_cat(&format!("cat-replaced-{replaced}"));
        let expected = fs::read(&program).unwrap();
        let mut target = start(&program);
        fs::remove_file(&program).unwrap();
        if replaced {
            fs::write(&program, b"something else").unwrap();
        }
        let process = target.open();
        let files = process.code_files().unwrap();
        assert!(files[0].is_program);
        assert!(*files[0].bytes == expected[..], "replaced: {replaced}");
        process.confirm().unwrap();
        target.echoes();
    }
}
