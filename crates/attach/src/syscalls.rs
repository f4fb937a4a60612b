//! System calls in words: the name of a number, and which of the arguments are files, sizes or addresses.

use gopeek_layout::arch::Arch;
use std::fmt::Write as _;

/// What an argument is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Arg {
    /// A file descriptor.
    File,
    /// An address, or flags.
    Hex,
    /// A signed number: a length, a time in ms, a process.
    Number,
    /// What futex(2) is to do.
    FutexOperation,
}
use Arg::{File, FutexOperation, Hex, Number};

/// The arguments of the calls that threads are found in, by name; of the man pages in section 2.
const SIGNATURES: &[(&str, &[Arg])] = &[
    ("accept", &[File, Hex, Hex]),
    ("accept4", &[File, Hex, Hex, Hex]),
    ("clock_nanosleep", &[Number, Hex, Hex, Hex]),
    ("clone", &[Hex, Hex, Hex, Hex, Hex]),
    ("close", &[File]),
    ("connect", &[File, Hex, Number]),
    ("copy_file_range", &[File, Hex, File, Hex, Number, Hex]),
    ("epoll_pwait", &[File, Hex, Number, Number, Hex]),
    ("epoll_wait", &[File, Hex, Number, Number]),
    ("execve", &[Hex, Hex, Hex]),
    ("fallocate", &[File, Hex, Number, Number]),
    ("fcntl", &[File, Number, Hex]),
    ("fdatasync", &[File]),
    ("flock", &[File, Hex]),
    ("fsync", &[File]),
    ("futex", &[Hex, FutexOperation, Number, Hex]),
    ("getrandom", &[Hex, Number, Hex]),
    ("io_uring_enter", &[File, Number, Number, Hex]),
    ("ioctl", &[File, Hex, Hex]),
    ("madvise", &[Hex, Number, Number]),
    ("mmap", &[Hex, Number, Hex, Hex, File, Number]),
    ("munmap", &[Hex, Number]),
    ("nanosleep", &[Hex, Hex]),
    ("newfstatat", &[File, Hex, Hex, Hex]),
    ("openat", &[File, Hex, Hex, Hex]),
    ("pause", &[]),
    ("poll", &[Hex, Number, Number]),
    ("ppoll", &[Hex, Number, Hex, Hex]),
    ("pread64", &[File, Hex, Number, Number]),
    ("pselect6", &[Number, Hex, Hex, Hex, Hex]),
    ("pwrite64", &[File, Hex, Number, Number]),
    ("read", &[File, Hex, Number]),
    ("readv", &[File, Hex, Number]),
    ("recvfrom", &[File, Hex, Number, Hex]),
    ("recvmsg", &[File, Hex, Hex]),
    ("restart_syscall", &[]),
    ("rt_sigsuspend", &[Hex, Number]),
    ("rt_sigtimedwait", &[Hex, Hex, Hex, Number]),
    ("sched_yield", &[]),
    ("select", &[Number, Hex, Hex, Hex, Hex]),
    ("semtimedop", &[Number, Hex, Number, Hex]),
    ("sendfile", &[File, File, Hex, Number]),
    ("sendmsg", &[File, Hex, Hex]),
    ("sendto", &[File, Hex, Number, Hex]),
    ("splice", &[File, Hex, File, Hex, Number, Hex]),
    ("sync", &[]),
    ("vfork", &[]),
    ("wait4", &[Number, Hex, Hex, Hex]),
    ("waitid", &[Number, Number, Hex, Hex]),
    ("write", &[File, Hex, Number]),
    ("writev", &[File, Hex, Number]),
];

/// Arguments that are shown of a call that is not listed: who knows whether there are more.
const SHOWN: usize = 3;

/// `FUTEX_PRIVATE_FLAG` and `FUTEX_CLOCK_REALTIME`: not what is done, but to what.
const FUTEX_FLAGS: u64 = 0x180;

/// The calls that go on as `restart_syscall` when something stopped them, by what the kernel calls the place where they
/// sleep: their arguments are still in the registers. Two kinds of nanosleep, which differ in theirs, sleep in one place.
const RESUMED: &[(&str, &str)] = &[("futex", "futex"), ("poll", "poll")];
const RESTART: &str = "restart_syscall";

/// The name of a system call; nothing for a number that this release does not know.
#[must_use]
pub fn name(arch: Arch, number: u64) -> Option<&'static str> {
    let number = usize::try_from(number).ok()?;
    match arch {
        Arch::Amd64 => syscalls::x86_64::Sysno::new(number).map(|call| call.name()),
        Arch::Arm64 => syscalls::aarch64::Sysno::new(number).map(|call| call.name()),
    }
}

