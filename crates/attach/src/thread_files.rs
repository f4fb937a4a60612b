//! Files as one thread sees them: by its own table of descriptors, and what its system call names in its own memory.

use crate::process::Process;
use gopeek_layout::{Addr, Memory};
use nix::unistd::Pid;
use std::fmt::Write as _;

/// Bytes of a path that are read; the kernel takes no longer ones (`PATH_MAX`).
const MAX_PATH: usize = 4096;
/// Characters of a path that are shown.
const SHOWN: usize = 256;
/// Bytes that are read at a time, up to the end of such a block: what is behind a path need not be readable.
const BLOCK: usize = 256;

impl Process {
    /// What the descriptor `fd` of the thread `tid` is open on. Threads share one table of descriptors, unless the program has
    /// given one a table of its own (`unshare(CLONE_FILES)`).
    #[must_use]
    pub fn open_on_by(&self, tid: Pid, fd: u64) -> Option<String> {
        let link = format!("/proc/{}/task/{tid}/fd/{fd}", self.pid());
        let link = std::fs::read_link(link).ok()?;
        Some(link.to_string_lossy().into_owned())
    }

    /// What the descriptor `fd` of the thread `tid` is open on, where the rest of the process has something else by that number.
    #[must_use]
    pub fn own_file(&self, tid: Pid, fd: u64) -> Option<String> {
        let look = || (self.open_on_by(tid, fd), self.open_on(fd));
        let (own, others) = look();
        if own == others {
            return None;
        }
        // A descriptor that was closed or opened between the two looks is none of its own.
        (look() == (own.clone(), others)).then_some(own)?
    }

    /// The path at `at` in its memory, in quotation marks: control characters are escaped, and what is too long is cut and
    /// marked. `None` where it can't be read or does not end.
    #[must_use]
    pub fn path_at(&self, at: Addr) -> Option<String> {
        path_at(self, at)
    }
}

fn path_at(memory: &dyn Memory, at: Addr) -> Option<String> {
    let mut bytes = Vec::new();
    let mut block = [0; BLOCK];
    while bytes.len() < MAX_PATH {
        let from = at.checked_add(u64::try_from(bytes.len()).ok()?)?;
        let into = usize::try_from(from.get() % BLOCK as u64).ok()?;
        let block = block.get_mut(into..)?;
        memory.read(from, block).ok()?;
        if let Some(end) = block.iter().position(|byte| *byte == 0) {
            bytes.extend_from_slice(block.get(..end)?);
            return Some(quoted(&bytes));
        }
        bytes.extend_from_slice(block);
    }
    None
}

fn quoted(path: &[u8]) -> String {
    let path = String::from_utf8_lossy(path);
    let mut text = String::from("\"");
    for char in path.chars().take(SHOWN) {
        if char.is_control() || matches!(char, '"' | '\\') {
            // Writing to a String does not fail.
            let _ = write!(text, "{}", char.escape_default());
        } else {
            text.push(char);
        }
    }
    text.push('"');
    if path.chars().nth(SHOWN).is_some() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{MAX_PATH, path_at};
    use crate::process::Process;
    use gopeek_layout::{Addr, Memory, Unreadable};
    use nix::unistd::Pid;
    use std::os::fd::AsRawFd as _;

    /// Bytes from an address on.
    struct Bytes(u64, Vec<u8>);

    impl Memory for Bytes {
        fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
            let from = at.get().checked_sub(self.0);
            let from = from.and_then(|from| usize::try_from(from).ok());
            let bytes = from.and_then(|from| self.1.get(from..from.checked_add(buf.len())?));
            let len = buf.len();
            buf.copy_from_slice(bytes.ok_or(Unreadable { at, len })?);
            Ok(())
        }
    }

    /// A path at 0x1010, behind which there is memory up to the end of its block.
    fn read(path: &[u8]) -> Option<String> {
        let mut bytes = path.to_vec();
        bytes.resize((0x10 + path.len()).next_multiple_of(256) - 0x10, 0);
        path_at(&Bytes(0x1010, bytes), Addr::new(0x1010))
    }

    /// Gives this thread a table of descriptors of its own.
    #[allow(unsafe_code)]
    fn unshare() {
        // SAFETY: the flag only parts this thread's table of descriptors from the others'.
        assert_eq!(unsafe { nix::libc::unshare(nix::libc::CLONE_FILES) }, 0);
    }

    #[test]
    fn a_thread_with_a_table_of_its_own() {
        let shared = std::fs::File::open("/dev/null").unwrap();
        let fd = u64::try_from(shared.as_raw_fd()).unwrap();
        let process = Process::open(Pid::this()).unwrap();
        let (own, told) = std::sync::mpsc::channel::<Pid>();
        let (done, until) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            unshare();
            // By that number this thread has another file, and nobody else.
            let number = shared.as_raw_fd();
            drop(shared);
            let mut files = Vec::new();
            while files.last().map(std::os::fd::AsRawFd::as_raw_fd) != Some(number) {
                files.push(std::fs::File::open("/dev/zero").unwrap());
            }
            own.send(nix::unistd::gettid()).unwrap();
            let _ = until.recv();
        });
        let tid = told.recv().unwrap();
        assert_eq!(process.open_on_by(tid, fd).as_deref(), Some("/dev/zero"));
        assert_eq!(process.own_file(tid, fd).as_deref(), Some("/dev/zero"));
        assert_eq!(process.own_file(tid, 1), None);
        drop(done);
        thread.join().unwrap();
    }

    #[test]
    fn paths_are_shown_as_they_are_and_made_harmless() {
        assert_eq!(read(b"/run/in\0rest").as_deref(), Some("\"/run/in\""));
        assert_eq!(read(b"\0").as_deref(), Some("\"\""));
        assert_eq!(
            read(b"/a\x1b[2J\"b\n\0").as_deref(),
            Some("\"/a\\u{1b}[2J\\\"b\\n\"")
        );
        assert_eq!(read(b"/\xff\0").as_deref(), Some("\"/\u{fffd}\""));
    }

    #[test]
    fn long_ones_are_cut_and_endless_ones_are_none() {
        let long = read(&[b'a'; 1000]).unwrap();
        assert_eq!(long.chars().filter(|char| *char == 'a').count(), 256);
        assert!(long.ends_with("\"…"));
        assert_eq!(read(&[b'a'; 2 * MAX_PATH]), None);
    }

    #[test]
    fn what_cannot_be_read_is_none() {
        let bytes = Bytes(0x1000, vec![b'a'; 256]);
        assert_eq!(path_at(&bytes, Addr::new(0x1000)), None);
        assert_eq!(path_at(&bytes, Addr::new(u64::MAX)), None);
    }
}
