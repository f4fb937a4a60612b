//! A process as an ELF core: read, whoever wrote it, and written.
//!
//! Only what is in the container: memory, threads, and what the kernel says of a process. What it means to Go is for
//! others. Nothing in a file is believed: a core that lies or is cut off gives what is in it, and says what is wrong.

mod build;
mod elf;
mod error;
mod files;
mod front;
mod headers;
pub mod identity;
mod notes;
mod overlap;
mod pack;
mod parts;
mod read;
mod rebuilt;
mod status;
mod unpack;
mod write;

pub use error::{CoreError, CoreProblem};
pub use files::{CoreFiles, Lookup, ProgramError};
pub use front::{Contents, Segment};
pub use notes::{OWN_KIND, OWN_NAME};
pub use pack::Packer;
pub use parts::{CoreThread, FileMapping, ProcessNote, Signal};
pub use write::{Early, write};

use crate::backing::Backing;
use crate::files::FileBytes;
use crate::open::regular;
use crate::snapshot::Snapshot;
use gopeek_layout::arch::Arch;
use headers::Front;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use unpack::{Packing, unpack};

/// What a core holds. Its memory stays in the file.
#[derive(Clone, Debug)]
pub struct Core {
    /// The machine that the process ran on.
    pub arch: Arch,
    /// All memory that is in the file. What a segment has more of in memory than in the file is not there: it was left
    /// out, and can be anything.
    pub memory: Snapshot,
    /// The threads, in the file's order: the kernel puts the one that died first.
    pub threads: Vec<CoreThread>,
    /// What process it was (`NT_PRPSINFO`).
    pub process: Option<ProcessNote>,
    /// The signal of the first thread.
    pub signal: Option<Signal>,
    /// What the kernel told the program at its start, by kind, without the end (`NT_AUXV`, getauxval(3)).
    pub auxv: Vec<(u64, u64)>,
    /// The files that were mapped (`NT_FILE`).
    pub mappings: Vec<FileMapping>,
    /// What gopeek itself put in.
    pub own: Option<Vec<u8>>,
    /// What is wrong with it.
    pub problems: Vec<CoreProblem>,
}

impl Core {
    /// Opens the core at `path`, packed or not.
    ///
    /// # Errors
    /// [`CoreError`], where it is none or nothing is left of it.
    pub fn open(path: &Path) -> Result<Core, CoreError> {
        let mut file = File::open(path).map_err(CoreError::system("open the core"))?;
        let front = front(&mut file).map_err(CoreError::system("read the core"))?;
        let (file, problems) = if let Some(packing) = Packing::of(&front)? {
            unpack(packing, front[..].chain(file))?
        } else {
            // What is no core need not be mapped; some can't be.
            Front::read(&front)?;
            (file, Vec::new())
        };
        let bytes = FileBytes::map(&file).map_err(CoreError::system("map the core"))?;
        read::read(Backing::of_file(bytes), problems)
    }

    /// Reads a core whose bytes are in memory, packed or not.
    ///
    /// # Errors
    /// Likewise.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Core, CoreError> {
        let Some(packing) = Packing::of(&bytes)? else {
            return read::read(Backing::of_bytes(bytes), Vec::new());
        };
        let (file, problems) = unpack(packing, &bytes[..])?;
        let bytes = FileBytes::map(&file).map_err(CoreError::system("map the core"))?;
        read::read(Backing::of_file(bytes), problems)
    }
}

/// Whether the file at `path` is an ELF core, packed or not, of whatever machine.
#[must_use]
pub fn is_core(path: &Path) -> bool {
    // What is read from a pipe could not be read again.
    let Ok(mut file) = regular(path) else {
        return false;
    };
    let Ok(front) = front(&mut file) else {
        return false;
    };
    match Packing::of(&front) {
        Ok(None) => elf::is_core(&front),
        Ok(Some(packing)) => {
            let unpacked = packing.reader(front.chain(file));
            let front = unpacked.and_then(|mut unpacked| self::front(&mut unpacked));
            front.is_ok_and(|front| elf::is_core(&front))
        }
        Err(_) => false,
    }
}

/// Why the regular file at `path` can't be read as a core; nothing where there is no such file.
#[must_use]
pub fn why_not(path: &Path) -> Option<CoreError> {
    let mut file = regular(path).ok()?;
    let front = match front(&mut file) {
        Ok(front) => front,
        Err(source) => return Some(CoreError::system("read the core")(source)),
    };
    match Packing::of(&front) {
        Err(packed) => Some(packed),
        Ok(None) => Front::read(&front).err(),
        Ok(Some(packing)) => {
            let unpacked = packing.reader(front.chain(file));
            match unpacked.and_then(|mut unpacked| self::front(&mut unpacked)) {
                Ok(front) => Front::read(&front).err(),
                Err(source) => Some(CoreError::system("unpack the core")(source)),
            }
        }
    }
}

/// A file's first bytes: as many as say what it is.
fn front(file: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut front = Vec::new();
    let len = u64::try_from(elf::HEADER_LEN).unwrap_or(u64::MAX);
    file.take(len).read_to_end(&mut front)?;
    Ok(front)
}
