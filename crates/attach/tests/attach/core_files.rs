//! The files of a core, found again, and others refused.

use crate::core_written::{process, thread};
use gopeek_attach::Snapshot;
use gopeek_attach::core::{Contents, Core, FileMapping, Lookup, ProgramError, Segment, write};
use gopeek_layout::Addr;
use gopeek_layout::arch::Arch;
use gopeek_layout::image::Image;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the program was loaded, and what of it is in the core.
const LOADED: u64 = 0x5555_0000_0000;
const PAGE: u64 = 4096;

/// This test's own program.
fn program() -> Vec<u8> {
    fs::read(std::env::current_exe().unwrap()).unwrap()
}

/// A core of a process that ran `program` from `path`: with the page of its headers, or with all of its constant parts.
fn core_of(program: &[u8], path: &Path, whole: bool) -> Core {
    let image = Image::parse(program).unwrap();
    let constant = image.segments().iter().filter(|it| !it.writable);
    let (mut mappings, mut segments) = (Vec::new(), Vec::new());
    for part in constant {
        let skip = part.file_offset % PAGE;
        let start = Addr::new(part.start.get() + LOADED - skip);
        let offset = part.file_offset - skip;
        let end = part.file_offset + part.file_len;
        mappings.push(FileMapping {
            start,
            end: start
                .checked_add((end - offset).next_multiple_of(PAGE))
                .unwrap(),
            offset,
            path: path.to_path_buf(),
        });
        let from = usize::try_from(offset).unwrap();
        let to = usize::try_from(if whole { end } else { offset + PAGE }).unwrap();
        if whole || offset == 0 {
            segments.push(Segment {
                start,
                bytes: &program[from..to],
                mem_len: (to - from) as u64,
                writable: false,
                executable: part.executable,
            });
        }
    }
    let (threads, own) = ([thread(image.arch(), 1, 0)], process());
    let contents = Contents {
        arch: image.arch(),
        threads: &threads,
        process: Some(&own),
        signal: None,
        auxv: &[(9, image.entry().get() + LOADED)],
        mappings: &mappings,
        own: b"",
    };
    let mut bytes = Vec::new();
    write(&mut bytes, &contents, &segments).unwrap();
    Core::from_bytes(bytes).unwrap()
}

/// Likewise, with the path of a file that is gone, and a folder with `file` in it below the same path.
fn elsewhere(file: &[u8], whole: bool) -> (Core, PathBuf, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = PathBuf::from("/gone/bin/server");
    let below = folder.path().join("gone/bin");
    fs::create_dir_all(&below).unwrap();
    fs::write(below.join("server"), file).unwrap();
    (core_of(&program(), &path, whole), path, folder)
}

/// The program of another build: a byte of its code differs, and where it has a build id, that.
fn another() -> Vec<u8> {
    let mut other = program();
    let at = {
        let image = Image::parse(&other).unwrap();
        let code = image.segments().iter().find(|it| it.executable).unwrap();
        usize::try_from(code.file_offset).unwrap()
    };
    other[at + 64] ^= 0xff;
    // NT_GNU_BUILD_ID, behind which comes the id.
    let id = b"\x03\0\0\0GNU\0";
    if let Some(at) = other.windows(id.len()).position(|bytes| bytes == id) {
        other[at + id.len()] ^= 0xff;
    }
    other
}

#[test]
fn the_program_is_found_below_a_sysroot_and_beside_the_core() {
    let (core, path, folder) = elsewhere(&program(), false);
    let bin = folder.path().join("gone/bin");
    let lookups = [
        Lookup {
            sysroot: Some(folder.path()),
            ..Lookup::default()
        },
        Lookup {
            beside: Some(&bin),
            ..Lookup::default()
        },
        Lookup {
            program: Some(&bin.join("server")),
            ..Lookup::default()
        },
    ];
    for lookup in lookups {
        let found = core.code_files(&lookup).unwrap();
        assert!(!found.rebuilt, "{lookup:?}");
        let first = &found.files[0];
        assert_eq!((first.is_program, &first.path), (true, &path));
        assert_eq!((first.start.get(), first.offset), (LOADED, 0));
        assert_eq!(&first.bytes[..], &program()[..]);
    }
}

#[test]
fn another_build_is_refused_by_its_id_or_its_code() {
    let (core, _, folder) = elsewhere(&another(), true);
    let lookup = Lookup {
        sysroot: Some(folder.path()),
        ..Lookup::default()
    };
    let refused = core.code_files(&lookup).unwrap_err();
    assert!(matches!(refused, ProgramError::Other { .. }), "{refused}");
}

#[test]
fn a_program_that_is_nowhere_is_put_together_from_a_core_that_has_it() {
    let lookup = Lookup::default();
    let path = Path::new("/gone/bin/server");
    let without = core_of(&program(), path, false);
    let missing = without.code_files(&lookup).unwrap_err();
    assert!(matches!(missing, ProgramError::Missing { .. }), "{missing}");
    let with = core_of(&program(), path, true);
    let found = with.code_files(&lookup).unwrap();
    assert!(found.rebuilt);
    let (own, put_together) = (program(), &found.files[0].bytes);
    let image = Image::parse(put_together).unwrap();
    for part in image.segments().iter().filter(|part| !part.writable) {
        let from = usize::try_from(part.file_offset).unwrap();
        let to = from + usize::try_from(part.file_len).unwrap();
        assert!(put_together[from..to] == own[from..to], "{:?}", part.start);
    }
}

