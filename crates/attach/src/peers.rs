//! Who is at the other end of a process's pipes and local sockets.
//!
//! The kernel has no list of that. So what all processes have open is compared with it, by inode: the links in
//! /proc/PID/fd are read, never followed, and nothing is opened. That takes time with the processes of a machine, and
//! is bounded by it.

use crate::descriptors::{Descriptors, inode, tcp_ends};
use crate::process::Process;
use crate::unix_peers::unix_peers;
use procfs::process::Process as Proc;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::fs::DirEntry;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

/// For so long is looked at other processes.
const BUDGET: Duration = Duration::from_millis(200);
/// As often the clock is read: once for so many descriptors.
const CLOCK_EVERY: usize = 64;

/// A process at the other end.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Peer {
    /// Its pid.
    pub pid: i32,
    /// Its name, as the kernel has it: 15 bytes at the most.
    pub name: String,
    /// Its state, as /proc has it: `S`, `T` for one that is stopped, `D`.
    pub state: char,
    /// Its end can be written to.
    pub writes: bool,
    /// Its end can be read from.
    pub reads: bool,
}

/// What is looked for: an end that others may have open.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
enum End {
    /// A pipe's, by inode.
    Pipe(u64),
    /// A socket's, likewise.
    Socket(u64),
}

/// A descriptor of the target that has such an end.
#[derive(Copy, Clone, Debug)]
struct Ours {
    fd: u64,
    access: Access,
}

/// What a descriptor may be used for.
#[derive(Copy, Clone, Debug)]
struct Access {
    reads: bool,
    writes: bool,
}

impl Process {
    /// By descriptor, who has the other end of a pipe, of a unix socket, or of a TCP connection within the target's own
    /// network: other processes, or the target itself. Of pipes, only who writes what it reads or reads what it writes.
    ///
    /// Not found are the ends of named pipes, of connections to another network namespace (another container), and of
    /// unix sockets where gopeek itself is in another one; ends in processes that may not be looked at; and, on a
    /// machine with very many processes, what a fifth of a second does not suffice for.
    #[must_use]
    pub fn peers(&self, descriptors: &Descriptors) -> BTreeMap<u64, Vec<Peer>> {
        let until = Instant::now() + BUDGET;
        let ends = self.ends(descriptors);
        let mut found: BTreeMap<u64, BTreeMap<i32, Access>> = BTreeMap::new();
        if ends.is_empty() {
            return BTreeMap::new();
        }
        let mut looked_at = 0_usize;
        'all: for pid in pids() {
            let Ok(open) = std::fs::read_dir(format!("/proc/{pid}/fd")) else {
                continue;
            };
            for entry in open.flatten() {
                looked_at += 1;
                if looked_at.is_multiple_of(CLOCK_EVERY) && Instant::now() > until {
                    break 'all;
                }
                let Some((end, ours)) = end(&entry).and_then(|end| ends.get_key_value(&end)) else {
                    continue;
                };
                let Some(theirs) = access(&entry) else {
                    continue;
                };
                let opposite = |ours: &&Ours| {
                    let access = ours.access;
                    matches!(end, End::Socket(_))
                        || access.reads && theirs.writes
                        || access.writes && theirs.reads
                };
                for ours in ours.iter().filter(opposite) {
                    let peers = found.entry(ours.fd).or_default();
                    let known = peers.entry(pid).or_insert(theirs);
                    known.reads |= theirs.reads;
                    known.writes |= theirs.writes;
                }
            }
        }
        let all = found.into_iter();
        all.map(|(fd, peers)| (fd, peers.into_iter().filter_map(peer).collect()))
            .collect()
    }

    /// The ends to look for, and which descriptors are theirs.
    fn ends(&self, descriptors: &Descriptors) -> HashMap<End, Vec<Ours>> {
        let sockets: HashMap<u64, u64> = unix_peers()
            .unwrap_or_default()
            .into_iter()
            .chain(tcp_ends(self, descriptors))
            .collect();
        let mut ends: HashMap<End, Vec<Ours>> = HashMap::new();
        for (&fd, text) in &descriptors.fds {
            let pipe = inode(text, "pipe").map(End::Pipe);
            let socket = || Some(End::Socket(*sockets.get(&inode(text, "socket")?)?));
            let Some(end) = pipe.or_else(socket) else {
                continue;
            };
            let link = self.folder().join(format!("fd/{fd}"));
            let access = std::fs::symlink_metadata(link).map(|link| link.permissions().mode());
            if let Ok(mode) = access {
                let access = Access::of(mode);
                ends.entry(end).or_default().push(Ours { fd, access });
            }
        }
        ends
    }
}

impl Access {
    /// The link in /proc/PID/fd has the owner's bits for what the descriptor was opened for (`proc(5)`).
    fn of(mode: u32) -> Access {
        Access {
            reads: mode & 0o400 != 0,
            writes: mode & 0o200 != 0,
        }
    }
}

/// The processes that show themselves.
fn pids() -> impl Iterator<Item = i32> {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn end(entry: &DirEntry) -> Option<End> {
    let link = std::fs::read_link(entry.path()).ok()?;
    let text = link.to_str()?;
    let socket = || inode(text, "socket").map(End::Socket);
    inode(text, "pipe").map(End::Pipe).or_else(socket)
}

fn access(entry: &DirEntry) -> Option<Access> {
    // Of the link itself: an entry's metadata does not follow it.
    let mode = entry.metadata().ok()?.permissions().mode();
    Some(Access::of(mode))
}

/// Nothing of one that has ended meanwhile.
fn peer((pid, access): (i32, Access)) -> Option<Peer> {
    let stat = Proc::new(pid).ok()?.stat().ok()?;
    Some(Peer {
        pid,
        name: stat.comm,
        state: stat.state,
        writes: access.writes,
        reads: access.reads,
    })
}
