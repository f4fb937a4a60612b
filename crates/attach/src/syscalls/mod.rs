//! System calls in words: the name of a number, and which of the arguments are files, sizes or addresses.

mod table;

pub use table::Use;

use gopeek_layout::arch::Arch;
use std::fmt::Write as _;
use table::{
    ACCESS, Arg, FILE_COMMANDS, LOCK_NB, LOCK_OPERATIONS, Names, OPEN_FLAGS, WAITS_FOR_LOCK,
    signature,
};

/// A system call that a thread is in, and what the thread knows of its arguments.
#[derive(Copy, Clone)]
pub struct Call<'c> {
    /// Whose numbers are meant.
    pub arch: Arch,
    /// Its number.
    pub number: u64,
    /// Its arguments.
    pub args: [u64; 6],
    /// Where in the kernel the thread sleeps, where that is known.
    pub channel: Option<&'c str>,
    /// What a descriptor of the thread is open on.
    pub file: &'c dyn Fn(u64) -> Option<String>,
    /// The path at an address, printable and in quotation marks.
    pub path: &'c dyn Fn(u64) -> Option<String>,
}

/// Arguments that are shown of a call that is not listed: who knows whether there are more.
const SHOWN: usize = 3;

/// `FUTEX_PRIVATE_FLAG` and `FUTEX_CLOCK_REALTIME`: not what is done, but to what.
const FUTEX_FLAGS: u64 = 0x180;

/// The calls that go on as `restart_syscall` when something stopped them, by what the kernel calls the place where they
/// sleep: their arguments are still in the registers. Two kinds of nanosleep, which differ in theirs, sleep in one place.
const RESUMED: &[(&str, &str)] = &[("futex", "futex"), ("poll", "poll")];
const RESTART: &str = "restart_syscall";

/// `AT_FDCWD`: the folder that the thread is in.
const AT_FDCWD: i64 = -100;

/// The name of a system call; nothing for a number that this release does not know.
#[must_use]
pub fn name(arch: Arch, number: u64) -> Option<&'static str> {
    let number = usize::try_from(number).ok()?;
    match arch {
        Arch::Amd64 => syscalls::x86_64::Sysno::new(number).map(|call| call.name()),
        Arch::Arm64 => syscalls::aarch64::Sysno::new(number).map(|call| call.name()),
    }
}

/// `write(fd 2 -> pipe:[88123], 0xc0007ea000, 412)`, `openat(AT_FDCWD, "/run/in", O_RDONLY, 0)`.
#[must_use]
pub fn describe(call: &Call<'_>) -> String {
    let mut name = name(call.arch, call.number);
    let mut text = String::new();
    let channel = call.channel.filter(|_| name == Some(RESTART));
    if let Some(resumed) = channel.and_then(resumed) {
        text = format!("{RESTART}: ");
        name = Some(resumed);
    }
    match name {
        Some(name) => text.push_str(name),
        None => text = format!("syscall {}", call.number),
    }
    let row = name.and_then(signature);
    let kinds = row.map_or(&[Arg::Hex; SHOWN][..], |row| row.args);
    text.push('(');
    for (index, (kind, value)) in kinds.iter().zip(call.args).enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        argument(&mut text, *kind, value, call);
    }
    if row.is_none() {
        text.push_str(", ...");
    }
    text.push(')');
    text
}

/// The descriptor that a system call is about, its first argument where that is one, and what it does there.
#[must_use]
pub fn descriptor(arch: Arch, number: u64, args: [u64; 6]) -> Option<(u32, Use)> {
    let row = signature(name(arch, number)?)?;
    let is_file = matches!(row.args.first(), Some(Arg::File));
    let [fd, command, ..] = args;
    let fd = u32::try_from(fd & u64::from(u32::MAX)).ok()?;
    let locks = row.name == "fcntl" && WAITS_FOR_LOCK.contains(&command);
    is_file.then_some((fd, if locks { Use::Lock } else { row.does }))
}

fn resumed(channel: &str) -> Option<&'static str> {
    let known = RESUMED.iter().find(|(place, _)| channel.contains(place));
    known.map(|(_, name)| *name)
}

fn argument(text: &mut String, kind: Arg, value: u64, call: &Call<'_>) {
    // The kernel takes the lower half of what it declares as an int. Writing to a String does not fail.
    let int = value.cast_signed() << 32 >> 32;
    let half = value & u64::from(u32::MAX);
    let _ = match kind {
        Arg::Folder if int == AT_FDCWD => text.write_str("AT_FDCWD"),
        Arg::File | Arg::Folder => match (call.file)(half) {
            Some(open_on) if int >= 0 => write!(text, "fd {int} -> {open_on}"),
            _ => write!(text, "fd {int}"),
        },
        Arg::Path => match (call.path)(value) {
            Some(path) => text.write_str(&path),
            None => write!(text, "{value:#x}"),
        },
        Arg::Hex => write!(text, "{value:#x}"),
        Arg::Number => write!(text, "{}", value.cast_signed()),
        Arg::Mode if half == 0 => text.write_str("0"),
        Arg::Mode => write!(text, "0{half:o}"),
        Arg::OpenFlags => text.write_str(&open_flags(half)),
        Arg::LockOperation => {
            let (operation, waits) = (half & !LOCK_NB, half & LOCK_NB == 0);
            text.push_str(&named(LOCK_OPERATIONS, operation));
            text.write_str(if waits { "" } else { "|LOCK_NB" })
        }
        Arg::FileCommand => text.write_str(&named(FILE_COMMANDS, half)),
        Arg::FutexOperation => match value & !FUTEX_FLAGS {
            0 | 9 => text.write_str("wait"),
            1 | 10 => text.write_str("wake"),
            other => write!(text, "operation {other}"),
        },
    };
}

/// The name of a number, or the number.
fn named(names: Names, value: u64) -> String {
    let known = names.iter().find(|(number, _)| *number == value);
    known.map_or_else(|| value.to_string(), |(_, name)| (*name).to_owned())
}

/// `O_RDWR|O_CREAT|0x8000`.
fn open_flags(flags: u64) -> String {
    let mut text = named(ACCESS, flags & 3);
    let mut rest = flags & !3;
    for (bit, name) in OPEN_FLAGS {
        if rest & bit != 0 {
            text.push('|');
            text.push_str(name);
            rest &= !bit;
        }
    }
    if rest != 0 {
        let _ = write!(text, "|{rest:#x}");
    }
    text
}

#[cfg(test)]
mod tests;
