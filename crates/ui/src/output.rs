//! Where a dump goes: standard output, or a file that is whole or not there.

use crate::error::InspectError;
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Dumps are megabytes long; larger writes are fewer system calls.
const BUFFER: usize = 256 << 10;

/// An open destination.
#[derive(Debug)]
pub(crate) struct Output {
    to: BufWriter<To>,
    name: String,
}

#[derive(Debug)]
enum To {
    Stdout(Stdout),
    /// One that will be a regular file.
    File {
        file: File,
        /// Has no name yet, so that nothing is left of it whatever ends gopeek.
        nameless: bool,
        /// Its name on the way to its place.
        partial: PathBuf,
        path: PathBuf,
        /// May take the place of another.
        replace: bool,
    },
    Other(File),
}

impl Write for To {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            To::Stdout(out) => out.write(bytes),
            To::File { file, .. } | To::Other(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            To::Stdout(out) => out.flush(),
            To::File { file, .. } | To::Other(file) => file.flush(),
        }
    }
}

impl Output {
    /// Standard output, or the file `path`, as [`Output::create`] makes it.
    ///
    /// # Errors
    /// [`InspectError::Output`], when the file can't be made.
    pub(crate) fn open(path: Option<&Path>) -> Result<Output, InspectError> {
        match path {
            Some(path) => Output::create(path, true),
            None => Ok(Output::new(
                To::Stdout(io::stdout()),
                "to standard output".to_owned(),
            )),
        }
    }

    /// The file `path`, which takes the place of another only with `replace`. A regular file is written without a name where the file system can, else beside its
    /// place, readable by its owner only, since a dump may show secrets in arguments; [`Output::finish`] moves it there.
    ///
    /// # Errors
    /// [`InspectError::Output`], when the file can't be made, or is there.
    pub(crate) fn create(path: &Path, replace: bool) -> Result<Output, InspectError> {
        let name = path.display().to_string();
        let fail = |source| InspectError::Output {
            what: name.clone(),
            source,
        };
        let there = fs::metadata(path);
        if there.as_ref().is_ok_and(fs::Metadata::is_file) && !replace {
            return Err(fail(io::ErrorKind::AlreadyExists.into()));
        }
        if there.is_ok_and(|metadata| !metadata.is_file()) {
            let file = OpenOptions::new().write(true).open(path).map_err(fail)?;
            return Ok(Output::new(To::Other(file), name));
        }
        let mut partial = path.as_os_str().to_owned();
        partial.push(format!(".{}.partial", std::process::id()));
        let partial = PathBuf::from(partial);
        let nameless = nameless_beside(path);
        let to_be_named = nameless.is_some();
        let file = nameless.map_or_else(|| private(&partial), Ok);
        let to = To::File {
            file: file.map_err(fail)?,
            nameless: to_be_named,
            partial,
            path: path.to_owned(),
            replace,
        };
        Ok(Output::new(to, name))
    }

    fn new(to: To, name: String) -> Output {
        Output {
            to: BufWriter::with_capacity(BUFFER, to),
            name,
        }
    }

    /// Whether someone looks at it as it is.
    pub(crate) fn is_terminal(&self) -> bool {
        match self.to.get_ref() {
            To::Stdout(out) => out.is_terminal(),
            To::File { file, .. } | To::Other(file) => file.is_terminal(),
        }
    }

    /// The file, where it is a regular one and new: one in which can be written anywhere.
    pub(crate) fn file(&self) -> Option<&File> {
        match self.to.get_ref() {
            To::File { file, .. } => Some(file),
            To::Stdout(_) | To::Other(_) => None,
        }
    }

    /// What to say of a failure.
    pub(crate) fn failed(&self, source: io::Error) -> InspectError {
        InspectError::Output {
            what: self.name.clone(),
            source,
        }
    }

    /// Writes through the buffer.
    ///
    /// # Errors
    /// [`InspectError::Output`].
    pub(crate) fn write(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), InspectError> {
        write(&mut self.to).map_err(|source| self.failed(source))
    }

    /// Writes out what is buffered, and puts a file into its place.
    ///
    /// # Errors
    /// [`InspectError::Output`].
    pub(crate) fn finish(mut self) -> Result<(), InspectError> {
        let flushed = self.to.flush();
        let done = flushed.and_then(|()| match self.to.get_mut() {
            To::File {
                file,
                nameless,
                partial,
                path,
                replace,
            } => match (*nameless, *replace) {
                (true, true) => {
                    give_name(file, partial)?;
                    fs::rename(&*partial, &*path)
                }
                (false, true) => fs::rename(&*partial, &*path),
                // A second name takes nobody's place.
                (true, false) => give_name(file, path),
                (false, false) => fs::hard_link(&*partial, &*path),
            },
            To::Stdout(_) | To::Other(_) => Ok(()),
        });
        done.map_err(|source| self.failed(source))
    }
}

/// A new file, readable by its owner only.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options.open(path)
}

/// A new file without a name in the folder of `path`; nothing where the file system has none such.
fn nameless_beside(path: &Path) -> Option<File> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let mode = Mode::RUSR | Mode::WUSR;
    let opened = rustix::fs::open(folder.unwrap_or(Path::new(".")), flags, mode);
    opened.ok().map(File::from)
}

/// The file behind a descriptor can be linked to by whoever has it open, through /proc.
fn give_name(file: &File, path: &Path) -> io::Result<()> {
    let open = format!("/proc/self/fd/{}", file.as_raw_fd());
    let linked = rustix::fs::linkat(CWD, open, CWD, path, AtFlags::SYMLINK_FOLLOW);
    linked.map_err(io::Error::from)
}

impl Drop for To {
    /// No half file stays behind; after [`Output::finish`] there is none by that name.
    fn drop(&mut self) {
        if let To::File { partial, .. } = self {
            let _ = fs::remove_file(partial);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Output;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};

    /// A folder of this test's own, which is empty.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("gopeek-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    fn write(path: &Path, text: &str) {
        let mut out = Output::open(Some(path)).unwrap();
        out.write(|to| to.write_all(text.as_bytes())).unwrap();
        out.finish().unwrap();
    }

    #[test]
    fn a_finished_file_is_whole_private_and_alone() {
        let folder = folder("finished");
        let path = folder.join("dump.txt");
        write(&path, "a first dump");
        write(&path, "another");
        assert_eq!(fs::read_to_string(&path).unwrap(), "another");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(names(&folder), ["dump.txt"]);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_file_that_is_there_stays_unless_it_is_to_be_replaced() {
        let folder = folder("there");
        let path = folder.join("hang.core");
        let mut out = Output::create(&path, false).unwrap();
        out.write(|to| to.write_all(b"first")).unwrap();
        let mut late = Output::create(&path, false).unwrap();
        late.write(|to| to.write_all(b"late")).unwrap();
        out.finish().unwrap();
        // Made meanwhile, or before: it stays.
        assert!(late.finish().is_err());
        assert!(Output::create(&path, false).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        assert_eq!(names(&folder), ["hang.core"]);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn of_an_unfinished_file_nothing_is_left_and_what_was_there_stays() {
        let folder = folder("unfinished");
        let path = folder.join("dump.txt");
        write(&path, "whole");
        let mut out = Output::open(Some(&path)).unwrap();
        out.write(|to| to.write_all(b"ha")).unwrap();
        drop(out);
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
        assert_eq!(names(&folder), ["dump.txt"]);
        fs::remove_dir_all(&folder).unwrap();
    }
}
