//! The files that a process has mapped as code, opened from where *it* sees them.

use crate::cut::Watched;
use crate::error::AttachError;
use crate::living::Living;
use crate::open::{below, regular};
use crate::process::Process;
use crate::unpacked;
use gopeek_layout::Addr;
use gopeek_layout::mem::read_bytes;
use memmap2::{Mmap, MmapMut};
use nix::unistd::Pid;
use procfs::process::{MMPermissions, MMapPath, MemoryMap, MemoryMaps};
use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;
use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// An exec takes a millisecond or so to map its program.
const RETRIES: usize = 20;
const RETRY_AFTER: Duration = Duration::from_micros(500);
/// Several times what any kernel's vDSO takes.
const MAX_VDSO: usize = 1 << 20;

/// A file's bytes, mapped into our own memory: only what is looked at is read from the disk.
#[derive(Debug)]
pub struct FileBytes {
    /// Dropped before the mapping is. Memory without a file is not watched.
    watched: Option<Watched>,
    bytes: Mmap,
}

impl FileBytes {
    /// Maps a file that is open for reading.
    ///
    /// # Errors
    /// Whatever mmap answers; an empty file can't be mapped.
    #[allow(unsafe_code)]
    pub fn map(file: &File) -> io::Result<FileBytes> {
        // SAFETY: the mapping is private and read-only. Its bytes could change under us only if someone wrote to
        // the file: the kernel refuses that for a running executable, and shared objects are replaced by rename. What
        // someone cuts off meanwhile becomes zeros, and that is noted.
        let bytes = unsafe { Mmap::map(file) }?;
        Ok(FileBytes {
            watched: Some(Watched::new(&bytes)),
            bytes,
        })
    }

    /// Whether the file was cut off, or could not be read, after it had been mapped: zeros are in place of what is missing.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.watched.as_ref().is_some_and(Watched::is_cut)
    }

    /// A file of `len` bytes that is nowhere but in memory: parts that begin at offsets, and zeros between them.
    ///
    /// # Errors
    /// Whatever mmap answers; a part that does not fit is left out.
    pub(crate) fn put_together(len: usize, parts: &[(usize, &[u8])]) -> io::Result<FileBytes> {
        FileBytes::made(len, |bytes| {
            for (from, part) in parts {
                let to = from.checked_add(part.len());
                if let Some(room) = to.and_then(|to| bytes.get_mut(*from..to)) {
                    room.copy_from_slice(part);
                }
            }
        })
    }

    /// A file of `len` zeroes, of which `make` makes something else.
    ///
    /// # Errors
    /// Whatever mmap answers.
    pub(crate) fn made(len: usize, make: impl FnOnce(&mut [u8])) -> io::Result<FileBytes> {
        let mut bytes = MmapMut::map_anon(len)?;
        make(&mut bytes);
        let bytes = bytes.make_read_only()?;
        Ok(FileBytes {
            watched: None,
            bytes,
        })
    }
}

impl Deref for FileBytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Maximum length of a file with code, in bytes: several times the largest program with all its DWARF.
const MAX_CODE: u64 = 4 << 30;
/// Maximum number of bytes in the holes of a file with code. Linkers leave pages; to read a hole of gigabytes makes real
/// memory of it.
const MAX_HOLES: u64 = 64 << 20;
/// Maximum number of parts of a file between its holes.
const MAX_PARTS: usize = 4096;

/// Maps a file that a target chose to run code from, unless that would cost too much.
pub(crate) fn code(file: &File) -> io::Result<FileBytes> {
    let len = file.metadata()?.len();
    if len > MAX_CODE || !has_few_holes(file, len) {
        return Err(io::Error::other("too large, or mostly holes"));
    }
    FileBytes::map(file)
}

/// Whether a file has no more holes than a program has.
fn has_few_holes(file: &File, len: u64) -> bool {
    if len <= MAX_HOLES {
        return true;
    }
    let (mut at, mut holes) = (0, 0_u64);
    for _ in 0..MAX_PARTS {
        let data = match seek(file, SeekFrom::Data(at)) {
            Ok(data) => data,
            // No more of it: the rest is a hole.
            Err(Errno::NXIO) => len,
            // A file system that does not tell. It has none, or they cost no memory.
            Err(_) => return true,
        };
        holes = holes.saturating_add(data.saturating_sub(at));
        if holes > MAX_HOLES {
            return false;
        }
        match seek(file, SeekFrom::Hole(data)) {
            Ok(hole) if hole < len && hole > at => at = hole,
            _ => return true,
        }
    }
    false
}

