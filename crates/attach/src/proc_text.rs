//! Bounded reads of files in /proc whose length the process that they tell of may choose.
//!
//! A process can call gigabytes of memory its command line, and have as many mappings and mounts as its host allows. What
//! is longer than a limit is cut off.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Maximum length of a command line, in bytes.
pub(crate) const MAX_COMMAND: u64 = 32 << 10;
/// Maximum length of an environment, in bytes: what exec takes at most by default.
pub(crate) const MAX_ENVIRONMENT: u64 = 2 << 20;
/// Maximum length of a list of mappings or mounts, in bytes. The default limit of mappings (65,530) takes a tenth.
pub(crate) const MAX_LIST: u64 = 64 << 20;

/// Returns the first `limit` bytes of a file, and whether that is all.
///
/// # Errors
/// Whatever the kernel answers.
pub(crate) fn read(path: &Path, limit: u64) -> io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    let more = limit.saturating_add(1);
    File::open(path)?.take(more).read_to_end(&mut bytes)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let whole = bytes.len() <= limit;
    bytes.truncate(limit);
    Ok((bytes, whole))
}

/// Returns the whole lines in the first [`MAX_LIST`] bytes of a file.
///
/// # Errors
/// What the kernel answers.
pub(crate) fn lines(path: &Path) -> io::Result<Vec<u8>> {
    let (mut bytes, whole) = read(path, MAX_LIST)?;
    if !whole {
        let end = bytes.iter().rposition(|byte| *byte == b'\n');
        bytes.truncate(end.map_or(0, |end| end + 1));
    }
    Ok(bytes)
}

/// Returns the words of a text in which each ends with a zero byte, without empty ones. The last one of a text that was cut
/// off ends with `...`.
pub(crate) fn words(bytes: &[u8], whole: bool) -> Vec<String> {
    let words = bytes.split(|byte| *byte == 0);
    let words = words.filter(|word| !word.is_empty());
    let mut words: Vec<String> = words
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    if let Some(last) = words.last_mut().filter(|_| !whole) {
        last.push_str("...");
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{read, words};
    use std::path::Path;

    #[test]
    fn no_more_than_the_limit_is_read_of_a_file_without_end() {
        let (bytes, whole) = read(Path::new("/dev/zero"), 4096).unwrap();
        assert_eq!((bytes.len(), whole), (4096, false));
        let (bytes, whole) = read(Path::new("/dev/null"), 4096).unwrap();
        assert_eq!((bytes.len(), whole), (0, true));
    }

    #[test]
    fn words_that_were_cut_off_say_so() {
        assert_eq!(words(b"a\0\0b c\0", true), ["a", "b c"]);
        assert_eq!(words(b"a\0b", false), ["a", "b..."]);
        assert!(words(b"\0\0", true).is_empty());
    }
}
