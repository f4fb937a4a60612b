//! The guest's only file system: an archive of a few programs, all in its root.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use anyhow::{Context, Result};
use cpio::newc::{Builder, ModeFileType};

/// The bits of a file that everybody may run.
const RUNNABLE: u32 = 0o755;

/// What the guest gets.
#[derive(Debug, Default)]
pub(super) struct Initramfs {
    files: Vec<(String, Vec<u8>)>,
}

impl Initramfs {
    /// Adds a file to the root.
    pub(super) fn add(&mut self, name: &str, content: Vec<u8>) {
        self.files.push((name.to_owned(), content));
    }

    /// Adds a file of ours.
    ///
    /// # Errors
    /// When it can't be read.
    pub(super) fn add_file(&mut self, name: &str, path: &PathBuf) -> Result<()> {
        let content = fs::read(path).with_context(|| format!("read {}", path.display()))?;
        self.add(name, content);
        Ok(())
    }

    /// The archive, in the one format that the kernel reads.
    ///
    /// # Errors
    /// When a file is too large for it.
    pub(super) fn archive(self) -> Result<Vec<u8>> {
        let entries = self.files.into_iter().map(|(name, content)| {
            let entry = Builder::new(&name).mode(RUNNABLE);
            let entry = entry.set_mode_file_type(ModeFileType::Regular);
            (entry, Cursor::new(content))
        });
        cpio::write_cpio(entries, Vec::new()).context("write the initramfs")
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use cpio::newc::{ModeFileType, Reader};

    use super::Initramfs;

    #[test]
    fn files_come_back_as_they_went_in_and_may_be_run() {
        let mut initramfs = Initramfs::default();
        initramfs.add("init", b"\x7fELF".to_vec());
        initramfs.add("jobs", Vec::new());
        let archive = initramfs.archive().unwrap();

        let mut first = Reader::new(archive.as_slice()).unwrap();
        let mut content = Vec::new();
        first.read_to_end(&mut content).unwrap();
        assert_eq!(content, b"\x7fELF");
        let entry = first.entry();
        assert_eq!(
            (entry.name(), entry.mode()),
            ("init", u32::from(ModeFileType::Regular) | 0o755)
        );

        let second = Reader::new(first.finish().unwrap()).unwrap();
        assert_eq!(
            (second.entry().name(), second.entry().file_size()),
            ("jobs", 0)
        );
        let end = Reader::new(second.finish().unwrap()).unwrap();
        assert!(end.entry().is_trailer());
    }
}
