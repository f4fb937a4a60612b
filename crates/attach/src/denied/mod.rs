//! Why the kernel refused, and what helps: one cause, found by looking, never guessed.

mod cause;
mod facts;
mod place;
mod remedy;
mod shell;
#[cfg(test)]
mod table;

use nix::unistd::Pid;
use std::fmt;

pub(crate) use facts::exists;
pub use facts::hidden_by;
pub use shell::started_with;

/// Why reading or tracing a process was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Denied {
    /// `/proc` does not show it.
    Hidden {
        /// The mount option that says so: `hidepid=invisible`.
        option: String,
    },
    /// A seccomp filter on us refuses the very call.
    Seccomp,
    /// It belongs to another user, and we have no CAP_SYS_PTRACE.
    OtherUser {
        /// Whose it is.
        uid: u32,
    },
    /// It belongs to another group, and we have no CAP_SYS_PTRACE.
    OtherGroup {
        /// Which.
        gid: u32,
    },
    /// It lives in another user namespace, in which we have no CAP_SYS_PTRACE.
    UserNamespace {
        /// We are in one that is not the machine's first: what we have there counts for nothing outside of it.
        ours_is_nested: bool,
    },
    /// It is not dumpable: setuid, file capabilities, or it asked not to be (prctl).
    NotDumpable,
    /// It has capabilities that we lack, and we have no CAP_SYS_PTRACE either.
    MoreCapabilities,
    /// Yama lets only ancestors or the privileged trace (`kernel.yama.ptrace_scope` 1 and 2).
    Yama {
        /// The setting.
        scope: u8,
    },
    /// Yama lets nobody trace until the next boot (`kernel.yama.ptrace_scope` 3).
    YamaNobody,
    /// Another process traces it already.
    Traced {
        /// Who.
        tracer: Pid,
    },
    /// All of the above allow it; a security module does not.
    SecurityModule {
        /// What is known of it: `AppArmor (docker-default)`.
        name: String,
    },
    /// None of the above.
    Unknown,
}

/// What was refused, as far as the kernel checks it differently.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Access {
    /// Opening a file of /proc: judged by our file system ids.
    Read,
    /// ptrace itself: a filter may be on the call, a tracer in the way, and our real ids count.
    Trace,
}

/// Looks at the target and at us; the cause, and the one thing that helps.
pub(crate) fn diagnose(pid: Pid, access: Access) -> (Denied, String) {
    let facts = facts::gather(pid, access);
    let cause = cause::cause(&facts);
    let remedy = remedy::remedy(&cause, &facts);
    (cause, remedy)
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Denied::Hidden { option } => {
                write!(f, "/proc hides other users' processes (it is mounted with {option})")
            }
            Denied::Seccomp => f.write_str("a seccomp filter on gopeek itself forbids ptrace"),
            Denied::OtherUser { uid } => {
                write!(f, "it belongs to uid {uid}, and gopeek has no CAP_SYS_PTRACE")
            }
            Denied::OtherGroup { gid } => {
                write!(f, "it belongs to gid {gid}, and gopeek has no CAP_SYS_PTRACE")
            }
            Denied::UserNamespace { ours_is_nested: true } => f.write_str(
                "it lives outside of gopeek's user namespace, where gopeek's capabilities count for nothing",
            ),
            Denied::UserNamespace { ours_is_nested: false } => f.write_str(
                "it lives in another user namespace, where gopeek has no CAP_SYS_PTRACE",
            ),
            Denied::NotDumpable => f.write_str(
                "it is not dumpable (setuid, file capabilities, or prctl(PR_SET_DUMPABLE, 0)), and gopeek has no \
                 CAP_SYS_PTRACE",
            ),
            Denied::MoreCapabilities => f.write_str(
                "it has capabilities that gopeek lacks, and gopeek has no CAP_SYS_PTRACE",
            ),
            Denied::Yama { scope } => {
                write!(f, "Yama forbids it (kernel.yama.ptrace_scope is {scope})")
            }
            Denied::YamaNobody => {
                f.write_str("Yama forbids it to everybody (kernel.yama.ptrace_scope is 3)")
            }
            Denied::Traced { tracer } => write!(f, "process {tracer} traces it already"),
            Denied::SecurityModule { name } => write!(f, "a security module forbids it: {name}"),
            Denied::Unknown => f.write_str("the kernel refused, and no usual cause was found"),
        }
    }
}
