//! The one place that opens files whose path or folder a stranger chose.
//!
//! A pipe there would make us wait, a device might act on being opened, and a link might lead out of a target's root into
//! ours. So a file is found without being opened (`O_PATH`), looked at, and opened only if it is a regular one.

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fstat, open, openat, openat2, readlinkat};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

/// Maximum number of links followed on one path, as the kernel has it.
const MAX_LINKS: usize = 40;
/// Maximum number of parts of one path, those of links included.
const MAX_PARTS: usize = 4096;

/// Opens a regular file for reading, by a path in our own root.
///
/// # Errors
/// Whatever the kernel answers; `InvalidInput` for what is no regular file.
pub(crate) fn regular(path: &Path) -> io::Result<File> {
    reopen(&open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?)
}

/// Opens a regular file for reading, by a path below the folder `root`, which neither links nor `..` leave.
///
/// # Errors
/// What the kernel answers, and `InvalidInput` for what is no regular file.
pub(crate) fn below(root: &Path, path: &Path) -> io::Result<File> {
    let flags = OFlags::PATH | OFlags::CLOEXEC | OFlags::DIRECTORY;
    let root = open(root, flags, Mode::empty())?;
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    match openat2(&root, path, flags, Mode::empty(), resolve) {
        Ok(found) => reopen(&found),
        // A kernel before 5.6, or a filter that does not know the call.
        Err(Errno::NOSYS | Errno::PERM) => reopen(&walk(&root, path)?),
        Err(error) => Err(error.into()),
    }
}

/// Opens what was found, if it is a regular file.
fn reopen(found: &OwnedFd) -> io::Result<File> {
    if FileType::from_raw_mode(fstat(found)?.st_mode) != FileType::RegularFile {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file",
        ));
    }
    let path = format!("/proc/self/fd/{}", found.as_raw_fd());
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    Ok(File::from(open(path, flags, Mode::empty())?))
}

/// Finds a path below `root` part by part.
fn walk(root: &OwnedFd, path: &Path) -> io::Result<OwnedFd> {
    let mut parts = parts(path.as_os_str());
    // The folders on the way, below the root.
    let mut way: Vec<OwnedFd> = Vec::new();
    let (mut links, mut steps) = (0, 0);
    while let Some(part) = parts.pop_front() {
        steps += 1;
        if steps > MAX_PARTS {
            return Err(Errno::NAMETOOLONG.into());
        }
        if part == ".." {
            way.pop();
            continue;
        }
        let folder = way.last().map_or(root.as_fd(), AsFd::as_fd);
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let found = openat(folder, &part, flags, Mode::empty())?;
        if FileType::from_raw_mode(fstat(&found)?.st_mode) != FileType::Symlink {
            way.push(found);
            continue;
        }
        links += 1;
        if links > MAX_LINKS {
            return Err(Errno::LOOP.into());
        }
        let target = readlinkat(&found, "", Vec::new())?.into_bytes();
        if target.starts_with(b"/") {
            way.clear();
        }
        for part in self::parts(OsStr::from_bytes(&target)).into_iter().rev() {
            parts.push_front(part);
        }
    }
    way.pop().ok_or_else(|| Errno::ISDIR.into())
}

/// The parts of a path, without those that mean nothing.
fn parts(path: &OsStr) -> VecDeque<OsString> {
    let parts = path.as_bytes().split(|byte| *byte == b'/');
    let parts = parts.filter(|part| !part.is_empty() && *part != b".");
    parts
        .map(|part| OsString::from_vec(part.to_vec()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{below, regular, reopen, walk};
    use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, open};
    use std::fs::{self, File};
    use std::io::{self, Read};
    use std::os::unix::fs::symlink;
    use std::path::Path;

    fn text(file: io::Result<File>) -> Option<String> {
        let mut text = String::new();
        file.ok()?.read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// As [`below`] opens it where the kernel has no openat2.
    fn walked(root: &Path, path: &str) -> io::Result<File> {
        let root = open(root, OFlags::PATH, Mode::empty())?;
        reopen(&walk(&root, Path::new(path))?)
    }

    #[test]
    fn links_stay_below_the_root_and_only_regular_files_are_opened() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::create_dir_all(at("lib/x")).unwrap();
        fs::write(at("null"), "inside").unwrap();
        fs::write(at("lib/file"), "file").unwrap();
        symlink("/null", at("lib/absolute")).unwrap();
        symlink("../../../../lib/file", at("lib/x/up")).unwrap();
        symlink("loop", at("loop")).unwrap();
        symlink("/dev/null", at("outside")).unwrap();
        mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        let expected = [
            ("lib/absolute", Some("inside")),
            ("/lib/x/up", Some("file")),
            ("lib/./x/../file", Some("file")),
            ("loop", None),
            ("outside", None),
            ("pipe", None),
            ("lib", None),
            ("lib/file/none", None),
            ("..", None),
        ];
        for (path, content) in expected {
            let found = text(below(root.path(), Path::new(path)));
            assert_eq!(found.as_deref(), content, "{path}");
            let found = text(walked(root.path(), path));
            assert_eq!(found.as_deref(), content, "{path}, walked");
        }
        assert!(regular(&at("pipe")).is_err());
        assert!(regular(Path::new("/dev/zero")).is_err());
        assert_eq!(text(regular(&at("lib/file"))).as_deref(), Some("file"));
    }
}
