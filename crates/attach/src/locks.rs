//! Who has locked a file that a thread waits to lock: flock(2), fcntl(2).
//!
//! The kernel lists the locks of the whole machine in /proc/locks, by device and inode. Which these are of a descriptor is in
//! /proc too, so that nothing is opened, and a file system that does not answer is not asked.

use crate::process::Process;
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Bytes of a file of /proc that are read.
const MAX_TEXT: u64 = 1 << 20;
/// Holders that are told.
const MAX_HOLDERS: usize = 4;

/// A process that has locked a file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LockHolder {
    /// Its pid.
    pub pid: i32,
    /// Its name, as the kernel has it: 15 bytes at most.
    pub name: String,
}

/// A file, as /proc/locks has it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
struct FileId {
    major: u32,
    minor: u32,
    inode: u64,
}

impl Process {
    /// The processes that have locked what the descriptor `fd` of the thread `tid` is open on. A lock that a process outside
    /// gopeek's own pid namespace has is not seen, nor is the owner of an open file description lock.
    #[must_use]
    pub fn lock_holders(&self, tid: Pid, fd: u64) -> Vec<LockHolder> {
        let folder = format!("/proc/{}/task/{tid}", self.pid());
        let file = || {
            let info = text(format!("{folder}/fdinfo/{fd}").as_ref())?;
            file_of(&info, &text(format!("{folder}/mountinfo").as_ref())?)
        };
        let Some(file) = file() else {
            return Vec::new();
        };
        let locks = text("/proc/locks".as_ref()).unwrap_or_default();
        let pids = holders(&locks, file).into_iter();
        let named = pids.filter_map(|pid| {
            let name = text(format!("/proc/{pid}/comm").as_ref())?;
            let name = name.trim_end().to_owned();
            Some(LockHolder { pid, name })
        });
        named.take(MAX_HOLDERS).collect()
    }
}

fn text(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(MAX_TEXT).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The file of a descriptor, by its `fdinfo` and the mounts of its thread (`proc_pid_fdinfo(5)`, `proc_pid_mountinfo(5)`).
fn file_of(info: &str, mounts: &str) -> Option<FileId> {
    let field = |name: &str| info.lines().find_map(|line| line.strip_prefix(name));
    let mount = field("mnt_id:")?.trim();
    let inode = field("ino:")?.trim().parse().ok()?;
    let device = mounts.lines().find_map(|line| {
        let mut words = line.split(' ');
        let is_it = words.next() == Some(mount);
        words.nth(1).filter(|_| is_it)
    });
    let (major, minor) = device?.split_once(':')?;
    Some(FileId {
        major: major.parse().ok()?,
        minor: minor.parse().ok()?,
        inode,
    })
}

/// The processes that have locked a file, by `/proc/locks` (`proc_locks(5)`): `1: FLOCK  ADVISORY  WRITE 359 08:01:1312 0 EOF`,
/// with `->` in front of `FLOCK` where it is a wait.
fn holders(locks: &str, file: FileId) -> Vec<i32> {
    let mut found = Vec::new();
    for line in locks.lines() {
        let words: Vec<&str> = line.split_whitespace().take(6).collect();
        let [_, kind, _, _, pid, id] = words[..] else {
            continue;
        };
        let pid = pid.parse::<i32>().ok().filter(|pid| *pid > 0);
        if let Some(pid) = pid.filter(|_| kind != "->" && parse(id) == Some(file))
            && !found.contains(&pid)
        {
            found.push(pid);
        }
    }
    found
}

/// `fe:00:1312`: the device in hexadecimal.
fn parse(id: &str) -> Option<FileId> {
    let mut parts = id.split(':');
    let hex = |part: &str| u32::from_str_radix(part, 16).ok();
    Some(FileId {
        major: hex(parts.next()?)?,
        minor: hex(parts.next()?)?,
        inode: parts.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::{FileId, file_of, holders};
    use crate::process::Process;
    use nix::unistd::Pid;
    use rustix::fs::{FlockOperation, flock};
    use std::os::fd::AsRawFd;

    const FILE: FileId = FileId {
        major: 254,
        minor: 0,
        inode: 1312,
    };

    #[test]
    fn the_file_of_a_descriptor() {
        let mounts =
            "23 28 0:22 / /proc rw - proc proc rw\n24 28 254:0 / / rw - ext4 /dev/root rw\n";
        let info = "pos:\t0\nflags:\t0100000\nmnt_id:\t24\nino:\t1312\n";
        assert_eq!(file_of(info, mounts), Some(FILE));
        assert_eq!(file_of("pos:\t0\nmnt_id:\t25\nino:\t1312\n", mounts), None);
        // Kernels before 5.14 have no inode there.
        assert_eq!(file_of("pos:\t0\nmnt_id:\t24\n", mounts), None);
    }

    #[test]
    fn who_has_a_lock_and_not_who_waits_for_it() {
        let locks = "1: FLOCK  ADVISORY  WRITE 359 fe:00:1312 0 EOF\n\
                     1: -> FLOCK  ADVISORY  WRITE 411 fe:00:1312 0 EOF\n\
                     2: POSIX  ADVISORY  READ 360 fe:00:1312 0 EOF\n\
                     3: OFDLCK ADVISORY  READ -1 fe:00:1312 0 EOF\n\
                     4: FLOCK  ADVISORY  WRITE 361 fe:01:1312 0 EOF\n\
                     nonsense\n";
        assert_eq!(holders(locks, FILE), [359, 360]);
    }

    #[test]
    fn ones_own_lock() {
        let file = tempfile::tempfile().unwrap();
        let fd = u64::try_from(file.as_raw_fd()).unwrap();
        let process = Process::open(Pid::this()).unwrap();
        assert_eq!(process.lock_holders(Pid::this(), fd), []);
        flock(&file, FlockOperation::LockExclusive).unwrap();
        let [holder] = &process.lock_holders(Pid::this(), fd)[..] else {
            panic!("no holder");
        };
        assert_eq!(holder.pid, Pid::this().as_raw());
    }
}