/// The program that the process `pid` runs, which more users may read than may read its memory.
///
/// # Errors
/// Whatever the kernel answers; `NotFound` for a kernel thread.
pub fn program_of(pid: Pid) -> io::Result<FileBytes> {
    let tid = Living::of(pid)
        .ok()
        .flatten()
        .map_or(pid, |living| living.tid());
    code(&regular(Path::new(&format!("/proc/{tid}/exe")))?)
}

/// A file that the target runs code from.
#[derive(Debug)]
pub struct MappedFile {
    /// Its path, as the target sees it.
    pub path: PathBuf,
    /// Whether this is the program itself.
    pub is_program: bool,
    /// Whether it is no file at all, but a program that was unpacked into memory. The path is that of the packer.
    pub in_memory: bool,
    /// Where its first mapping begins.
    pub start: Addr,
    /// From which byte of the file that mapping is.
    pub offset: u64,
    /// The file.
    pub bytes: FileBytes,
}

/// Maximum number of places at which an unpacked program may begin: a JIT has thousands of mappings of code.
const MAX_UNPACKED: usize = 256;
/// Maximum number of mappings in front of the first one of code.
const MAX_IN_FRONT: usize = 2;

/// Whether a mapping has no file that others could open: anonymous memory, or a file that only lives in memory.
fn is_nowhere(map: &MemoryMap) -> bool {
    match &map.pathname {
        MMapPath::Anonymous => true,
        MMapPath::Path(path) => is_memfd(path),
        _ => false,
    }
}

/// Whether the kernel says of a path that it is one of `memfd_create(2)`.
pub(crate) fn is_memfd(path: &Path) -> bool {
    path.to_str()
        .is_some_and(|path| path.starts_with("/memfd:"))
}

fn start(map: &MemoryMap) -> Addr {
    Addr::new(map.address.0)
}

fn begins_with_program(files: &[MappedFile]) -> bool {
    files.first().is_some_and(|file| file.is_program)
}

impl Process {
    /// What the descriptor `fd` is open on, in the kernel's words: a path, `pipe:[88123]`, `socket:[4711]`.
    #[must_use]
    pub fn open_on(&self, fd: u64) -> Option<String> {
        let link = std::fs::read_link(self.folder().join(format!("fd/{fd}"))).ok()?;
        Some(link.to_string_lossy().into_owned())
    }

    /// The files from which the target runs code, the program first. What can't be opened is left out.
    ///
    /// # Errors
    /// [`AttachError`], when the list of mappings or the program itself can't be read.
    pub fn code_files(&self) -> Result<Vec<MappedFile>, AttachError> {
        let mut files = self.mapped_code();
        for _ in 0..RETRIES {
            if files
                .as_ref()
                .map_or(true, |files| begins_with_program(files))
            {
                break;
            }
            // In the middle of an exec, the new program is not mapped yet.
            thread::sleep(RETRY_AFTER);
            files = self.mapped_code();
        }
        let files = files.map_err(|error| self.gone_meanwhile(error))?;
        if begins_with_program(&files) {
            return Ok(files);
        }
        Err(self.gone_meanwhile(AttachError::System {
            pid: self.pid(),
            operation: "read the program of",
            source: io::Error::other("it is not mapped, or can't be opened"),
        }))
    }

    fn mapped_code(&self) -> Result<Vec<MappedFile>, AttachError> {
        let pid = self.pid();
        let maps = self.maps()?;
        let find = |source| AttachError::from_io(pid, "find the program of", source);
        let link = self.folder().join("exe");
        let program = std::fs::metadata(&link).map_err(find)?;
        let program_path = std::fs::read_link(&link).map_err(find)?;
        let code: HashSet<(i32, i32, u64)> = maps
            .iter()
            .filter(|map| map.perms.contains(MMPermissions::EXECUTE) && map.inode != 0)
            .map(|map| (map.dev.0, map.dev.1, map.inode))
            .collect();
        let mut seen = HashSet::new();
        let mut files = Vec::new();
        for map in &maps {
            let id = (map.dev.0, map.dev.1, map.inode);
            let MMapPath::Path(path) = &map.pathname else {
                continue;
            };
            if !code.contains(&id) || !seen.insert(id) {
                continue;
            }
            // On stacked file systems (overlay) the numbers of a mapping are not those of its file.
            let is_program = map.inode == program.ino() || *path == program_path;
            let Some(bytes) = self.open_mapped(map, path, is_program) else {
                continue;
            };
            let (start, offset) = (Addr::new(map.address.0), map.offset);
            files.push(MappedFile {
                path: path.clone(),
                is_program,
                in_memory: false,
                start,
                offset,
                bytes,
            });
        }
        files.sort_by_key(|file| !file.is_program);
        files.extend(self.unpacked(&maps, &program_path));
        Ok(files)
    }