/// `write(fd 2 -> pipe:[88123], 0xc0007ea000, 412)`. `channel` is where the kernel sleeps, where that is known; `file`
/// says what a descriptor is open on.
#[must_use]
pub fn describe(
    arch: Arch,
    number: u64,
    args: [u64; 6],
    channel: Option<&str>,
    file: &dyn Fn(u64) -> Option<String>,
) -> String {
    let mut name = name(arch, number);
    let mut text = String::new();
    if let Some(resumed) = channel.filter(|_| name == Some(RESTART)).and_then(resumed) {
        text = format!("{RESTART}: ");
        name = Some(resumed);
    }
    match name {
        Some(name) => text.push_str(name),
        None => text = format!("syscall {number}"),
    }
    let signature = SIGNATURES
        .iter()
        .find(|(known, _)| Some(*known) == name)
        .map(|(_, signature)| *signature);
    let kinds = signature.unwrap_or(&[Hex; SHOWN]);
    text.push('(');
    for (index, (kind, value)) in kinds.iter().zip(args).enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        argument(&mut text, *kind, value, file);
    }
    if signature.is_none() {
        text.push_str(", ...");
    }
    text.push(')');
    text
}

/// The file descriptor that a system call is about, its first argument where that is one; and whether it writes there.
#[must_use]
pub fn descriptor(arch: Arch, number: u64, args: [u64; 6]) -> Option<(u32, bool)> {
    let name = name(arch, number)?;
    let (_, signature) = SIGNATURES.iter().find(|(known, _)| *known == name)?;
    let is_file = matches!(signature.first(), Some(File));
    let fd = u32::try_from(args[0] & u64::from(u32::MAX)).ok()?;
    let writes = ["write", "send"].iter().any(|word| name.contains(word));
    is_file.then_some((fd, writes))
}

fn resumed(channel: &str) -> Option<&'static str> {
    let known = RESUMED.iter().find(|(place, _)| channel.contains(place));
    known.map(|(_, name)| *name)
}

fn argument(text: &mut String, kind: Arg, value: u64, file: &dyn Fn(u64) -> Option<String>) {
    // The kernel takes the lower half of what it declares as an int. Writing to a String does not fail.
    let int = value.cast_signed() << 32 >> 32;
    let _ = match kind {
        File => match file(value & u64::from(u32::MAX)) {
            Some(open_on) => write!(text, "fd {int} -> {open_on}"),
            None => write!(text, "fd {int}"),
        },
        Hex => write!(text, "{value:#x}"),
        Number => write!(text, "{}", value.cast_signed()),
        FutexOperation => match value & !FUTEX_FLAGS {
            0 | 9 => text.write_str("wait"),
            1 | 10 => text.write_str("wake"),
            other => write!(text, "operation {other}"),
        },
    };
}

#[cfg(test)]
mod tests {
    use super::{SIGNATURES, describe, descriptor, name};
    use gopeek_layout::arch::Arch;

    #[test]
    fn what_is_read_and_what_is_written_to() {
        let args = [7, 0x1000, 10, 0, 0, 0];
        let of = |number| descriptor(Arch::Amd64, number, args);
        assert_eq!([of(0), of(1)], [Some((7, false)), Some((7, true))]);
        // getpid, and a number that is no call's.
        assert_eq!([of(39), of(99_999)], [None, None]);
    }

    fn files(fd: u64) -> Option<String> {
        (fd == 2).then(|| "pipe:[88123]".to_owned())
    }

    #[test]
    fn files_sizes_and_addresses() {
        let write = [2, 0xc000_1000, 412, 9, 9, 9];
        let expected = "write(fd 2 -> pipe:[88123], 0xc0001000, 412)";
        assert_eq!(describe(Arch::Amd64, 1, write, None, &files), expected);
        assert_eq!(describe(Arch::Arm64, 64, write, None, &files), expected);
        let futex = [0x1000, 0x80, u64::MAX, 0, 0, 0];
        assert_eq!(
            describe(Arch::Amd64, 202, futex, None, &files),
            "futex(0x1000, wait, -1, 0x0)"
        );
    }

    #[test]
    fn a_call_that_goes_on_is_told_by_where_it_sleeps() {
        let args = [0x1000, 0x80, 0, 0x2000, 0, 0];
        let describe = |channel| describe(Arch::Amd64, 219, args, channel, &files);
        assert_eq!(
            describe(Some("futex_do_wait")),
            "restart_syscall: futex(0x1000, wait, 0, 0x2000)"
        );
        assert_eq!(describe(Some("hrtimer_nanosleep")), "restart_syscall()");
        assert_eq!(describe(None), "restart_syscall()");
    }

    #[test]
    fn what_is_not_known_is_shown_as_it_is() {
        let args = [1, 2, 3, 4, 5, 6];
        assert_eq!(
            describe(Arch::Amd64, 99_999, args, None, &files),
            "syscall 99999(0x1, 0x2, 0x3, ...)"
        );
        assert_eq!(
            describe(Arch::Amd64, 39, args, None, &files),
            "getpid(0x1, 0x2, 0x3, ...)"
        );
    }

    #[test]
    fn every_signature_is_of_a_call_that_exists() {
        for (known, _) in SIGNATURES {
            let exists = (0..1000).any(|number| name(Arch::Amd64, number) == Some(known));
            assert!(exists, "{known}");
        }
        assert!(SIGNATURES.is_sorted_by_key(|(known, _)| *known));
    }
}
