//! A folder of the shelf: cores of one program, the program, packed, and what is to be said of the cores.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const CORE: &str = ".core.zst";
const PACKED: &str = ".zst";

/// One, with its cores and its program where gopeek can be run on them.
pub(super) struct Folder {
    path: PathBuf,
    /// Nothing of where this machine keeps it may be in what is said: gopeek runs here, with the names of files only.
    bench: TempDir,
    /// The cores, by their names without the end.
    pub(super) cores: BTreeSet<String>,
}

/// The folders of a shelf: `MINOR/ARCH`.
pub(super) fn folders(shelf: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for minor in entries(shelf)? {
        if minor.is_dir() {
            found.extend(entries(&minor)?);
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let list = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut entries: Vec<_> = list.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    Ok(entries)
}

impl Folder {
    /// Lays out what is in it.
    pub(super) fn unpack(path: &Path) -> Result<Folder, String> {
        let mut folder = Folder {
            path: path.to_path_buf(),
            bench: tempfile::tempdir().map_err(|error| error.to_string())?,
            cores: BTreeSet::new(),
        };
        for file in entries(path)? {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let complain = |error: std::io::Error| format!("{}: {error}", file.display());
            if let Some(core) = name.strip_suffix(CORE) {
                fs::copy(&file, folder.bench.path().join(&*name)).map_err(complain)?;
                folder.cores.insert(core.to_owned());
            } else if let Some(program) = name.strip_suffix(PACKED) {
                let from = File::open(&file).map_err(complain)?;
                let to = File::create(folder.bench.path().join(program)).map_err(complain)?;
                zstd::stream::copy_decode(from, to).map_err(complain)?;
            }
        }
        Ok(folder)
    }

    /// All other files, but the program: a core's name and an extension.
    pub(super) fn texts(&self) -> Result<BTreeSet<(String, String)>, String> {
        let mut texts = BTreeSet::new();
        for file in entries(&self.path)? {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            if !name.ends_with(PACKED) {
                let (core, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
                texts.insert((core.to_owned(), extension.to_owned()));
            }
        }
        Ok(texts)
    }

    /// Where one of its texts is.
    pub(super) fn text(&self, core: &str, extension: &str) -> PathBuf {
        self.path.join(format!("{core}.{extension}"))
    }

    /// What gopeek prints, given these arguments and a core.
    pub(super) fn gopeek(&self, arguments: &[String], core: &str) -> Result<Vec<u8>, String> {
        let output = Command::new(env!("CARGO_BIN_EXE_gopeek"))
            .args(arguments)
            .arg(format!("{core}{CORE}"))
            .current_dir(self.bench.path())
            .output()
            .map_err(|error| error.to_string())?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{}: {}", output.status, said.trim_end()));
        }
        Ok(output.stdout)
    }

    /// How gopeek ends, and what it prints, given these arguments: files of the folder among them.
    pub(super) fn end(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gopeek"));
        command.args(arguments).current_dir(self.bench.path());
        command.output().unwrap()
    }

    /// Where a file is that gopeek was told to write.
    pub(super) fn place(&self, name: &str) -> PathBuf {
        self.bench.path().join(name)
    }

    /// For messages.
    pub(super) fn name(&self) -> String {
        let mut names: Vec<_> = self.path.iter().rev().take(2).collect();
        names.reverse();
        names.iter().collect::<PathBuf>().display().to_string()
    }
}
