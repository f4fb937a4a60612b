//! What can go wrong between two processes.

use crate::denied::{Access, Denied, diagnose, exists, hidden_by};
use nix::unistd::Pid;
use std::io;
use thiserror::Error;

/// The one operation that is ptrace's; all others open files of /proc.
const STOP: &str = "stop";

/// A failure to open, read or stop a target.
#[derive(Debug, Error)]
pub enum AttachError {
    /// There is no such process.
    #[error("no process has the pid {0}")]
    NoSuchProcess(Pid),
    /// It has ended and waits to be reaped; its memory is gone.
    #[error("process {0} has exited and is a zombie")]
    Zombie(Pid),
    /// It has no executable: a thread of the kernel.
    #[error("process {0} is a kernel thread")]
    KernelThread(Pid),
    /// It ended meanwhile.
    #[error("process {0} exited while it was being read")]
    Exited(Pid),
    /// It called exec meanwhile, so that what was read is of two programs.
    #[error("process {0} replaced its program (exec) while it was being read")]
    Replaced(Pid),
    /// The kernel refused.
    #[error("not permitted to {operation} process {pid}: {cause}")]
    Denied {
        /// The process.
        pid: Pid,
        /// What was tried.
        operation: &'static str,
        /// Why, as far as can be told.
        cause: Denied,
        /// The one command that helps.
        remedy: String,
    },
    /// Anything else that a system call answered.
    #[error("cannot {operation} process {pid}")]
    System {
        /// The process.
        pid: Pid,
        /// What was tried.
        operation: &'static str,
        /// The answer.
        source: io::Error,
    },
}

impl AttachError {
    /// What an errno of `operation` on `pid` means.
    pub(crate) fn from_io(pid: Pid, operation: &'static str, source: io::Error) -> AttachError {
        let gone = source.raw_os_error() == Some(nix::libc::ESRCH)
            || source.kind() == io::ErrorKind::NotFound;
        // What /proc hides is not there for those who look into it; the kernel knows better.
        let hidden = gone && exists(pid) && hidden_by().is_some();
        if hidden || source.kind() == io::ErrorKind::PermissionDenied {
            let access = if operation == STOP {
                Access::Trace
            } else {
                Access::Read
            };
            let (cause, remedy) = diagnose(pid, access);
            return AttachError::Denied {
                pid,
                operation,
                cause,
                remedy,
            };
        }
        if gone {
            return AttachError::NoSuchProcess(pid);
        }
        AttachError::System {
            pid,
            operation,
            source,
        }
    }

    pub(crate) fn from_proc(
        pid: Pid,
        operation: &'static str,
        error: procfs::ProcError,
    ) -> AttachError {
        let source = match error {
            procfs::ProcError::PermissionDenied(_) => io::ErrorKind::PermissionDenied.into(),
            procfs::ProcError::NotFound(_) => io::ErrorKind::NotFound.into(),
            procfs::ProcError::Io(source, _) => source,
            other => io::Error::other(other.to_string()),
        };
        AttachError::from_io(pid, operation, source)
    }
}
