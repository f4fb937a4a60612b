//! How much memory and CPU time a process has taken, read as often as is liked.

use crate::error::AttachError;
use crate::process::Process;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::str::SplitAsciiWhitespace;
use std::time::Duration;

/// No line of these files is longer; what is behind it is not needed.
const LINE: usize = 512;

/// Where the kernel tells that of one process.
#[derive(Debug)]
pub struct Vitals {
    /// In pages.
    statm: File,
    /// In ticks.
    stat: File,
}

/// What a process has taken.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Usage {
    /// Memory that is resident, in bytes.
    pub resident: u64,
    /// CPU time, of all its threads.
    pub cpu: Duration,
}

impl Process {
    /// Where its memory and CPU time are told.
    ///
    /// # Errors
    /// [`AttachError`], when it is gone.
    pub fn vitals(&self) -> Result<Vitals, AttachError> {
        let open = |name: &str| {
            File::open(self.folder().join(name))
                .map_err(|source| AttachError::from_io(self.pid(), "read the usage of", source))
        };
        Ok(Vitals {
            statm: open("statm")?,
            stat: open("stat")?,
        })
    }
}

impl Vitals {
    /// What it has taken until now; nothing once it is gone.
    #[must_use]
    pub fn read(&self) -> Option<Usage> {
        let mut line = [0; LINE];
        let resident = words(&self.statm, &mut line)?.nth(1)?.parse::<u64>().ok()?;
        // Behind the name, which may have anything in it: state is the third field, user and system time are 14 and 15
        // (proc_pid_stat(5)).
        let mut stat = words(&self.stat, &mut line)?;
        let user: u64 = stat.nth(14 - 3)?.parse().ok()?;
        let system: u64 = stat.next()?.parse().ok()?;
        let milliseconds = user
            .checked_add(system)?
            .checked_mul(1000)?
            .checked_div(procfs::ticks_per_second())?;
        Some(Usage {
            resident: resident.checked_mul(procfs::page_size())?,
            cpu: Duration::from_millis(milliseconds),
        })
    }
}

/// The words of the first line, behind a name in brackets where there is one.
fn words<'l>(file: &File, line: &'l mut [u8; LINE]) -> Option<SplitAsciiWhitespace<'l>> {
    let len = file.read_at(line, 0).ok()?;
    let text = line.get(..len)?;
    let name_end = text.iter().rposition(|byte| *byte == b')');
    let text = text.get(name_end.map_or(0, |end| end + 1)..)?;
    Some(std::str::from_utf8(text).ok()?.split_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use crate::process::Process;
    use nix::unistd::Pid;

    #[test]
    fn ones_own() {
        let process = Process::open(Pid::this()).unwrap();
        let vitals = process.vitals().unwrap();
        let before = vitals.read().unwrap();
        let memory = vec![1_u8; 64 << 20];
        let after = vitals.read().unwrap();
        assert!(memory.iter().all(|byte| *byte == 1));
        assert!(after.resident > 64 << 20);
        assert!(after.cpu >= before.cpu);
    }
}
