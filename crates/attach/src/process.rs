//! A live process: its identity, held open so that a reused pid can't take its place, and its memory.

use crate::error::AttachError;
use gopeek_layout::{Addr, Memory, Unreadable};
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use procfs::Current;
use procfs::process::Process as Proc;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{PidfdFlags, pidfd_open};
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::time::Duration;

use nix::unistd::Pid;
/// An opened target. It stays the same process for as long as this lives, or it is found out.
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    /// Readable once the process has ended; nothing on kernels before 5.3.
    pidfd: Option<OwnedFd>,
    mem: File,
    proc: Proc,
    program: FileId,
}

/// Which file something is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
struct FileId {
    device: u64,
    inode: u64,
}

/// What is known of a process without looking into it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts {
    /// Its pid.
    pub pid: Pid,
    /// The kernel's name for it, at most 15 bytes.
    pub name: String,
    /// Its command line; empty for a kernel thread.
    pub command: Vec<String>,
    /// Threads.
    pub threads: u64,
    /// How long it has been running, where the clocks tell.
    pub age: Option<Duration>,
}

impl Process {
    /// Opens the process `pid` for reading. Nothing is stopped.
    ///
    /// # Errors
    /// [`AttachError`], with the cause where the kernel refuses.
    pub fn open(pid: Pid) -> Result<Process, AttachError> {
        let fail = |operation| move |source| AttachError::from_io(pid, operation, source);
        let positive = Some(pid.as_raw()).filter(|raw| *raw > 0);
        let pidfd = positive
            .and_then(rustix::process::Pid::from_raw)
            .map(|pid| pidfd_open(pid, PidfdFlags::empty()));
        let pidfd = match pidfd {
            None | Some(Err(rustix::io::Errno::SRCH)) => {
                return Err(AttachError::NoSuchProcess(pid));
            }
            Some(opened) => opened.ok(),
        };
        let proc =
            Proc::new(pid.as_raw()).map_err(|error| AttachError::from_proc(pid, "open", error))?;
        let stat = proc
            .stat()
            .map_err(|error| AttachError::from_proc(pid, "read the state of", error))?;
        if stat.state == 'Z' {
            return Err(AttachError::Zombie(pid));
        }
        let program = match program(pid) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(AttachError::KernelThread(pid));
            }
            other => other.map_err(fail("find the program of"))?,
        };
        let mem = File::open(format!("/proc/{pid}/mem")).map_err(fail("read the memory of"))?;
        Ok(Process {
            pid,
            pidfd,
            mem,
            proc,
            program,
        })
    }

    /// Its pid, in our pid namespace.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// What can be known of it from outside.
    ///
    /// # Errors
    /// [`AttachError`], when it is gone.
    pub fn facts(&self) -> Result<Facts, AttachError> {
        facts(&self.proc)
    }

    /// Its environment, as it was at the start; nothing where it can't be read.
    #[must_use]
    pub fn environment(&self, name: &str) -> Option<String> {
        let environment = self.proc.environ().ok()?;
        environment
            .get(std::ffi::OsStr::new(name))
            .map(|value| value.to_string_lossy().into_owned())
    }

    /// The thread ids, as they are now.
    ///
    /// # Errors
    /// [`AttachError`], when it is gone.
    pub fn threads(&self) -> Result<Vec<Pid>, AttachError> {
        let fail = |source| AttachError::from_io(self.pid, "list the threads of", source);
        // By name alone. procfs opens each of them, which takes its time while a target is held, and leaves out unsaid
        // those that it can't: they would run on in a target that is thought to stand still.
        let mut threads = Vec::new();
        for entry in std::fs::read_dir(format!("/proc/{}/task", self.pid)).map_err(fail)? {
            let name = entry.map_err(fail)?.file_name();
            let tid = name.to_str().and_then(|name| name.parse().ok());
            threads.extend(tid.map(Pid::from_raw));
        }
        Ok(threads)
    }

    /// The tracer of the process, where it has one.
    #[must_use]
    pub fn tracer(&self) -> Option<Pid> {
        let tracer = self.proc.status().ok()?.tracerpid;
        (tracer != 0).then(|| Pid::from_raw(tracer))
    }

    /// Checks that everything read so far came from one and the same program.
    ///
    /// # Errors
    /// [`AttachError::Exited`] or [`AttachError::Replaced`].
    pub fn confirm(&self) -> Result<(), AttachError> {
        let gone = match &self.pidfd {
            Some(pidfd) => {
                let mut fds = [PollFd::new(pidfd, PollFlags::IN)];
                poll(&mut fds, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
            }
            None => self.proc.stat().is_err(),
        };
        if gone {
            return Err(AttachError::Exited(self.pid));
        }
        // After an exec, of the same file even, the address space behind our descriptor is gone: nothing at all is
        // read, where a live one refuses page 0. That of a process that is dying is gone, too, and its program.
        let space_is_gone = self.mem.read_at(&mut [0], 0).is_ok_and(|count| count == 0);
        match program(self.pid) {
            Ok(now) if now == self.program && !space_is_gone => Ok(()),
            Ok(_) => Err(AttachError::Replaced(self.pid)),
            Err(_) => Err(AttachError::Exited(self.pid)),
        }
    }

    pub(crate) fn proc(&self) -> &Proc {
        &self.proc
    }

    /// Copies as many of the bytes at `spans` as come in one call, one span after the other, into `buf`; returns
    /// how many came. Short when a span can't be read: the kernel stops there.
    pub(crate) fn read_vectored(&self, spans: &[RemoteIoVec], buf: &mut [u8]) -> io::Result<usize> {
        match process_vm_readv(self.pid, &mut [IoSliceMut::new(buf)], spans) {
            Ok(count) => Ok(count),
            // An old kernel, or a seccomp filter on us: the file is slower and as good.
            Err(nix::errno::Errno::ENOSYS | nix::errno::Errno::EPERM) => {
                Ok(self.read_from_file(spans, buf))
            }
            Err(nix::errno::Errno::EFAULT) => Ok(0),
            Err(errno) => Err(errno.into()),
        }
    }

    fn read_from_file(&self, spans: &[RemoteIoVec], buf: &mut [u8]) -> usize {
        let mut done = 0;
        for span in spans {
            let Some(part) = buf.get_mut(done..done + span.len) else {
                break;
            };
            let Ok(count) = self.mem.read_at(part, span.base as u64) else {
                break;
            };
            done += count;
            if count < span.len {
                break;
            }
        }
        done
    }
}

