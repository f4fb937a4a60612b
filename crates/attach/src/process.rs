//! A live process: its identity, held open so that a reused pid can't take its place, and its memory.

use crate::error::AttachError;
use crate::facts::facts;
use crate::foreign::Foreign;
use crate::living::Living;
use crate::proc_text::{self, MAX_ENVIRONMENT};
use gopeek_layout::{Addr, Memory, Unreadable};
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use procfs::FromBufRead;
use procfs::process::{MemoryMaps, Process as Proc};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{PidfdFlags, pidfd_open};
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use nix::unistd::Pid;

pub use crate::facts::Facts;

/// An opened target. It stays the same process for as long as this lives, or it is found out.
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    /// Readable once the process has ended; nothing on kernels before 5.3.
    pidfd: Option<OwnedFd>,
    /// Nothing where only process_vm_readv is allowed: the file is its owner's, and CAP_SYS_PTRACE alone does not open it.
    mem: Option<File>,
    /// Where its first stack begins, which an exec changes.
    start_stack: u64,
    proc: Proc,
    living: Living,
    program: FileId,
}

/// A flag of /proc/PID/stat: a thread of the kernel (`PF_KTHREAD`, linux/sched.h).
const KERNEL_THREAD: u32 = 0x0020_0000;
/// An exec takes a millisecond or so to end the other threads.
const RETRIES: usize = 100;
const RETRY_AFTER: Duration = Duration::from_micros(100);

/// Which file something is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
struct FileId {
    device: u64,
    inode: u64,
}

impl Process {
    /// Opens the process `pid` for reading. Nothing is stopped.
    ///
    /// # Errors
    /// [`AttachError`], with the cause where the kernel refuses.
    pub fn open(pid: Pid) -> Result<Process, AttachError> {
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
        let mut opened = opened(pid);
        for _ in 0..RETRIES {
            // A thread that execs takes the number of the first one, and nothing is to be found meanwhile.
            let changing = matches!(
                opened,
                Err(AttachError::NoSuchProcess(_)
                    | AttachError::Exited(_)
                    | AttachError::Zombie(_))
            );
            if !changing || pidfd.as_ref().is_none_or(has_ended) {
                break;
            }
            thread::sleep(RETRY_AFTER);
            opened = self::opened(pid);
        }
        opened.map(|opened| Process { pidfd, ..opened })
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
        facts(&self.proc).map_err(|error| self.gone_meanwhile(error))
    }

    /// Its environment, as it was at the start; nothing where it can't be read.
    #[must_use]
    pub fn environment(&self, name: &str) -> Option<Foreign> {
        let path = self.folder().join("environ");
        let (bytes, _) = proc_text::read(&path, MAX_ENVIRONMENT).ok()?;
        let mut variables = bytes.split(|byte| *byte == 0);
        let value = variables.find_map(|variable| {
            let value = variable.strip_prefix(name.as_bytes())?;
            value.strip_prefix(b"=")
        })?;
        Some(String::from_utf8_lossy(value).into_owned().into())
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
        let tracer = self.living().ok()?.status().ok()?.tracerpid;
        (tracer != 0).then(|| Pid::from_raw(tracer))
    }

    /// Whether it lives, and is the program that it was, as far as that is told without asking for names: as often as is
    /// liked. [`Process::confirm`] says what has become of it.
    #[must_use]
    pub fn is_same(&self) -> bool {
        let ended = match &self.pidfd {
            Some(pidfd) => has_ended(pidfd),
            None => self.proc.stat().is_err(),
        };
        !ended && !self.space_is_gone()
    }

    /// After an exec, of the same file even, the address space behind our descriptor is gone: nothing at all is read, where
    /// a live one refuses page 0. That of a process that is dying is gone, too, and its program.
    fn space_is_gone(&self) -> bool {
        match &self.mem {
            Some(mem) => mem.read_at(&mut [0], 0).is_ok_and(|count| count == 0),
            None => start_stack(self.living.tid()).is_none_or(|now| now != self.start_stack),
        }
    }

    /// Checks that everything read so far came from one and the same program.
    ///
    /// # Errors
    /// [`AttachError::Exited`] or [`AttachError::Replaced`].
    pub fn confirm(&self) -> Result<(), AttachError> {
        let gone = match &self.pidfd {
            Some(pidfd) => has_ended(pidfd),
            None => self.proc.stat().is_err(),
        };
        if gone {
            return Err(AttachError::Exited(self.pid));
        }
        match program(self.living.tid()) {
            Ok(now) if now == self.program && !self.space_is_gone() => Ok(()),
            Ok(_) => Err(AttachError::Replaced(self.pid)),
            Err(_) => Err(AttachError::Exited(self.pid)),
        }
    }

    /// The process as its first thread shows it, which may be a zombie: enough for the list of threads.
    pub(crate) fn proc(&self) -> &Proc {
        &self.proc
    }

