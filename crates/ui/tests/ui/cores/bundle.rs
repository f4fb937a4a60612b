//! `--bundle` over saved cores: the parts are what the formats print, however they are packed.

use super::folder::Folder;
use super::shelf;
use crate::bundle::unpack;
use crate::json::complaints;
use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};

const CORE: &str = "hang.core.zst";

fn folder() -> Folder {
    Folder::unpack(&shelf().join("1.26/amd64")).unwrap()
}

/// The parts, by name, without the folder that they lie in.
fn parts(archive: impl Read) -> BTreeMap<String, Vec<u8>> {
    let files = unpack(archive).into_iter();
    files
        .map(|(name, bytes)| (name.split_once('/').unwrap().1.to_owned(), bytes))
        .collect()
}

#[test]
fn the_parts_are_what_the_formats_print_however_they_are_packed() {
    let folder = folder();
    let printed = |arguments: &[&str]| folder.end(&[arguments, &[CORE]].concat()).stdout;
    for name in ["hang.tar", "hang.tar.gz", "hang.tar.zst"] {
        let ended = folder.end(&["--bundle", name, CORE]);
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(0), "{said}");
        assert!(ended.stdout.is_empty());
        let path = folder.place(name);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let file = File::open(path).unwrap();
        let parts = match name {
            "hang.tar.gz" => parts(GzDecoder::new(file)),
            "hang.tar.zst" => parts(zstd::Decoder::new(file).unwrap()),
            _ => parts(file),
        };
        assert_eq!(parts["dump.txt"], printed(&["--format=stack"]));
        assert_eq!(parts["goroutines.pprof"], printed(&["--format=pprof"]));
        assert_eq!(parts["folded.txt"], printed(&["--format=folded"]));
        assert_eq!(parts["threads.txt"], printed(&["--threads"]));
        // Of these no two looks are the same: they say how long they took.
        let json = std::str::from_utf8(&parts["report.json"]).unwrap();
        assert_eq!(complaints(json), [""; 0]);
        let text = std::str::from_utf8(&parts["report.txt"]).unwrap();
        assert!(text.contains("\nVERDICT  "), "{text}");
        assert_eq!(parts.len(), 6);
    }
}

#[test]
fn a_bundle_that_is_there_stays_and_one_that_cannot_be_written_is_told() {
    let folder = folder();
    let path = folder.place("hang.tar");
    fs::write(&path, "precious").unwrap();
    let refused = folder.end(&["--bundle", "hang.tar", CORE]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--force"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    let forced = folder.end(&["--bundle", "hang.tar", "--force", CORE]);
    assert_eq!(forced.status.code(), Some(0));
    assert_eq!(parts(File::open(&path).unwrap()).len(), 6);

    // A link, which may lead to somebody else's device or file.
    symlink("/dev/full", folder.place("link.tar")).unwrap();
    let link = folder.end(&["--bundle", "link.tar", "--force", CORE]);
    assert_eq!(link.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&link.stderr).contains("symbolic link"));
    // A disk that is full.
    let full = folder.end(&["--format=stack", "-o", "/dev/full", CORE]);
    assert_eq!(full.status.code(), Some(1));
    for wrong in [
        &["--bundle", "hang.zip"][..],
        &["--bundle", "x.tar", "--json"],
        &["--bundle", "x.tar", "-g", "1"],
        &["--force"],
    ] {
        let ended = folder.end(&[wrong, &[CORE]].concat());
        assert_eq!(ended.status.code(), Some(2), "{wrong:?}");
    }
    assert!(!folder.place("x.tar").exists());
}
