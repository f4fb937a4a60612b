//! What can be seen of a refusal: the ids, capabilities, namespaces and settings on both sides.
//!
//! It only looks. What follows from it is for [`super::cause`] and [`super::remedy`], which look at nothing else.

use super::Access;
use super::place::{Place, place};
use super::shell;
use crate::foreign::Foreign;
use nix::errno::Errno;
use nix::sys::ptrace;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use procfs::process::{MountInfo, Process as Proc, Status};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Bits of capability sets (linux/capability.h).
pub(super) const CAP_SETGID: u64 = 1 << 6;
pub(super) const CAP_SETUID: u64 = 1 << 7;
pub(super) const CAP_SYS_PTRACE: u64 = 1 << 19;
/// The machine's first user namespace: `PROC_USER_INIT_INO` of linux/proc_ns.h.
const FIRST_NAMESPACE: &str = "user:[4026531837]";

/// Everything that a diagnosis rests on.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) access: Access,
    pub(super) pid: Pid,
    pub(super) us: Process,
    /// Nothing where /proc does not show it.
    pub(super) target: Option<Process>,
    /// Its user namespace is ours.
    pub(super) same_namespace: bool,
    /// We are in the machine's first user namespace.
    pub(super) in_first_namespace: bool,
    /// What needs less than tracing is allowed: everything but Yama, tracers and filters has said yes.
    pub(super) readable: bool,
    pub(super) tracer: Option<Tracer>,
    /// `kernel.yama.ptrace_scope`, where there is Yama.
    pub(super) yama: Option<u8>,
    /// A ptrace that has no target is not answered by "no such process".
    pub(super) ptrace_is_filtered: bool,
    pub(super) hidden_by: Option<String>,
    /// A security module that confines one of the two, or may.
    pub(super) security_module: Option<String>,
    pub(super) place: Place,
    /// How the shell finds us.
    pub(super) program: String,
    /// Our own arguments, quoted for a shell, if they are short enough to repeat.
    pub(super) arguments: Option<String>,
    pub(super) has_sudo: bool,
    pub(super) has_setpriv: bool,
}

/// One side of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Process {
    pub(super) uids: Ids,
    pub(super) gids: Ids,
    pub(super) permitted: u64,
    pub(super) effective: u64,
    pub(super) bounding: u64,
    pub(super) no_new_privs: bool,
    /// Nothing where it can't be told from outside.
    pub(super) dumpable: Option<bool>,
}

/// The four ids of a kind that a process has.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) struct Ids {
    pub(super) real: u32,
    pub(super) effective: u32,
    pub(super) saved: u32,
    pub(super) fs: u32,
}

/// Who traces the target, or a thread of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Tracer {
    pub(super) pid: Pid,
    pub(super) name: Option<Foreign>,
}

impl Ids {
    /// One of the three that the kernel compares, where it is not `id`.
    pub(super) fn other_than(self, id: u32) -> Option<u32> {
        let compared = [self.effective, self.saved, self.real];
        compared.into_iter().find(|theirs| *theirs != id)
    }
}

impl Facts {
    /// We have CAP_SYS_PTRACE, and it counts for the target: a capability reaches into one's own user namespace and
    /// those below it.
    pub(super) fn is_capable(&self) -> bool {
        self.us.effective & CAP_SYS_PTRACE != 0 && (self.same_namespace || self.in_first_namespace)
    }
}

/// The option by which /proc hides other users' processes from us, where it does.
#[must_use]
pub fn hidden_by() -> Option<String> {
    let us = Proc::myself().ok()?;
    let status = us.status().ok()?;
    let mounts = us.mountinfo().ok()?;
    let is_proc =
        |mount: &&MountInfo| mount.mount_point == Path::new("/proc") && mount.fs_type == "proc";
    let proc = mounts.iter().rfind(is_proc)?;
    let option = |name: &str| proc.super_options.get(name)?.as_deref();
    let value = option("hidepid")?;
    // A group may be let in; without one it is root's.
    let group = option("gid").and_then(|gid| gid.parse().ok()).unwrap_or(0);
    let is_let_in = status.fgid == group || status.groups.contains(&group);
    let sees_all = status.capeff & CAP_SYS_PTRACE != 0 || is_let_in;
    (!sees_all && !matches!(value, "0" | "off")).then(|| format!("hidepid={value}"))
}

/// Whether there is such a process, as the kernel says and not /proc.
pub(crate) fn exists(pid: Pid) -> bool {
    pid.as_raw() > 0 && matches!(kill(pid, None), Ok(()) | Err(Errno::EPERM))
}

