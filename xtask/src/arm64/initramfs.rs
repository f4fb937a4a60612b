//! The guest's only file system: an archive of a few programs, in its root or in folders.

use std::collections::BTreeSet;
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
    /// Adds a file; its name may have folders.
    pub(super) fn add(&mut self, name: &str, content: Vec<u8>) {
        self.files.push((name.to_owned(), content));
    }

    /// The folders of all files, each before what is in it.
    fn folders(&self) -> BTreeSet<String> {
        let ends = |name: &str| {
            let ends = name.match_indices('/').map(|(at, _)| name[..at].to_owned());
            ends.collect::<Vec<_>>()
        };
        self.files.iter().flat_map(|(name, _)| ends(name)).collect()
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
        let entry = |name: &str, kind: ModeFileType, content: Vec<u8>| {
            let entry = Builder::new(name).mode(RUNNABLE);
            (entry.set_mode_file_type(kind), Cursor::new(content))
        };
        let folders = self.folders().into_iter();
        let folders = folders.map(|name| entry(&name, ModeFileType::Directory, Vec::new()));
        let files = self.files.into_iter();
        let files = files.map(|(name, content)| entry(&name, ModeFileType::Regular, content));
        cpio::write_cpio(folders.chain(files), Vec::new()).context("write the initramfs")
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use cpio::newc::{ModeFileType, Reader};

    use super::Initramfs;

    #[test]
    fn folders_come_before_what_is_in_them() {
        let mut initramfs = Initramfs::default();
        initramfs.add("a/b/c", Vec::new());
        initramfs.add("a/d", Vec::new());
        let archive = initramfs.archive().unwrap();
        let mut rest = archive.as_slice();
        let mut names = Vec::new();
        loop {
            let reader = Reader::new(rest).unwrap();
            if reader.entry().is_trailer() {
                break;
            }
            let mode = reader.entry().mode() & u32::from(ModeFileType::Directory);
            let folder = mode == u32::from(ModeFileType::Directory);
            names.push((reader.entry().name().to_owned(), folder));
            rest = reader.finish().unwrap();
        }
        let expected = [("a", true), ("a/b", true), ("a/b/c", false), ("a/d", false)];
        let expected = expected.map(|(name, folder)| (name.to_owned(), folder));
        assert_eq!(names, expected);
    }

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