    /// Its folder in /proc as a thread shows it that lives: with its files, mappings and namespaces.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        format!("/proc/{}", self.living.tid()).into()
    }

    /// Likewise, to be read.
    pub(crate) fn living(&self) -> Result<Proc, AttachError> {
        Proc::new(self.living.tid().as_raw())
            .map_err(|error| AttachError::from_proc(self.pid, "open", error))
    }

    /// What is mapped where, by address.
    pub(crate) fn maps(&self) -> Result<MemoryMaps, AttachError> {
        let fail = |error| AttachError::from_proc(self.pid, "read the mappings of", error);
        let lines = proc_text::lines(&self.folder().join("maps"))
            .map_err(|error| AttachError::from_io(self.pid, "read the mappings of", error))?;
        MemoryMaps::from_buf_read(&lines[..]).map_err(fail)
    }

    /// What an error means, of a process that was there before: most that go wrong when it has ended say other things.
    pub(crate) fn gone_meanwhile(&self, error: AttachError) -> AttachError {
        self.confirm().err().unwrap_or(match error {
            AttachError::NoSuchProcess(pid) => AttachError::Exited(pid),
            other => other,
        })
    }

    /// Copies as many of the bytes at `spans` as come in one call, one span after the other, into `buf`; returns
    /// how many came. Short when a span can't be read: the kernel stops there.
    pub(crate) fn read_vectored(&self, spans: &[RemoteIoVec], buf: &mut [u8]) -> io::Result<usize> {
        let mut by = |tid| process_vm_readv(tid, &mut [IoSliceMut::new(buf)], spans);
        let last = self.living.last();
        let read = match by(last) {
            // The thread by which we read may have ended before the others.
            Err(nix::errno::Errno::ESRCH) => match self.living.tid() {
                same if same == last => Err(nix::errno::Errno::ESRCH),
                other => by(other),
            },
            read => read,
        };
        match read {
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
        let Some(mem) = &self.mem else { return 0 };
        let mut done = 0;
        for span in spans {
            let Some(part) = buf.get_mut(done..done + span.len) else {
                break;
            };
            let Ok(count) = mem.read_at(part, span.base as u64) else {
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

/// What a process is opened for, without its pidfd.
fn opened(pid: Pid) -> Result<Process, AttachError> {
    let fail = |operation| move |source| AttachError::from_io(pid, operation, source);
    let proc =
        Proc::new(pid.as_raw()).map_err(|error| AttachError::from_proc(pid, "open", error))?;
    let stat = proc
        .stat()
        .map_err(|error| AttachError::from_proc(pid, "read the state of", error))?;
    let living = Living::of(pid)
        .map_err(|error| AttachError::from_proc(pid, "look for a thread of", error))?
        .ok_or(AttachError::Zombie(pid))?;
    let tid = living.tid();
    let program = match program(tid) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let of_kernel = stat.flags & KERNEL_THREAD != 0;
            return Err(if of_kernel {
                AttachError::KernelThread(pid)
            } else {
                // Its threads are ending, and have let go of it.
                AttachError::Exited(pid)
            });
        }
        other => other.map_err(fail("find the program of"))?,
    };
    let mem = match File::open(format!("/proc/{tid}/mem")) {
        Ok(mem) => Some(mem),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && may_call(tid) => None,
        Err(error) => return Err(fail("read the memory of")(error)),
    };
    Ok(Process {
        pid,
        pidfd: None,
        mem,
        start_stack: start_stack(tid).unwrap_or(0),
        proc,
        living,
        program,
    })
}

/// Whether the process has, with all of its threads.
fn has_ended(pidfd: &OwnedFd) -> bool {
    let mut fds = [PollFd::new(pidfd, PollFlags::IN)];
    poll(&mut fds, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
}

/// Whether process_vm_readv may read memory. Nothing is at address 0, and who may not even ask is told so first.
fn may_call(tid: Pid) -> bool {
    let nothing = RemoteIoVec { base: 0, len: 1 };
    let asked = process_vm_readv(tid, &mut [IoSliceMut::new(&mut [0])], &[nothing]);
    matches!(asked, Ok(_) | Err(nix::errno::Errno::EFAULT))
}

/// Where the first stack of a thread's process begins.
fn start_stack(tid: Pid) -> Option<u64> {
    let stat = Proc::new(tid.as_raw()).ok()?.stat().ok()?;
    Some(stat.startstack)
}

/// Which program a thread runs. NotFound for one of the kernel's, and for one that has ended.
fn program(tid: Pid) -> io::Result<FileId> {
    let metadata = std::fs::metadata(format!("/proc/{tid}/exe"))?;
    Ok(FileId {
        device: metadata.dev(),
        inode: metadata.ino(),
    })
}
