//! The same comparison by git itself, to hold ours against.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::change::{Pair, Status};
use super::lines::Lines;
use super::tree::Tree;
use crate::{repo, run};

/// A row of `git diff -M --numstat`: the new path, the old one of a rename, and the lines of a text.
type Row = (String, Option<String>, Option<Lines>);

/// The rows of our comparison, as git would print them.
pub(super) fn ours(pair: &Pair) -> Vec<Row> {
    let rows = pair.files.iter().map(|file| {
        let from = match &file.status {
            Status::Moved { from } => Some(from.clone()),
            _ => None,
        };
        let lines = (!file.kind.binary).then_some(file.lines);
        (file.path.clone(), from, lines)
    });
    rows.collect()
}

/// The rows of git's comparison, by path.
///
/// # Errors
/// If git fails.
pub(super) fn rows(old: &Tree, new: &Tree) -> Result<Vec<Row>> {
    let home = repo::target().join("runtime-diff/git");
    let _ = fs::remove_dir_all(&home);
    fs::create_dir_all(&home)?;
    run::read(git(&home).args(["init", "--quiet", "--bare"]))?;
    let (old, new) = (written(&home, old)?, written(&home, new)?);
    let mut diff = git(&home);
    diff.args(["diff", "-M", "--numstat", "-z"])
        .args([&old, &new]);
    let text = run::read(&mut diff)?;
    let mut rows = parse(&text)?;
    rows.sort();
    fs::remove_dir_all(&home)?;
    Ok(rows)
}

/// git in a repository of its own, without anybody's settings.
fn git(home: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(home)
        .env("GIT_DIR", home)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_ATTR_NOSYSTEM", "1");
    git
}

/// Puts a release into the repository and returns the tree's id.
fn written(home: &Path, tree: &Tree) -> Result<String> {
    let work = home.join("work");
    for (path, bytes) in &tree.bytes {
        let path = work.join(path);
        fs::create_dir_all(path.parent().context("a path without a folder")?)?;
        fs::write(path, bytes)?;
    }
    let in_work = |args: &[&str]| {
        let mut git = git(home);
        git.env("GIT_WORK_TREE", &work).current_dir(&work);
        run::read(git.args(args))
    };
    in_work(&["read-tree", "--empty"])?;
    in_work(&["add", "--all", "--force", "."])?;
    let id = in_work(&["write-tree"])?;
    fs::remove_dir_all(&work)?;
    Ok(id)
}

/// Reads `-z`: `ADDED TAB DELETED TAB PATH NUL`, with an empty path before the old and the new path of a rename.
fn parse(text: &str) -> Result<Vec<Row>> {
    let mut parts = text.split('\0').filter(|part| !part.is_empty());
    let mut rows = Vec::new();
    while let Some(part) = parts.next() {
        let mut columns = part.splitn(3, '\t');
        let mut column = || columns.next().with_context(|| format!("git said {part:?}"));
        let (added, deleted, path) = (column()?, column()?, column()?);
        let lines = match (added, deleted) {
            ("-", "-") => None,
            _ => Some(Lines {
                added: added.parse()?,
                deleted: deleted.parse()?,
            }),
        };
        if path.is_empty() {
            let old = parts.next().context("git named no old path")?;
            let new = parts.next().context("git named no new path")?;
            rows.push((new.to_owned(), Some(old.to_owned()), lines));
        } else {
            rows.push((path.to_owned(), None, lines));
        }
    }
    Ok(rows)
}

/// The rows that only one side has, each with whose it is.
pub(super) fn differences(ours: &[Row], gits: &[Row]) -> Vec<String> {
    let by_path = |rows: &[Row]| -> BTreeMap<String, Row> {
        rows.iter()
            .map(|row| (row.0.clone(), row.clone()))
            .collect()
    };
    let (ours, gits) = (by_path(ours), by_path(gits));
    let mut differences = Vec::new();
    for path in ours
        .keys()
        .chain(gits.keys().filter(|path| !ours.contains_key(*path)))
    {
        let (our, git) = (ours.get(path), gits.get(path));
        if our != git {
            differences.push(format!("{path}: ours {our:?}, git's {git:?}"));
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_s_rows_are_read() {
        let text =
            "3\t1\truntime/a.go\x002\t0\t\0runtime/b.go\0runtime/c.go\0-\t-\truntime/d.syso\0";
        let lines = |added, deleted| Some(Lines { added, deleted });
        let expected = [
            ("runtime/a.go".to_owned(), None, lines(3, 1)),
            (
                "runtime/c.go".to_owned(),
                Some("runtime/b.go".to_owned()),
                lines(2, 0),
            ),
            ("runtime/d.syso".to_owned(), None, None),
        ];
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[test]
    fn a_row_of_one_side_alone_is_a_difference() {
        let row = (
            "a.go".to_owned(),
            None,
            Some(Lines {
                added: 1,
                deleted: 0,
            }),
        );
        assert_eq!(differences(std::slice::from_ref(&row), &[]).len(), 1);
        assert!(differences(std::slice::from_ref(&row), std::slice::from_ref(&row)).is_empty());
    }
}
