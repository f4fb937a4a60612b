//! One Go release as the comparison sees it: files and declarations, with hashes in place of bytes.

use std::collections::BTreeMap;

use super::decls::{self, Decl};
use super::kind::Kind;
use super::lines;
use crate::toolchain::Version;

/// A release's files, by path below `src`.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Release {
    /// Its number.
    pub(super) version: Version,
    /// Its files.
    pub(super) files: BTreeMap<String, File>,
}

/// A file of a release.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct File {
    /// Number of lines; 0 for a binary file.
    pub(super) lines: u32,
    /// CRC-32 of its bytes.
    pub(super) hash: u32,
    /// What its name and its first lines say about it.
    pub(super) kind: Kind,
    /// Its top-level declarations, in the order of the file. Empty where none are looked for.
    pub(super) decls: Vec<Decl>,
}

impl File {
    /// Describes a file.
    pub(super) fn of(path: &str, bytes: &[u8]) -> Self {
        let kind = Kind::of(path, bytes);
        let decls = if kind.has_decls() {
            decls::of(path, bytes)
        } else {
            Vec::new()
        };
        Self {
            lines: if kind.binary { 0 } else { lines::count(bytes) },
            hash: crc32fast::hash(bytes),
            kind,
            decls,
        }
    }
}

/// The folder of a path, which is the Go package: `runtime` of `runtime/proc.go`.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
