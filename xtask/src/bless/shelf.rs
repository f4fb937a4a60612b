//! A folder of testdata/cores while it is made: the program, packed, and what belongs to each core.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::repo;
use crate::toolchain::Version;

/// A process that ends itself leaves a core of the kernel's; of another, gopeek saves one.
pub(super) const SCENARIOS: [(&str, Core); 4] = [
    ("hang", Core::Saved),
    ("deep", Core::Saved),
    ("crash", Core::Left),
    ("fault", Core::Left),
];

/// Whose core it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Core {
    /// gopeek's, of a process that goes on.
    Saved,
    /// The kernel's, of one that crashed.
    Left,
}

/// As small as zstd can: the cores are packed once and kept for ever.
const LEVEL: i32 = 22;

/// A folder.
pub(super) struct Shelf(PathBuf);

impl Shelf {
    /// An empty one.
    ///
    /// # Errors
    /// When it can't be emptied or made.
    pub(super) fn clear(go: Version, arch: &str) -> Result<Self> {
        let minor = format!("1.{}", go.minor);
        let folder = repo::cores().join(minor).join(arch);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        Ok(Self(folder))
    }

    /// Packs a file into it.
    ///
    /// # Errors
    /// When one of the two can't be read or written.
    pub(super) fn pack(&self, from: &Path, name: &str) -> Result<()> {
        let context = || format!("pack {}", from.display());
        let to = self.0.join(format!("{name}.zst"));
        let (from, to) = (File::open(from), File::create(to));
        zstd::stream::copy_encode(from.with_context(context)?, to?, LEVEL).with_context(context)
    }

    /// Puts a file into it as it is.
    ///
    /// # Errors
    /// When one of the two can't be read or written.
    pub(super) fn put(&self, from: &Path, name: &str) -> Result<()> {
        let copied = fs::copy(from, self.0.join(name));
        copied.with_context(|| format!("keep {}", from.display()))?;
        Ok(())
    }
}
