//! What a shell finds by a name: our own, and tools that a remedy would take.

use std::env;
use std::ffi::OsString;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Maximum length, in bytes, of arguments that a message repeats.
const LONGEST: usize = 200;
static OURS: OnceLock<String> = OnceLock::new();

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
    word(&path.to_string_lossy())
}

/// Tells with which arguments our program was started, so that advice can repeat them. Without this, advice names the pid.
pub fn started_with(arguments: impl Iterator<Item = OsString>) {
    let words: Vec<String> = arguments.map(|it| word(&it.to_string_lossy())).collect();
    let line = words.join(" ");
    if !line.is_empty() && line.len() <= LONGEST {
        // Twice is not asked for.
        let _ = OURS.set(line);
    }
}

/// Our own arguments as a shell takes them, if they are known.
pub(super) fn our_arguments() -> Option<String> {
    OURS.get().cloned()
}

/// A text as one word for a shell, quoted where it must be.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        quoted(text)
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

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn words_are_quoted_where_a_shell_would_split_or_expand_them() {
        assert_eq!(word("--pause-limit=5ms"), "--pause-limit=5ms");
        assert_eq!(word("fn~main and wait>5m"), "'fn~main and wait>5m'");
        assert_eq!(word("it's"), r"'it'\''s'");
        assert_eq!(word(""), "''");
    }
}
