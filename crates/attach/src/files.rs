//! The files that a process has mapped as code, opened from where *it* sees them.

use crate::error::AttachError;
use crate::living::Living;
use crate::process::Process;
use gopeek_layout::Addr;
use gopeek_layout::mem::read_bytes;
use memmap2::{Mmap, MmapMut};
use nix::unistd::Pid;
use procfs::process::{MMPermissions, MMapPath, MemoryMap};
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
pub struct FileBytes(Mmap);

impl FileBytes {
    /// Maps a file that is open for reading.
    ///
    /// # Errors
    /// Whatever mmap answers; an empty file can't be mapped.
    #[allow(unsafe_code)]
    pub fn map(file: &File) -> io::Result<FileBytes> {
        // SAFETY: the mapping is private and read-only. Its bytes could change under us only if someone wrote to
        // the file: the kernel refuses that for a running executable, and shared objects are replaced by rename. Of a
        // core that someone cuts off meanwhile, no bytes are made up: the kernel ends us (SIGBUS).
        unsafe { Mmap::map(file) }.map(FileBytes)
    }

    /// Likewise, of a regular file; nothing of any other.
    pub(crate) fn of_regular(file: &File) -> Option<FileBytes> {
        let regular = file.metadata().ok()?.is_file();
        regular.then(|| FileBytes::map(file).ok())?
    }

    /// A file of `len` bytes that is nowhere but in memory: parts that begin at offsets, and zeros between them.
    ///
    /// # Errors
    /// Whatever mmap answers; a part that does not fit is left out.
    pub(crate) fn put_together(len: usize, parts: &[(usize, &[u8])]) -> io::Result<FileBytes> {
        let mut bytes = MmapMut::map_anon(len)?;
        for (from, part) in parts {
            let to = from.checked_add(part.len());
            if let Some(room) = to.and_then(|to| bytes.get_mut(*from..to)) {
                room.copy_from_slice(part);
            }
        }
        bytes.make_read_only().map(FileBytes)
    }
}

impl Deref for FileBytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
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
    FileBytes::map(&File::open(format!("/proc/{tid}/exe"))?)
}

/// A file that the target runs code from.
#[derive(Debug)]
pub struct MappedFile {
    /// Its path, as the target sees it.
    pub path: PathBuf,
    /// Whether this is the program itself.
    pub is_program: bool,
    /// Where its first mapping begins.
    pub start: Addr,
    /// From which byte of the file that mapping is.
    pub offset: u64,
    /// The file.
    pub bytes: FileBytes,
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
                start,
                offset,
                bytes,
            });
        }
        files.sort_by_key(|file| !file.is_program);
        Ok(files)
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
            return FileBytes::map(&File::open(folder.join("exe")).ok()?).ok();
        }
        let exact = format!("map_files/{:x}-{:x}", map.address.0, map.address.1);
        if let Ok(file) = File::open(folder.join(exact)) {
            return FileBytes::map(&file).ok();
        }
        let within = path.strip_prefix("/").unwrap_or(path);
        let file = File::open(folder.join("root").join(within)).ok()?;
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
        same.then(|| FileBytes::map(&file).ok())?
    }
}