    /// The programs that `packer` has unpacked into memory without a file.
    fn unpacked(&self, maps: &MemoryMaps, packer: &Path) -> Vec<MappedFile> {
        let is_code = |map: &MemoryMap| map.perms.contains(MMPermissions::EXECUTE);
        let mut starts = Vec::new();
        for (index, map) in maps.iter().enumerate() {
            if starts.len() >= MAX_UNPACKED {
                break;
            }
            if is_nowhere(map) && is_code(map) {
                // A linker may put headers and constants in front of code.
                let range = index.saturating_sub(MAX_IN_FRONT)..=index;
                let front = maps.0.get(range).unwrap_or_default();
                starts.extend(front.iter().filter(|map| is_nowhere(map)).map(start));
            }
        }
        starts.dedup();
        unpacked::programs(self, starts.into_iter(), packer)
    }

    /// The code that the kernel maps into the target (`[vdso]`), an ELF file without a file: where, and its bytes.
    #[must_use]
    pub fn vdso(&self) -> Option<(Addr, Vec<u8>)> {
        let maps = self.maps().ok()?;
        let map = maps.iter().find(|map| map.pathname == MMapPath::Vdso)?;
        let (start, end) = map.address;
        let len = usize::try_from(end.checked_sub(start)?).ok()?;
        let start = Addr::new(start);
        let bytes = read_bytes(self, start, len.min(MAX_VDSO)).ok()?;
        Some((start, bytes))
    }

    /// Opens a mapped file: the program through /proc/PID/exe, which finds it deleted or replaced too; others
    /// through map_files, which does likewise but needs privileges, or by path in the target's root.
    fn open_mapped(&self, map: &MemoryMap, path: &Path, is_program: bool) -> Option<FileBytes> {
        let folder = self.folder();
        if is_program {
            return code(&regular(&folder.join("exe")).ok()?).ok();
        }
        let exact = format!("map_files/{:x}-{:x}", map.address.0, map.address.1);
        if let Ok(file) = regular(&folder.join(exact)) {
            return code(&file).ok();
        }
        let file = below(&folder.join("root"), path).ok()?;
        // A file that took the mapped one's place is of no use. On stacked file systems the devices differ, and the
        // numbers say nothing.
        let metadata = file.metadata().ok()?;
        let device = (
            rustix::fs::major(metadata.dev()),
            rustix::fs::minor(metadata.dev()),
        );
        let mapped = (
            u32::try_from(map.dev.0).ok()?,
            u32::try_from(map.dev.1).ok()?,
        );
        let same = metadata.ino() == map.inode || device != mapped;
        same.then(|| code(&file).ok())?
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_CODE, MAX_HOLES, code};
    use std::io::Write;
    use std::os::unix::fs::FileExt;

    #[test]
    fn a_file_of_holes_is_not_mapped() {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(b"\x7fELF", 0).unwrap();
        file.set_len(MAX_HOLES / 2).unwrap();
        assert!(code(&file).is_ok());
        file.set_len(3 << 30).unwrap();
        assert!(code(&file).is_err());
        // However it is cut into pieces.
        for at in 1..2000 {
            file.write_all_at(b"x", at << 20).unwrap();
        }
        assert!(code(&file).is_err());
        file.set_len(MAX_CODE + 1).unwrap();
        assert!(code(&file).is_err());
    }

    #[test]
    fn a_large_file_without_holes_is_mapped() {
        let mut file = tempfile::tempfile().unwrap();
        let block = vec![1; 1 << 20];
        for _ in 0..(MAX_HOLES >> 20) + 2 {
            file.write_all(&block).unwrap();
        }
        assert!(code(&file).is_ok());
    }
}
