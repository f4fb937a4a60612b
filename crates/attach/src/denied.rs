//! Why the kernel refused, and what helps: one cause, found by looking, never guessed.

use nix::unistd::{Pid, Uid, geteuid};
use procfs::process::Process as Proc;
use std::fmt;
use std::fs;

/// `CAP_SYS_PTRACE`, as a bit of CapEff.
const CAP_SYS_PTRACE: u64 = 1 << 19;

/// Why reading or tracing a process was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Denied {
    /// It belongs to another user, and we have no CAP_SYS_PTRACE.
    OtherUser {
        /// Whose it is.
        uid: u32,
    },
    /// Another process traces it already.
    Traced {
        /// Who.
        tracer: Pid,
    },
    /// Yama lets only ancestors or the privileged trace (`kernel.yama.ptrace_scope` 1 and 2).
    Yama {
        /// The setting.
        scope: u8,
    },
    /// Yama lets nobody trace until the next boot (`kernel.yama.ptrace_scope` 3).
    YamaNobody,
    /// It lives in another user namespace, in which we have no CAP_SYS_PTRACE.
    UserNamespace,
    /// It is not dumpable: setuid, file capabilities, or it asked not to be (prctl).
    NotDumpable,
    /// We run under a seccomp filter, which may forbid what we tried.
    Seccomp,
    /// None of the above.
    Unknown,
}

impl Denied {
    /// Looks at the target and at us, in the order in which the kernel checks.
    #[must_use]
    pub fn diagnose(pid: Pid) -> Denied {
        let Some(target) = proc_status(pid.as_raw()) else {
            return Denied::Unknown;
        };
        let ours = proc_status_self();
        let privileged = ours
            .as_ref()
            .is_some_and(|status| status.capeff & CAP_SYS_PTRACE != 0);
        if target.tracerpid != 0 {
            return Denied::Traced {
                tracer: Pid::from_raw(target.tracerpid),
            };
        }
        let scope = yama_scope();
        if scope == Some(3) {
            return Denied::YamaNobody;
        }
        if !same_user_namespace(pid) {
            return Denied::UserNamespace;
        }
        if privileged {
            let filtered = ours.is_some_and(|status| status.seccomp.is_some_and(|mode| mode != 0));
            return if filtered {
                Denied::Seccomp
            } else {
                Denied::Unknown
            };
        }
        let our_uid = geteuid();
        let theirs = [target.ruid, target.euid, target.suid];
        if let Some(uid) = theirs
            .into_iter()
            .find(|uid| Uid::from_raw(*uid) != our_uid)
        {
            return Denied::OtherUser { uid };
        }
        match scope {
            Some(scope @ 1..=2) => Denied::Yama { scope },
            _ => Denied::NotDumpable,
        }
    }

    /// The one command or setting that helps.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Denied::OtherUser { .. } => "run gopeek as that user, or as root: sudo gopeek ...",
            Denied::Traced { .. } => "end that tracer (a debugger, strace) first",
            Denied::Yama { .. } => {
                "run gopeek as root: sudo gopeek ...; or, until the next boot: sysctl kernel.yama.ptrace_scope=0"
            }
            Denied::YamaNobody => "kernel.yama.ptrace_scope=3 can only be changed by a reboot",
            Denied::UserNamespace => {
                "run gopeek as root on the host, or inside the target's user namespace with CAP_SYS_PTRACE"
            }
            Denied::NotDumpable => "run gopeek as root: sudo gopeek ...",
            Denied::Seccomp => {
                "give the container SYS_PTRACE: docker run --cap-add SYS_PTRACE, kubectl debug --profile=general"
            }
            Denied::Unknown => {
                "run gopeek as root with CAP_SYS_PTRACE; in a container: --cap-add SYS_PTRACE, kubectl debug --profile=general"
            }
        }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Denied::OtherUser { uid } => write!(
                f,
                "it belongs to uid {uid}, and gopeek has no CAP_SYS_PTRACE"
            ),
            Denied::Traced { tracer } => write!(f, "process {tracer} traces it already"),
            Denied::Yama { scope } => {
                write!(f, "Yama forbids it (kernel.yama.ptrace_scope is {scope})")
            }
            Denied::YamaNobody => {
                f.write_str("Yama forbids it to everybody (kernel.yama.ptrace_scope is 3)")
            }
            Denied::UserNamespace => f.write_str(
                "it lives in another user namespace, where gopeek has no CAP_SYS_PTRACE",
            ),
            Denied::NotDumpable => f.write_str(
                "it is not dumpable (setuid, file capabilities, or prctl(PR_SET_DUMPABLE, 0))",
            ),
            Denied::Seccomp => f.write_str("a seccomp filter on gopeek itself forbids it"),
            Denied::Unknown => f.write_str("the kernel refused, and no usual cause was found"),
        }
    }
}

fn proc_status(pid: i32) -> Option<procfs::process::Status> {
    Proc::new(pid).ok()?.status().ok()
}

fn proc_status_self() -> Option<procfs::process::Status> {
    Proc::myself().ok()?.status().ok()
}

fn yama_scope() -> Option<u8> {
    fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope")
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// Whether we share the target's user namespace; if it does not even show us which one it has, we do not know
/// better than that we do.
fn same_user_namespace(pid: Pid) -> bool {
    let theirs = fs::read_link(format!("/proc/{pid}/ns/user"));
    let ours = fs::read_link("/proc/self/ns/user");
    match (theirs, ours) {
        (Ok(theirs), Ok(ours)) => theirs == ours,
        _ => true,
    }
}