impl Memory for Process {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        let len = buf.len();
        let unreadable = Unreadable { at, len };
        let mut done = 0;
        while done < len {
            let from = usize::try_from(at.get())
                .ok()
                .and_then(|base| base.checked_add(done))
                .ok_or(unreadable)?;
            let rest = RemoteIoVec {
                base: from,
                len: len - done,
            };
            match self.read_vectored(&[rest], &mut buf[done..]) {
                Ok(count) if count > 0 => done += count,
                _ => return Err(unreadable),
            }
        }
        Ok(())
    }
}

/// Which program a process runs. NotFound for a kernel thread.
fn program(pid: Pid) -> io::Result<FileId> {
    let metadata = std::fs::metadata(format!("/proc/{pid}/exe"))?;
    Ok(FileId {
        device: metadata.dev(),
        inode: metadata.ino(),
    })
}

pub(crate) fn facts(proc: &Proc) -> Result<Facts, AttachError> {
    let pid = Pid::from_raw(proc.pid);
    let stat = proc
        .stat()
        .map_err(|error| AttachError::from_proc(pid, "read the state of", error))?;
    Ok(Facts {
        pid,
        command: proc.cmdline().unwrap_or_default(),
        threads: u64::try_from(stat.num_threads).unwrap_or(0),
        age: age(stat.starttime),
        name: stat.comm,
    })
}

/// How long ago something started that did so `ticks` after boot.
fn age(ticks: u64) -> Option<Duration> {
    let uptime = procfs::Uptime::current().ok()?.uptime_duration();
    let started = ticks
        .checked_mul(1000)?
        .checked_div(procfs::ticks_per_second())?;
    uptime.checked_sub(Duration::from_millis(started))
}
