//! What a shell finds by a name: our own, and tools that a remedy would take.

use std::env;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Folders that sudo's own search path has, as distributions set it.
const USUAL: [&str; 6] = [
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
];

/// Our name where root's shell finds us by it, else our path.
pub(super) fn our_name() -> String {
    let Ok(path) = env::current_exe() else {
        return "gopeek".to_owned();
    };
    let folder = path.parent().unwrap_or(Path::new("/"));
    if let Some(name) = path
        .file_name()
        .filter(|_| USUAL.iter().any(|usual| folder == *usual))
    {
        return name.to_string_lossy().into_owned();
    }
    let path = path.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    if path.chars().all(plain) {
        path.into_owned()
    } else {
        quoted(&path)
    }
}

/// One word for a shell.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A program on the search path.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Whether a program on the search path makes whoever starts it root.
pub(super) fn is_setuid(name: &str) -> bool {
    let metadata = find(name).and_then(|file| file.metadata().ok());
    metadata
        .is_some_and(|metadata| metadata.uid() == 0 && metadata.permissions().mode() & 0o4000 != 0)
}
