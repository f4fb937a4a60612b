//! Files with the DWARF of other files, found where distributions put them, below a target's root.
//!
//! It is **not for** telling whether such a file fits: that is in its bytes.

use crate::files::{FileBytes, code};
use crate::open::below;
use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Where debug files are kept.
const DEBUG: &str = "usr/lib/debug";

/// The debug file of the file `of`, a path below the folder `root`: by `build_id`, else by the name `link` that it
/// was told.
#[must_use]
pub fn debug_file(
    root: &Path,
    of: &Path,
    build_id: Option<&[u8]>,
    link: Option<&[u8]>,
) -> Option<FileBytes> {
    let candidates = candidates(of, build_id, link);
    let mut files = candidates.iter().filter_map(|path| below(root, path).ok());
    files.find_map(|file| code(&file).ok())
}

fn candidates(of: &Path, build_id: Option<&[u8]>, link: Option<&[u8]>) -> Vec<PathBuf> {
    let mut candidates = Vec::new();
    if let Some((first, rest)) = build_id.and_then(<[u8]>::split_first)
        && !rest.is_empty()
    {
        let folder = format!("{DEBUG}/.build-id/{first:02x}");
        let mut name = String::new();
        for byte in rest {
            let _ = write!(name, "{byte:02x}");
        }
        candidates.push(Path::new(&folder).join(name + ".debug"));
    }
    let folder = of.strip_prefix("/").unwrap_or(of).parent();
    // The name comes out of a file: it may be a name only, not a way to somewhere else.
    let name = link.filter(|name| !name.contains(&b'/') && ![&b".."[..], b".", b""].contains(name));
    if let (Some(folder), Some(name)) = (folder, name.map(OsStr::from_bytes)) {
        candidates.push(folder.join(name));
        candidates.push(folder.join(".debug").join(name));
        candidates.push(Path::new(DEBUG).join(folder).join(name));
    }
    // The file itself is no debug file of its own.
    let own = of.strip_prefix("/").unwrap_or(of);
    candidates.retain(|path| path != own);
    candidates
}

#[cfg(test)]
mod tests {
    use super::{candidates, debug_file};
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    #[test]
    fn the_build_id_comes_first_then_the_link_by_its_folders() {
        let found = candidates(
            Path::new("/opt/lib/x.so"),
            Some(&[0xab, 0xcd, 0x01]),
            Some(b"x.so.debug"),
        );
        let expected = [
            "usr/lib/debug/.build-id/ab/cd01.debug",
            "opt/lib/x.so.debug",
            "opt/lib/.debug/x.so.debug",
            "usr/lib/debug/opt/lib/x.so.debug",
        ];
        assert_eq!(found, expected.map(Path::new));
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_none() {
        for link in [&b"../../etc/shadow"[..], b"/etc/shadow", b"..", b""] {
            let found = candidates(Path::new("/opt/lib/x.so"), Some(&[1]), Some(link));
            assert!(found.is_empty(), "{found:?}");
        }
        let own = candidates(Path::new("/opt/x.so"), None, Some(b"x.so"));
        assert!(!own.contains(&Path::new("opt/x.so").to_path_buf()));
    }

    #[test]
    fn links_stay_below_the_root() {
        let root = std::env::temp_dir().join(format!("gopeek-debug-{}", std::process::id()));
        fs::create_dir_all(root.join("opt")).unwrap();
        fs::write(root.join("target"), b"inside").unwrap();
        symlink("/target", root.join("opt/x.debug")).unwrap();
        symlink("/etc/passwd", root.join("opt/y.debug")).unwrap();
        let inside = debug_file(&root, Path::new("/opt/x.so"), None, Some(b"x.debug"));
        assert_eq!(inside.as_deref(), Some(&b"inside"[..]));
        let outside = debug_file(&root, Path::new("/opt/y.so"), None, Some(b"y.debug"));
        assert!(outside.is_none());
        fs::remove_dir_all(&root).unwrap();
    }
}
