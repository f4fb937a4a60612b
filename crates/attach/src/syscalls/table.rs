//! The system calls that threads are found in, as data: which of the arguments are files, paths, sizes or addresses, and what
//! a call does with its first descriptor. Of the man pages in section 2.
//!
//! Numbers differ by architecture and are no part of this: a call is known by its name.

/// What an argument is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Arg {
    /// A file descriptor.
    File,
    /// The descriptor of a folder, or `AT_FDCWD`.
    Folder,
    /// The address of a path.
    Path,
    /// An address, or flags that are not known by name.
    Hex,
    /// A signed number: a length, a time in ms, a process.
    Number,
    /// Permissions of a new file.
    Mode,
    /// How open(2) is to open it.
    OpenFlags,
    /// What flock(2) is to do.
    LockOperation,
    /// What fcntl(2) is to do.
    FileCommand,
    /// What futex(2) is to do.
    FutexOperation,
}
use Arg::{
    File, FileCommand, Folder, FutexOperation, Hex, LockOperation, Mode, Number, OpenFlags, Path,
};

/// What a call does with the descriptor that is its first argument.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Use {
    /// It takes something out: bytes, a connection, an event.
    Read,
    /// It puts something in.
    Write,
    /// It waits for a lock.
    Lock,
    /// It waits until all that was written is on the disk.
    Sync,
    /// Anything else.
    Other,
}
use Use::{Lock, Other, Read, Sync, Write};

/// A row of the table.
pub(super) struct Signature {
    pub(super) name: &'static str,
    pub(super) does: Use,
    pub(super) args: &'static [Arg],
}

const fn call(name: &'static str, does: Use, args: &'static [Arg]) -> Signature {
    Signature { name, does, args }
}

/// The calls, by name.
#[rustfmt::skip]
pub(super) const SIGNATURES: &[Signature] = &[
    call("accept", Read, &[File, Hex, Hex]),
    call("accept4", Read, &[File, Hex, Hex, Hex]),
    call("access", Other, &[Path, Mode]),
    call("chdir", Other, &[Path]),
    call("chmod", Other, &[Path, Mode]),
    call("chown", Other, &[Path, Number, Number]),
    call("chroot", Other, &[Path]),
    call("clock_nanosleep", Other, &[Number, Hex, Hex, Hex]),
    call("clone", Other, &[Hex, Hex, Hex, Hex, Hex]),
    call("close", Other, &[File]),
    call("connect", Write, &[File, Hex, Number]),
    call("copy_file_range", Read, &[File, Hex, File, Hex, Number, Hex]),
    call("creat", Other, &[Path, Mode]),
    call("epoll_pwait", Read, &[File, Hex, Number, Number, Hex]),
    call("epoll_pwait2", Read, &[File, Hex, Number, Hex, Hex]),
    call("epoll_wait", Read, &[File, Hex, Number, Number]),
    call("execve", Other, &[Path, Hex, Hex]),
    call("execveat", Other, &[Folder, Path, Hex, Hex, Hex]),
    call("faccessat", Other, &[Folder, Path, Mode]),
    call("faccessat2", Other, &[Folder, Path, Mode, Hex]),
    call("fallocate", Write, &[File, Hex, Number, Number]),
    call("fchmodat", Other, &[Folder, Path, Mode]),
    call("fchownat", Other, &[Folder, Path, Number, Number, Hex]),
    call("fcntl", Other, &[File, FileCommand, Hex]),
    call("fdatasync", Sync, &[File]),
    call("flock", Lock, &[File, LockOperation]),
    call("fstat", Other, &[File, Hex]),
    call("fstatfs", Other, &[File, Hex]),
    call("fsync", Sync, &[File]),
    call("ftruncate", Write, &[File, Number]),
    call("futex", Other, &[Hex, FutexOperation, Number, Hex]),
    call("getdents64", Read, &[File, Hex, Number]),
    call("getrandom", Other, &[Hex, Number, Hex]),
    call("getxattr", Other, &[Path, Path, Hex, Number]),
    call("inotify_add_watch", Other, &[File, Path, Hex]),
    call("io_uring_enter", Other, &[File, Number, Number, Hex]),
    call("ioctl", Other, &[File, Hex, Hex]),
    call("lchown", Other, &[Path, Number, Number]),
    call("lgetxattr", Other, &[Path, Path, Hex, Number]),
    call("link", Other, &[Path, Path]),
    call("linkat", Other, &[Folder, Path, Folder, Path, Hex]),
    call("lseek", Other, &[File, Number, Number]),
    call("lstat", Other, &[Path, Hex]),
    call("madvise", Other, &[Hex, Number, Number]),
    call("mkdir", Other, &[Path, Mode]),
    call("mkdirat", Other, &[Folder, Path, Mode]),
    call("mknodat", Other, &[Folder, Path, Mode, Hex]),
    call("mmap", Other, &[Hex, Number, Hex, Hex, File, Number]),
    call("mount", Other, &[Path, Path, Path, Hex, Hex]),
    call("msync", Other, &[Hex, Number, Hex]),
    call("munmap", Other, &[Hex, Number]),
    call("nanosleep", Other, &[Hex, Hex]),
    call("newfstatat", Other, &[Folder, Path, Hex, Hex]),
    call("open", Other, &[Path, OpenFlags, Mode]),
    call("openat", Other, &[Folder, Path, OpenFlags, Mode]),
    call("openat2", Other, &[Folder, Path, Hex, Number]),
    call("pause", Other, &[]),
    call("pivot_root", Other, &[Path, Path]),
    call("poll", Other, &[Hex, Number, Number]),
    call("ppoll", Other, &[Hex, Number, Hex, Hex]),
    call("pread64", Read, &[File, Hex, Number, Number]),
    call("preadv", Read, &[File, Hex, Number, Number]),
    call("preadv2", Read, &[File, Hex, Number, Number]),
    call("pselect6", Other, &[Number, Hex, Hex, Hex, Hex]),
    call("pwrite64", Write, &[File, Hex, Number, Number]),
    call("pwritev", Write, &[File, Hex, Number, Number]),
    call("pwritev2", Write, &[File, Hex, Number, Number]),
    call("read", Read, &[File, Hex, Number]),
    call("readlink", Other, &[Path, Hex, Number]),
    call("readlinkat", Other, &[Folder, Path, Hex, Number]),
    call("readv", Read, &[File, Hex, Number]),
    call("recvfrom", Read, &[File, Hex, Number, Hex]),
    call("recvmmsg", Read, &[File, Hex, Number, Hex, Hex]),
    call("recvmsg", Read, &[File, Hex, Hex]),
    call("rename", Other, &[Path, Path]),
    call("renameat", Other, &[Folder, Path, Folder, Path]),
    call("renameat2", Other, &[Folder, Path, Folder, Path, Hex]),
    call("restart_syscall", Other, &[]),
    call("rmdir", Other, &[Path]),
    call("rt_sigsuspend", Other, &[Hex, Number]),
    call("rt_sigtimedwait", Other, &[Hex, Hex, Hex, Number]),
    call("sched_yield", Other, &[]),
    call("select", Other, &[Number, Hex, Hex, Hex, Hex]),
    call("semtimedop", Other, &[Number, Hex, Number, Hex]),
    call("sendfile", Write, &[File, File, Hex, Number]),
    call("sendmmsg", Write, &[File, Hex, Number, Hex]),
    call("sendmsg", Write, &[File, Hex, Hex]),
    call("sendto", Write, &[File, Hex, Number, Hex]),
    call("setns", Other, &[File, Hex]),
    call("setxattr", Other, &[Path, Path, Hex, Number, Hex]),
    call("shutdown", Other, &[File, Number]),
    call("splice", Read, &[File, Hex, File, Hex, Number, Hex]),
    call("stat", Other, &[Path, Hex]),
    call("statfs", Other, &[Path, Hex]),
    call("statx", Other, &[Folder, Path, Hex, Hex, Hex]),
    call("symlink", Other, &[Path, Path]),
    call("symlinkat", Other, &[Path, Folder, Path]),
    call("sync", Other, &[]),
    call("sync_file_range", Sync, &[File, Number, Number, Hex]),
    call("syncfs", Sync, &[File]),
    call("tee", Read, &[File, File, Number, Hex]),
    call("truncate", Other, &[Path, Number]),
    call("umount2", Other, &[Path, Hex]),
    call("unlink", Other, &[Path]),
    call("unlinkat", Other, &[Folder, Path, Hex]),
    call("utimensat", Other, &[Folder, Path, Hex, Hex]),
    call("vfork", Other, &[]),
    call("vmsplice", Write, &[File, Hex, Number, Hex]),
    call("wait4", Other, &[Number, Hex, Hex, Hex]),
    call("waitid", Other, &[Number, Number, Hex, Hex]),
    call("write", Write, &[File, Hex, Number]),
    call("writev", Write, &[File, Hex, Number]),
];

