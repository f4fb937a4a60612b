//! One look of gopeek at a process, measured from outside, in each of the ways in which it can look.

use std::fmt;
use std::io::Read;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use wait4::Wait4;

use crate::{repo, run};

/// For a target that may be held for as long as it takes, however slow the machine is.
pub(crate) const UNHURRIED: &str = "--pause-limit=5s";

/// A way to look.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Way {
    /// The target is stopped for a moment.
    Default,
    /// It is not.
    NoStop,
}

impl Way {
    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Default => &[],
            Self::NoStop => &["--no-stop"],
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Default => "gopeek",
            Self::NoStop => "gopeek --no-stop",
        })
    }
}

/// The ways that the gopeek under test has, by its own word.
///
/// # Errors
/// When it does not say.
pub(crate) fn ways() -> Result<Vec<Way>> {
    let help = run::read(Command::new(repo::gopeek()).arg("--help"))?;
    let mut ways = vec![Way::Default];
    ways.extend(help.contains("--no-stop").then_some(Way::NoStop));
    Ok(ways)
}

/// What one look took.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    /// From gopeek's start to its end.
    pub(crate) wall: Duration,
    /// Its peak resident memory in bytes. Never less than xtask's own few MB, which a child starts out with.
    pub(crate) memory: u64,
    /// For how long it stopped the target, by its own word; `None` when it did not.
    pub(crate) stopped: Option<Duration>,
    /// Its warnings.
    pub(crate) warnings: Vec<String>,
}

/// Has gopeek write the whole text of a process to nowhere.
///
/// # Errors
/// When it does not succeed, with what it said.
pub(crate) fn look(pid: u32, way: Way) -> Result<Look> {
    let mut command = command(way);
    command.args(["-o", "/dev/null"]).stdout(Stdio::null());
    let (look, ()) = measure(pid, way, command, |_| Ok(()))?;
    Ok(look)
}

/// Has gopeek write the hang report of a process to nowhere.
///
/// # Errors
/// When it does not succeed, with what it said.
pub(crate) fn report(pid: u32) -> Result<Look> {
    let mut command = Command::new(repo::gopeek());
    command.args(["--format=report", "-o", "/dev/null"]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let (look, ()) = measure(pid, "gopeek --format=report", command, |_| Ok(()))?;
    Ok(look)
}

/// Has gopeek save a process.
///
/// # Errors
/// When it does not succeed, with what it said.
pub(crate) fn save(pid: u32, core: &Path) -> Result<Look> {
    let mut command = Command::new(repo::gopeek());
    command.args(["save", "--force", "-o"]).arg(core);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let (look, ()) = measure(pid, "gopeek save", command, |_| Ok(()))?;
    Ok(look)
}

/// Likewise the text of a process into a pipe, that somebody reads to its end.
///
/// # Errors
/// Also when it can't be read.
pub(crate) fn read<T>(
    pid: u32,
    way: Way,
    reader: impl FnOnce(ChildStdout) -> Result<T>,
) -> Result<(Look, T)> {
    let mut command = command(way);
    command.stdout(Stdio::piped());
    measure(pid, way, command, |child| {
        reader(child.stdout.take().context("no pipe for stdout")?)
    })
}

fn command(way: Way) -> Command {
    let mut command = Command::new(repo::gopeek());
    command.arg("--format=stack").args(way.flags());
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    command
}

fn measure<T>(
    pid: u32,
    what: impl fmt::Display,
    mut command: Command,
    meanwhile: impl FnOnce(&mut Child) -> Result<T>,
) -> Result<(Look, T)> {
    command.arg(pid.to_string());
    let started = Instant::now();
    let mut child = command.spawn().context("run gopeek")?;
    let done = meanwhile(&mut child);
    // A few lines, which a pipe holds meanwhile.
    let mut said = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        let _ = stderr.read_to_string(&mut said);
    }
    let used = child.wait4().context("wait for gopeek")?;
    let wall = started.elapsed();
    if !used.status.success() {
        bail!("{what}: {}\n{}", used.status, said.trim_end());
    }
    let look = Look {
        wall,
        memory: used.rusage.maxrss,
        stopped: stopped(&said),
        warnings: warnings(&said),
    };
    Ok((look, done?))
}

/// The 1.23 of `target stopped for 1.23 ms (5 threads)`.
fn stopped(said: &str) -> Option<Duration> {
    let (_, rest) = said.split_once("stopped for ")?;
    let (number, _) = rest.split_once(" ms")?;
    let milliseconds: f64 = number.parse().ok()?;
    Duration::try_from_secs_f64(milliseconds / 1e3).ok()
}

/// The warnings among what gopeek said on stderr.
pub(crate) fn warnings(said: &str) -> Vec<String> {
    let warnings = said
        .lines()
        .filter_map(|line| line.split_once("warning: ").map(|(_, warning)| warning));
    warnings.map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "gopeek: web (pid 1)  go1.27.4 linux/amd64\n\
                        gopeek: 207 goroutines (5 of the runtime not shown); target stopped for 0.31 ms (5 threads)\n\
                        gopeek: warning: thread 7 did not stop in time (state D)\n";

    #[test]
    fn gopeeks_own_words_are_understood() {
        assert_eq!(stopped(SAID), Some(Duration::from_micros(310)));
        assert_eq!(stopped("gopeek: 7 goroutines; target not stopped\n"), None);
        assert_eq!(
            warnings(SAID),
            ["thread 7 did not stop in time (state D)".to_owned()]
        );
    }
}
