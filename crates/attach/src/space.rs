//! A process's address space as the kernel lists it: what its files are mapped to, and what it was told at its start.

use crate::core::FileMapping;
use crate::error::AttachError;
use crate::process::Process;
use gopeek_layout::Addr;
use procfs::process::MMapPath;

impl Process {
    /// Which parts of which files are mapped where, by address.
    ///
    /// # Errors
    /// [`AttachError`], when the list can't be read.
    pub fn file_mappings(&self) -> Result<Vec<FileMapping>, AttachError> {
        let maps = self
            .living()?
            .maps()
            .map_err(|error| AttachError::from_proc(self.pid(), "read the mappings of", error))?;
        let of_files = maps.into_iter().filter_map(|map| {
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