pub(super) fn gather(pid: Pid, access: Access) -> Facts {
    let target = Proc::new(pid.as_raw()).ok();
    let status = target.as_ref().and_then(|target| target.status().ok());
    let us = Proc::myself().and_then(|us| us.status()).ok();
    Facts {
        access,
        pid,
        us: us.as_ref().map_or_else(nobody, |status| side(status, None)),
        target: status.map(|status| side(&status, dumpable(pid, &status))),
        same_namespace: same_namespace(pid),
        in_first_namespace: fs::read_link("/proc/self/ns/user")
            .is_ok_and(|ours| ours == Path::new(FIRST_NAMESPACE)),
        readable: fs::read_link(format!("/proc/{pid}/exe")).is_ok(),
        tracer: target.as_ref().and_then(tracer),
        yama: read_trimmed("/proc/sys/kernel/yama/ptrace_scope").and_then(|text| text.parse().ok()),
        // The call was made just now, so that a filter that kills would have done so. Process 0 is nobody's.
        ptrace_is_filtered: access == Access::Trace
            && ptrace::seize(Pid::from_raw(0), ptrace::Options::empty()) != Err(Errno::ESRCH),
        hidden_by: hidden_by(),
        security_module: security_module(pid),
        place: place(pid),
        program: shell::our_name(),
        arguments: shell::our_arguments(),
        has_sudo: shell::is_setuid("sudo"),
        has_setpriv: shell::find("setpriv").is_some(),
    }
}

fn side(status: &Status, dumpable: Option<bool>) -> Process {
    Process {
        uids: Ids {
            real: status.ruid,
            effective: status.euid,
            saved: status.suid,
            fs: status.fuid,
        },
        gids: Ids {
            real: status.rgid,
            effective: status.egid,
            saved: status.sgid,
            fs: status.fgid,
        },
        permitted: status.capprm,
        effective: status.capeff,
        // A kernel that does not tell has none that could be missing.
        bounding: status.capbnd.unwrap_or(u64::MAX),
        no_new_privs: status.nonewprivs.is_some_and(|value| value != 0),
        dumpable,
    }
}

/// What to take for us where not even we can be seen: one who may nothing.
fn nobody() -> Process {
    let unknown = Ids {
        real: u32::MAX,
        effective: u32::MAX,
        saved: u32::MAX,
        fs: u32::MAX,
    };
    Process {
        uids: unknown,
        gids: unknown,
        permitted: 0,
        effective: 0,
        bounding: u64::MAX,
        no_new_privs: false,
        dumpable: None,
    }
}

/// Files of a process belong to its user, or, where it is not dumpable, to root (fs/proc/base.c, `task_dump_owner`).
fn dumpable(pid: Pid, status: &Status) -> Option<bool> {
    let owner = fs::metadata(format!("/proc/{pid}/status")).ok()?.uid();
    (status.euid != 0).then_some(owner == status.euid)
}

/// The map of a namespace can be read even where the namespace itself can't: it is shown as it looks from ours, so
/// that another's differs.
fn same_namespace(pid: Pid) -> bool {
    let link = |of: &str| fs::read_link(format!("/proc/{of}/ns/user"));
    let theirs = pid.to_string();
    if let (Ok(theirs), Ok(ours)) = (link(&theirs), link("self")) {
        return theirs == ours;
    }
    let map = |of: &str| fs::read_to_string(format!("/proc/{of}/uid_map"));
    match (map(&theirs), map("self")) {
        (Ok(theirs), Ok(ours)) => theirs == ours,
        // A kernel without user namespaces.
        _ => true,
    }
}

fn tracer(target: &Proc) -> Option<Tracer> {
    let tasks = target.tasks().ok()?.flatten();
    let statuses = tasks.filter_map(|task| task.status().ok());
    let pid = statuses
        .map(|status| status.tracerpid)
        .find(|tracer| *tracer != 0)?;
    Some(Tracer {
        pid: Pid::from_raw(pid),
        name: read_trimmed(&format!("/proc/{pid}/comm")).map(Foreign::from),
    })
}

/// A module whose label on either side is one that confines; else those of which nothing can be seen from outside.
fn security_module(pid: Pid) -> Option<String> {
    let label = |of: &str| read_trimmed(&format!("/proc/{of}/attr/current"));
    let theirs = pid.to_string();
    let confining = ["self", theirs.as_str()].into_iter().find_map(|of| {
        let label = label(of)?;
        let label = label.trim_end_matches('\0');
        if let Some(profile) = label.strip_suffix(" (enforce)") {
            return Some(format!("AppArmor ({profile})"));
        }
        (label.split(':').count() >= 3 && !label.contains("unconfined_t"))
            .then(|| format!("SELinux ({label})"))
    });
    confining.or_else(|| {
        let loaded = read_trimmed("/sys/kernel/security/lsm")?;
        let unseen = ["landlock", "smack", "tomoyo", "bpf"];
        let unseen: Vec<_> = loaded
            .split(',')
            .filter(|name| unseen.contains(name))
            .collect();
        (!unseen.is_empty()).then(|| format!("one of {}", unseen.join(", ")))
    })
}

fn read_trimmed(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
