//! A process's address space as the kernel lists it: what its files are mapped to, and what it was told at its start.

use crate::core::FileMapping;
use crate::error::AttachError;
use crate::process::Process;
use gopeek_layout::{Addr, Span};
use procfs::process::{MMPermissions, MMapPath};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// What /proc/PID/pagemap says of a page: there, swapped out, or of a file (Documentation/admin-guide/mm/pagemap.rst).
const PRESENT: u64 = 1 << 63;
const SWAPPED: u64 = 1 << 62;
const OF_FILE: u64 = 1 << 61;
/// Mappings that are longer are the shadows of sanitizers: nothing in them is the program's own, and to look for their pages
/// would take minutes.
const MAX_MAPPING: u64 = 256 << 30;
/// Entries that are read at once.
const ENTRIES: usize = 64 << 10;

impl Process {
    /// Which parts of which files are mapped where, by address.
    ///
    /// # Errors
    /// [`AttachError`], when the list can't be read.
    pub fn file_mappings(&self) -> Result<Vec<FileMapping>, AttachError> {
        let of_files = self.maps()?.into_iter().filter_map(|map| {
            let MMapPath::Path(path) = map.pathname else {
                return None;
            };
            Some(FileMapping {
                start: Addr::new(map.address.0),
                end: Addr::new(map.address.1),
                offset: map.offset,
                path,
            })
        });
        Ok(of_files.collect())
    }

    /// All memory that is the process's own: what it has written to, and what has no file. Only pages that are there:
    /// to read others would make them.
    ///
    /// # Errors
    /// [`AttachError`], when the list of mappings, or of pages, can't be read.
    pub fn private_memory(&self) -> Result<Vec<Span>, AttachError> {
        let pid = self.pid();
        let maps = self.maps()?;
        let pages = File::open(self.folder().join("pagemap"))
            .map_err(|error| AttachError::from_io(pid, "read the pages of", error))?;
        let mut spans = Vec::new();
        for map in maps {
            let special = [MMapPath::Vvar, MMapPath::Vsyscall].contains(&map.pathname)
                || map.address.1.saturating_sub(map.address.0) > MAX_MAPPING;
            let of_file = map.inode != 0;
            let shared = map.perms.contains(MMPermissions::SHARED);
            if special || !map.perms.contains(MMPermissions::READ) || (of_file && shared) {
                continue;
            }
            // Of constant parts of files, only what was written to nevertheless: by relocation, by a debugger.
            let only_own = of_file && !map.perms.contains(MMPermissions::WRITE);
            present(&pages, map.address, only_own, &mut spans)
                .map_err(|error| AttachError::from_io(pid, "read the pages of", error))?;
        }
        Ok(spans)
    }

    /// The auxiliary vector: pairs of a type and a value, as the kernel gave them to the program (getauxval(3)). Empty
    /// where it can't be read.
    #[must_use]
    pub fn auxv(&self) -> Vec<(u64, u64)> {
        let bytes = std::fs::read(self.folder().join("auxv")).unwrap_or_default();
        let (words, _) = bytes.as_chunks::<8>();
        let (pairs, _) = words.as_chunks::<2>();
        let pair =
            |[kind, value]: &[[u8; 8]; 2]| (u64::from_le_bytes(*kind), u64::from_le_bytes(*value));
        pairs.iter().map(pair).collect()
    }
}

/// Appends the pages of `[from, to)` that are there, neighbours as one; with `only_own`, no unchanged ones of files.
fn present(
    pages: &File,
    (from, to): (u64, u64),
    only_own: bool,
    spans: &mut Vec<Span>,
) -> io::Result<()> {
    let page = rustix::param::page_size() as u64;
    let mut bytes = vec![0; ENTRIES * 8];
    let (mut at, last) = (from / page, to / page);
    while at < last {
        let count = usize::try_from(last - at).unwrap_or(ENTRIES).min(ENTRIES);
        let entries = bytes.get_mut(..count * 8).unwrap_or_default();
        pages.read_exact_at(entries, at * 8)?;
        let (entries, _) = entries.as_chunks::<8>();
        for entry in entries {
            let entry = u64::from_le_bytes(*entry);
            let there = entry & (PRESENT | SWAPPED) != 0 && !(only_own && entry & OF_FILE != 0);
            let start = Addr::new(at * page);
            match spans.last_mut() {
                Some(last) if there && last.end() == Some(start) => last.len += page,
                _ if there => spans.push(Span::new(start, page)),
                _ => {}
            }
            at += 1;
        }
    }
    Ok(())
}
