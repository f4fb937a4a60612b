//! The runtime's source files of one Go release, read from a toolchain.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use super::decls;
use super::release::{File, Release};
use crate::run;
use crate::toolchain::{self, Version, Wanted};

/// The folders below `src` that count as the runtime. Go 1.23 moved `runtime/internal` to `internal/runtime`.
pub(super) const ROOTS: [&str; 3] = ["internal/abi", "internal/runtime", "runtime"];

/// Maximum size of a file that is read, in bytes. The race detector's objects are the largest, below 1 MB.
const LARGEST: u64 = 16 << 20;

/// One release's files with their bytes.
pub(super) struct Tree {
    /// The files without their bytes.
    pub(super) release: Release,
    /// The bytes of each file, by its path below `src`.
    pub(super) bytes: BTreeMap<String, Vec<u8>>,
}

impl Tree {
    /// Reads a release, bringing its toolchain if it is not here yet.
    ///
    /// # Errors
    /// If no source has the toolchain, or the toolchain comes without the runtime's sources.
    pub(super) fn of(version: Version, use_path: bool) -> Result<Self> {
        let src = sources(version, use_path)?;
        let mut bytes = BTreeMap::new();
        for root in ROOTS {
            // `internal/runtime` exists from 1.23 on.
            if src.join(root).is_dir() {
                read_folder(&src, root, &mut bytes)?;
            }
        }
        if !bytes.contains_key("runtime/proc.go") {
            bail!(
                "Go {version} has no sources: no runtime/proc.go in {}",
                src.display()
            );
        }
        Ok(Self::from_bytes(version, bytes))
    }

    /// A tree of files that are already in memory.
    pub(super) fn from_bytes(version: Version, bytes: BTreeMap<String, Vec<u8>>) -> Self {
        let files = bytes
            .iter()
            .map(|(path, bytes)| (path.clone(), File::of(path, bytes)))
            .collect();
        let release = Release { version, files };
        Self { release, bytes }
    }

    /// The declarations of a file with their texts, in its order.
    pub(super) fn decls(&self, path: &str) -> Vec<(String, &[u8])> {
        let (file, bytes) = (self.release.files.get(path), self.bytes.get(path));
        let Some(bytes) = bytes.filter(|_| file.is_some_and(|file| file.kind.has_decls())) else {
            return Vec::new();
        };
        let spans = decls::spans(path, bytes).into_iter();
        let texts = spans.map(|(name, span)| (name, bytes.get(span).unwrap_or_default()));
        texts.collect()
    }
}

/// The `src` folder of a release.
///
/// # Errors
/// If no source has the toolchain.
pub(super) fn sources(version: Version, use_path: bool) -> Result<PathBuf> {
    // What each of the sources answered is pages long, and another verb's to tell.
    let toolchain = toolchain::find(Wanted::Exactly(version), use_path).map_err(|_| {
        anyhow!(
            "no toolchain of Go {version} could be brought: check the version and the network \
             (`cargo xtask toolchains {version}` prints what each source answered)"
        )
    })?;
    let mut env = toolchain.command();
    env.args(["env", "GOROOT"]);
    let root = run::read(&mut env).with_context(|| format!("ask Go {version} for its GOROOT"))?;
    Ok(Path::new(&root).join("src"))
}

fn read_folder(src: &Path, below: &str, bytes: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    let folder = src.join(below);
    for entry in fs::read_dir(&folder).with_context(|| format!("list {}", folder.display()))? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            bail!("{} has a file whose name is not UTF-8", folder.display());
        };
        let (path, kind) = (format!("{below}/{name}"), entry.file_type()?);
        if kind.is_dir() {
            read_folder(src, &path, bytes)?;
        } else if kind.is_file() {
            let size = entry.metadata()?.len();
            if size > LARGEST {
                bail!("{path} is too large: {size} bytes, more than {LARGEST}");
            }
            let read =
                fs::read(entry.path()).with_context(|| format!("read {}", entry.path().display()));
            bytes.insert(path, read?);
        }
    }
    Ok(())
}
