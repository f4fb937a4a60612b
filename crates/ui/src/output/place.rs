//! Decides whether gopeek may write to a path, without opening what a stranger may have put there.
//!
//! gopeek may run as root, and its output shows another process's memory. A pipe, a socket, a device or a link at the path
//! would hand that to whoever made it.

use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, major, minor, open};
use rustix::io::Errno;
use rustix::process::geteuid;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Devices that hand the bytes to nobody else, by their numbers: null, full, our own terminal, and a new one.
const HARMLESS: [(u32, u32); 4] = [(1, 3), (1, 7), (5, 0), (5, 2)];
/// Names of our standard output.
const STDOUT: [&str; 3] = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
/// Folders of our own open files.
const OWN_FILES: [&str; 2] = ["/dev/fd", "/proc/self/fd"];

/// What a path names.
#[derive(Debug)]
pub(super) enum Place {
    /// Our standard output.
    Stdout,
    /// Something that is open already, or a device that keeps nothing.
    Open(File),
    /// Nothing yet.
    Free,
    /// A regular file that may be replaced.
    Taken,
    /// Something that is not written to, and why.
    Refused(String),
}

/// Finds out what `path` names. Follows no link at its end, and opens only what is harmless to write to.
///
/// # Errors
/// Whatever the kernel answers.
pub(super) fn look(path: &Path) -> io::Result<Place> {
    if STDOUT.iter().any(|name| path == Path::new(name)) {
        return Ok(Place::Stdout);
    }
    if is_own_file(path) {
        return reopen(path.to_owned());
    }
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let found = match open(path, flags, Mode::empty()) {
        Ok(found) => found,
        Err(Errno::NOENT) => return Ok(Place::Free),
        Err(error) => return Err(error.into()),
    };
    let stat = fstat(&found)?;
    let what = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => return owned(path, &stat),
        FileType::CharacterDevice if is_harmless(&stat) => {
            return reopen(format!("/proc/self/fd/{}", found.as_raw_fd()).into());
        }
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        FileType::Directory => "a folder",
        _ => "a device",
    };
    Ok(Place::Refused(format!("it is {what}, not a regular file")))
}

fn is_own_file(path: &Path) -> bool {
    let number = path.file_name().and_then(|name| name.to_str());
    let folder = path.parent();
    number.is_some_and(|name| name.parse::<u32>().is_ok())
        && OWN_FILES.iter().any(|own| folder == Some(Path::new(own)))
        || path == Path::new("/dev/stderr")
}

fn reopen(path: PathBuf) -> io::Result<Place> {
    OpenOptions::new().append(true).open(path).map(Place::Open)
}

fn is_harmless(stat: &Stat) -> bool {
    HARMLESS.contains(&(major(stat.st_rdev), minor(stat.st_rdev)))
}

/// A file of somebody else's is replaced only where its folder is theirs, too: not in /tmp. That is the kernel's own rule
/// (fs.protected_regular).
fn owned(path: &Path, stat: &Stat) -> io::Result<Place> {
    if stat.st_uid == geteuid().as_raw() || folder_of(path).metadata()?.uid() == stat.st_uid {
        return Ok(Place::Taken);
    }
    let uid = stat.st_uid;
    Ok(Place::Refused(format!("the file belongs to uid {uid}")))
}

/// The folder that a path is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::{Place, look};
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::path::Path;

    fn is_refused(path: &Path) -> bool {
        matches!(look(path), Ok(Place::Refused(_)))
    }

    #[test]
    fn pipes_sockets_links_and_folders_are_refused() {
        let folder = std::env::temp_dir().join(format!("gopeek-place-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let at = |name: &str| folder.join(name);
        // A pipe without a reader would block whoever opens it.
        mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        symlink("/dev/null", at("to-device")).unwrap();
        symlink("nowhere", at("to-nothing")).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        for name in ["pipe", "to-device", "to-nothing", "socket", "."] {
            assert!(is_refused(&at(name)), "{name}");
        }
        assert!(matches!(look(&at("new")), Ok(Place::Free)));
        std::fs::write(at("old"), "").unwrap();
        assert!(matches!(look(&at("old")), Ok(Place::Taken)));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_ours_or_keeps_nothing_is_open() {
        assert!(matches!(look(Path::new("/dev/null")), Ok(Place::Open(_))));
        assert!(matches!(look(Path::new("/dev/full")), Ok(Place::Open(_))));
        assert!(matches!(look(Path::new("/dev/stdout")), Ok(Place::Stdout)));
        assert!(is_refused(Path::new("/dev/zero")));
    }
}