/// The row of a call.
pub(super) fn signature(name: &str) -> Option<&'static Signature> {
    let at = SIGNATURES
        .binary_search_by_key(&name, |row| row.name)
        .ok()?;
    SIGNATURES.get(at)
}

/// Numbers that the manuals call by names.
pub(super) type Names = &'static [(u64, &'static str)];

/// The bits of `O_ACCMODE`.
pub(super) const ACCESS: Names = &[(0, "O_RDONLY"), (1, "O_WRONLY"), (2, "O_RDWR")];

/// Flags of open(2) that are the same on amd64 and arm64.
pub(super) const OPEN_FLAGS: Names = &[
    (0o100, "O_CREAT"),
    (0o200, "O_EXCL"),
    (0o1000, "O_TRUNC"),
    (0o2000, "O_APPEND"),
    (0o4000, "O_NONBLOCK"),
    (0o2_000_000, "O_CLOEXEC"),
];

/// Operations of flock(2).
pub(super) const LOCK_OPERATIONS: Names = &[(1, "LOCK_SH"), (2, "LOCK_EX"), (8, "LOCK_UN")];

/// `LOCK_NB`: not to wait.
pub(super) const LOCK_NB: u64 = 4;

/// Commands of fcntl(2).
pub(super) const FILE_COMMANDS: Names = &[
    (0, "F_DUPFD"),
    (1, "F_GETFD"),
    (2, "F_SETFD"),
    (3, "F_GETFL"),
    (4, "F_SETFL"),
    (5, "F_GETLK"),
    (6, "F_SETLK"),
    (7, "F_SETLKW"),
    (37, "F_OFD_SETLK"),
    (38, "F_OFD_SETLKW"),
];

/// The commands of fcntl(2) that wait for a lock: `F_SETLKW`, `F_OFD_SETLKW`.
pub(super) const WAITS_FOR_LOCK: [u64; 2] = [7, 38];