#[test]
fn a_core_that_names_no_program_needs_to_be_told() {
    let own = program();
    let image = Image::parse(&own).unwrap();
    let (threads, process) = ([thread(image.arch(), 1, 0)], process());
    let contents = Contents {
        arch: image.arch(),
        threads: &threads,
        process: Some(&process),
        signal: None,
        auxv: &[(9, image.entry().get() + LOADED)],
        mappings: &[],
        own: b"",
    };
    let mut bytes = Vec::new();
    write(&mut bytes, &contents, &[]).unwrap();
    let core = Core::from_bytes(bytes).unwrap();
    let unnamed = core.code_files(&Lookup::default()).unwrap_err();
    assert_eq!(unnamed, ProgramError::Unnamed);
    let exe = std::env::current_exe().unwrap();
    let lookup = Lookup {
        program: Some(&exe),
        ..Lookup::default()
    };
    let found = core.code_files(&lookup).unwrap();
    assert_eq!(found.files[0].start.get(), LOADED);
}

/// A program whose build id, if it has one, is the same in all programs.
fn redacted(mut program: Vec<u8>) -> Vec<u8> {
    let id = b"\x03\0\0\0GNU\0";
    if let Some(at) = program.windows(id.len()).position(|bytes| bytes == id) {
        program[at + id.len()..][..20].fill(0);
    }
    program
}

/// What becomes of `file` as the program of a core of `of`; whether it could not be checked, or why it was refused. `held` is
/// what the core has: nothing of the program, its first page, or all that is constant.
fn judged(of: &[u8], held: Option<bool>, file: &[u8]) -> Result<bool, String> {
    let folder = tempfile::tempdir().unwrap();
    let exe = folder.path().join("server");
    fs::write(&exe, file).unwrap();
    let mut core = core_of(of, Path::new("/gone/bin/server"), held == Some(true));
    if held.is_none() {
        core.memory = Snapshot::default();
    }
    let lookup = Lookup {
        program: Some(&exe),
        ..Lookup::default()
    };
    match core.code_files(&lookup) {
        Ok(files) => Ok(files.unchecked),
        Err(ProgramError::Other { why, .. }) => Err(why),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_program_that_no_id_tells_apart_is_compared_or_unchecked() {
    let own = redacted(program());
    assert_eq!(judged(&own, Some(true), &own), Ok(false));
    assert_eq!(judged(&own, Some(false), &own), Ok(true));
    assert_eq!(judged(&own, None, &own), Ok(true));
    // The last byte of its code is another.
    let mut other = own.clone();
    let end = {
        let image = Image::parse(&own).unwrap();
        let code = image.segments().iter().find(|it| it.executable).unwrap();
        usize::try_from(code.file_offset + code.file_len).unwrap()
    };
    other[end - 1] ^= 0xff;
    let differs = judged(&own, Some(true), &other).unwrap_err();
    assert!(differs.contains("bytes differ"), "{differs}");
    assert_eq!(judged(&own, Some(false), &other), Ok(true));
    // Who strips it changes where the sections are, and no more of what is mapped.
    let mut stripped = own.clone();
    stripped[40..48].fill(0);
    stripped[60..64].fill(0);
    assert_eq!(judged(&own, Some(true), &stripped), Ok(false));
}

#[test]
fn a_program_that_would_lie_or_begin_elsewhere_is_another() {
    let own = redacted(program());
    let mut begins = own.clone();
    begins[24] ^= 0x10;
    let differs = judged(&own, None, &begins).unwrap_err();
    assert!(differs.contains("began"), "{differs}");
    // Its code is shorter by two pages.
    let mut shorter = own.clone();
    let count = usize::from(u16::from_le_bytes([own[56], own[57]]));
    let headers = (0..count).map(|index| 64 + 56 * index);
    let mut code = headers.filter(|at| own[*at..][..8] == [1, 0, 0, 0, 5, 0, 0, 0]);
    let at = code.next().unwrap() + 32;
    let len = u64::from_le_bytes(own[at..][..8].try_into().unwrap());
    shorter[at..][..8].copy_from_slice(&(len - 2 * PAGE).to_le_bytes());
    let differs = judged(&own, None, &shorter).unwrap_err();
    assert!(differs.contains("mapped"), "{differs}");
}

#[test]
fn a_program_for_another_machine_is_refused_whatever_its_build_id() {
    let (mut core, _, folder) = elsewhere(&program(), true);
    core.arch = match core.arch {
        Arch::Amd64 => Arch::Arm64,
        Arch::Arm64 => Arch::Amd64,
    };
    let lookup = Lookup {
        sysroot: Some(folder.path()),
        ..Lookup::default()
    };
    for lookup in [lookup, Lookup::default()] {
        let refused = core.code_files(&lookup).unwrap_err();
        assert!(matches!(refused, ProgramError::Other { .. }), "{refused}");
    }
}
