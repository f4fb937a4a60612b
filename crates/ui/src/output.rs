//! Where a dump goes: standard output, or a file that is whole or not there.

mod place;

use crate::error::InspectError;
use place::{Place, folder_of, look};
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Dumps are megabytes long; larger writes are fewer system calls.
const BUFFER: usize = 256 << 10;

/// Maximum number of names tried for a file on its way to its place.
const PARTIAL_NAMES: usize = 16;

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
        /// Its name on the way to its place, once it has one. We made it, so we may delete it.
        partial: Option<PathBuf>,
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
    /// Of what is no regular file, only our own open files and devices that keep nothing are written to.
    ///
    /// # Errors
    /// [`InspectError::Output`], when the file can't be made, or is there; [`InspectError::NoPlace`], when something else
    /// is there, or somebody else's file.
    pub(crate) fn create(path: &Path, replace: bool) -> Result<Output, InspectError> {
        let name = path.display().to_string();
        let fail = |source| InspectError::Output {
            what: name.clone(),
            source,
        };
        match look(path).map_err(fail)? {
            Place::Stdout => return Output::open(None),
            Place::Open(file) => return Ok(Output::new(To::Other(file), name)),
            Place::Refused(why) => return Err(InspectError::NoPlace { what: name, why }),
            Place::Taken if !replace => return Err(fail(io::ErrorKind::AlreadyExists.into())),
            Place::Taken | Place::Free => {}
        }
        let nameless = nameless_beside(path);
        let to_be_named = nameless.is_some();
        let (file, partial) = if let Some(file) = nameless {
            (file, None)
        } else {
            let (file, partial) = beside(path, private).map_err(fail)?;
            (file, Some(partial))
        };
        let to = To::File {
            file,
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

    /// Returns the number of columns of the terminal that this goes to, if it goes to one.
    pub(crate) fn columns(&self) -> Option<usize> {
        let size = self
            .is_terminal()
            .then(|| crossterm::terminal::size().ok())?;
        size.map(|(columns, _)| usize::from(columns))
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
            } => {
                if *nameless && *replace {
                    *partial = Some(beside(path, |name| give_name(file, name))?.1);
                }
                match partial {
                    Some(name) if *replace => {
                        fs::rename(&*name, &*path)?;
                        *partial = None;
                        Ok(())
                    }
                    // A second name takes nobody's place.
                    Some(name) => fs::hard_link(&*name, &*path),
                    None => give_name(file, path),
                }
            }
            To::Stdout(_) | To::Other(_) => Ok(()),
        });
        done.map_err(|source| self.failed(source))
    }
}

/// Makes something of a name beside `path` that nobody else has, and returns it with that name.
///
/// # Errors
/// What `make` answers, the last time if all names are taken.
fn beside<T>(path: &Path, make: impl Fn(&Path) -> io::Result<T>) -> io::Result<(T, PathBuf)> {
    let pid = std::process::id();
    let mut last = None;
    for number in 0..PARTIAL_NAMES {
        let end = if number == 0 {
            format!(".{pid}.partial")
        } else {
            format!(".{pid}-{number}.partial")
        };
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        let name = PathBuf::from(name);
        match make(&name) {
            Ok(file) => return Ok((file, name)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = Some(name),
            Err(error) => return Err(error),
        }
    }
    let name = last.unwrap_or_default();
    Err(io::Error::other(format!(
        "{} and others like it are in the way",
        name.display()
    )))
}

/// A new file, readable by its owner only.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options.open(path)
}

/// A new file without a name in the folder of `path`; nothing where the file system has none such.
fn nameless_beside(path: &Path) -> Option<File> {
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let mode = Mode::RUSR | Mode::WUSR;
    let opened = rustix::fs::open(folder_of(path), flags, mode);
    opened.ok().map(File::from)
}

/// The file behind a descriptor can be linked to by whoever has it open, through /proc.
fn give_name(file: &File, path: &Path) -> io::Result<()> {
    let open = format!("/proc/self/fd/{}", file.as_raw_fd());
    let linked = rustix::fs::linkat(CWD, open, CWD, path, AtFlags::SYMLINK_FOLLOW);
    linked.map_err(io::Error::from)
}

impl Drop for To {
    /// Leaves no half file behind.
    fn drop(&mut self) {
        if let To::File {
            partial: Some(partial),
            ..
        } = self
        {
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

    #[test]
    fn a_strangers_partial_file_stays() {
        let folder = folder("partial");
        let path = folder.join("dump.txt");
        let foreign = format!("dump.txt.{}.partial", std::process::id());
        fs::write(folder.join(&foreign), "theirs").unwrap();
        write(&path, "ours");
        write(&path, "ours again");
        drop(Output::open(Some(&path)).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "ours again");
        let theirs = fs::read_to_string(folder.join(&foreign)).unwrap();
        assert_eq!(theirs, "theirs");
        assert_eq!(names(&folder).len(), 2);
        fs::remove_dir_all(&folder).unwrap();
    }
}
