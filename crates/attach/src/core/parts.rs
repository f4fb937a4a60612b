//! What a core says beside its memory, as plain data.

use gopeek_layout::Addr;
use gopeek_layout::registers::Registers;
use std::path::PathBuf;

/// A thread.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct CoreThread {
    /// Its number, in the pid namespace of who wrote the core.
    pub tid: i32,
    /// Its registers.
    pub registers: Registers,
    /// The signal that it was getting; 0 for none.
    pub signal: i32,
}

/// What process it was.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProcessNote {
    /// Its number, in the pid namespace of who wrote the core.
    pub pid: i32,
    /// Its parent's.
    pub parent: i32,
    /// Its real user and group.
    pub uid: u32,
    /// Likewise.
    pub gid: u32,
    /// The name of its first thread, of at most 15 bytes.
    pub name: String,
    /// The front of its command line, at most 79 bytes, with spaces between the words.
    pub command: String,
}

/// A signal that ended the process, or that stood behind its last stop.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Signal {
    /// Its number.
    pub number: i32,
    /// Why it came (`si_code`).
    pub code: i32,
    /// The address whose access failed, of a signal that is about one.
    pub address: Option<Addr>,
}

/// A file that was mapped.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FileMapping {
    /// Where the mapping begins.
    pub start: Addr,
    /// One behind its last byte.
    pub end: Addr,
    /// From which byte of the file on it is.
    pub offset: u64,
    /// The file, as the process saw it.
    pub path: PathBuf,
}
