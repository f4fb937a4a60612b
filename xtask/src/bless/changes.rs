//! What a run has changed of a folder of files, as lines for people.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use similar::{ChangeTag, TextDiff};

use crate::table::megabytes;

/// All files below a folder, by their paths in it.
pub(super) struct Content(BTreeMap<PathBuf, Vec<u8>>);

impl Content {
    /// Reads them.
    ///
    /// # Errors
    /// When one can't be read.
    pub(super) fn of(folder: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        let mut folders = vec![folder.to_path_buf()];
        while let Some(next) = folders.pop() {
            let context = || format!("read {}", next.display());
            for entry in fs::read_dir(&next).with_context(context)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(folder)?.to_path_buf();
                    files.insert(name, fs::read(&path).with_context(context)?);
                }
            }
        }
        Ok(Self(files))
    }

    /// Prints how it differs from what was there before.
    pub(super) fn tell_changes(&self, before: &Self) {
        let changes = self.changes(before);
        for change in &changes {
            println!("{change}");
        }
        let bytes: usize = self.0.values().map(Vec::len).sum();
        println!(
            "changed {} of {} files, {} in all",
            changes.len(),
            self.0.len(),
            megabytes(bytes as u64)
        );
    }

    fn changes(&self, before: &Self) -> Vec<String> {
        let gone = before.0.keys().filter(|name| !self.0.contains_key(*name));
        let mut changes: Vec<_> = gone
            .map(|name| format!("gone: {}", name.display()))
            .collect();
        for (name, now) in &self.0 {
            match before.0.get(name) {
                None => changes.push(format!("new: {}, {} bytes", name.display(), now.len())),
                Some(then) if then != now => {
                    changes.push(format!("changed: {}, {}", name.display(), how(then, now)));
                }
                Some(_) => {}
            }
        }
        changes
    }
}

/// Lines of text, or bytes of what is none.
fn how(then: &[u8], now: &[u8]) -> String {
    let (Ok(then), Ok(now)) = (str::from_utf8(then), str::from_utf8(now)) else {
        return format!("{} bytes, were {}", now.len(), then.len());
    };
    let diff = TextDiff::from_lines(then, now);
    let count = |tag| {
        let changes = diff.iter_all_changes();
        changes.filter(|change| change.tag() == tag).count()
    };
    format!(
        "{} lines more, {} less",
        count(ChangeTag::Insert),
        count(ChangeTag::Delete)
    )
}

#[cfg(test)]
mod tests {
    use super::Content;

    fn content(files: &[(&str, &[u8])]) -> Content {
        let files = files
            .iter()
            .map(|(name, bytes)| ((*name).into(), bytes.to_vec()));
        Content(files.collect())
    }

    #[test]
    fn each_file_that_came_went_or_changed_is_told() {
        let before = content(&[("a", b"1\n2\n"), ("b", b""), ("c", b"\xff"), ("d", b"same")]);
        let after = content(&[
            ("a", b"1\n3\n4\n"),
            ("c", b"\xff\xff"),
            ("d", b"same"),
            ("e", b"5"),
        ]);
        let expected = [
            "gone: b",
            "changed: a, 2 lines more, 1 less",
            "changed: c, 2 bytes, were 1",
            "new: e, 1 bytes",
        ];
        assert_eq!(after.changes(&before), expected);
        assert!(after.changes(&after).is_empty());
    }
}
