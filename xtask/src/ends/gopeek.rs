//! A gopeek under way: what it is started with, and all of it until its end.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::expected::Left;
use super::setting::{full_file_system, limited, no_more_threads, obedient};
use super::stage::{Stage, folder};
use super::target::{LIMIT, is_held, name};
use super::way::Kind;
use crate::{dump, repo};

/// A gopeek under way, and the ends of it that we hold.
pub(super) struct Running {
    pub(super) child: Child,
    pub(super) started: Instant,
    stderr: Option<PipeReader>,
    stdout: Option<PipeReader>,
    /// The terminal's other side.
    pub(super) terminal: Option<OwnedFd>,
}

/// Starts gopeek, for it to be ended in a way.
pub(super) fn start(
    stage: &mut Stage,
    kind: Kind,
    number: usize,
    out: &Path,
    random: &mut fastrand::Rng,
) -> Result<Running> {
    let gopeek = repo::gopeek();
    let mut command = match kind {
        Kind::Terminal => {
            let mut command = Command::new("setsid");
            command.arg("--ctty").args(obedient()?).arg(&gopeek);
            command
        }
        Kind::Signal(_) | Kind::Stopped(_) => {
            // Whoever needs no words before it has itself for the first.
            let mut command = Command::new("env");
            command.args(obedient()?.iter().skip(1)).arg(&gopeek);
            command
        }
        Kind::StderrClosed => {
            let mut command = Command::new("sh");
            command.args(["-c", "exec \"$@\" 2>&-", "sh"]).arg(&gopeek);
            command
        }
        Kind::FileFull => full_file_system(&gopeek.to_string_lossy(), &folder()?),
        Kind::FileLimit => limited("fsize", random.u64(..stage.usual.bytes as u64)),
        Kind::Memory => {
            let least = stage.least_memory()?;
            limited("as", random.u64(least / 4..least))
        }
        // Three are open at the start, and so many are enough.
        Kind::Files => limited("nofile", random.u64(3..16)),
        Kind::Threads => no_more_threads(&gopeek.to_string_lossy()),
        _ => Command::new(&gopeek),
    };
    match kind {
        // Every other one to a file, which is what most is written to.
        Kind::Signal(_) | Kind::Stopped(_) if number % 4 > 1 => {
            command.args(stage.arguments(Path::new("/dev/null")));
        }
        Kind::Signal(_) | Kind::Stopped(_) | Kind::FileLimit | Kind::FileFull => {
            command.args(stage.arguments(out));
        }
        Kind::Terminal | Kind::Memory | Kind::Files | Kind::Threads => {
            command.args(stage.arguments(Path::new("/dev/null")));
        }
        _ => {
            command.arg(stage.target.pid().to_string());
        }
    }
    command.stdin(Stdio::null());
    if kind != Kind::Terminal {
        // A group of its own, in a session that has others: the terminal's stop signal works only there. Who is to
        // lead a session must not lead a group.
        command.process_group(0);
    }
    let (stderr, said) = io::pipe()?;
    let (stdout, written) = io::pipe()?;
    let mut running = Pipes {
        stderr: Some(stderr),
        stdout: Some(stdout),
        terminal: None,
    };
    running.connect(kind, &mut command, said, written)?;
    let child = command.spawn().context("start gopeek")?;
    // It is to be gopeek by then, with a terminal of its own and signals as they are by default.
    let since = Instant::now();
    while name(child.id()).is_some_and(|name| ["env", "setsid"].contains(&name.as_str())) {
        ensure!(since.elapsed() < LIMIT, "gopeek is not started");
    }
    let started = Instant::now();
    // Its ends of the pipes are held by the command, too.
    drop(command);
    Ok(Running {
        child,
        started,
        stderr: running.stderr,
        stdout: running.stdout,
        terminal: running.terminal,
    })
}

/// Our ends.
struct Pipes {
    stderr: Option<PipeReader>,
    stdout: Option<PipeReader>,
    terminal: Option<OwnedFd>,
}

impl Pipes {
    fn connect(
        &mut self,
        kind: Kind,
        command: &mut Command,
        said: PipeWriter,
        written: PipeWriter,
    ) -> Result<()> {
        command.stdout(written).stderr(said);
        match kind {
            Kind::StdoutUnread => drop(self.stdout.take()),
            Kind::StderrUnread => drop(self.stderr.take()),
            Kind::StdoutFull => {
                let full = File::options().write(true).open("/dev/full")?;
                command.stdout(full);
            }
            Kind::Terminal => {
                let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
                grantpt(&ours)?;
                unlockpt(&ours)?;
                let name = ptsname(&ours, Vec::new())?.into_string()?;
                let theirs = File::options().read(true).write(true).open(name)?;
                command.stdin(theirs.try_clone()?);
                command.stdout(theirs.try_clone()?).stderr(theirs);
                self.terminal = Some(ours);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Running {
    /// Reads what there is to read, and waits for the end; tells whether it held the process `target` until then.
    pub(super) fn end(
        mut self,
        kind: Kind,
        bytes: usize,
        target: u32,
        random: &mut fastrand::Rng,
    ) -> Result<(Left, bool)> {
        let enough = match kind {
            Kind::StdoutCut => random.u64(..bytes as u64),
            _ => u64::MAX,
        };
        let stderr = self.stderr.take().map(|pipe| drain(pipe, u64::MAX));
        let stdout = self.stdout.take().map(|pipe| drain(pipe, enough));
        let (since, mut held) = (Instant::now(), false);
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            held = !kind.has_moment() && is_held(target);
            if since.elapsed() > LIMIT {
                self.child.kill()?;
                self.child.wait()?;
                bail!("gopeek does not end within {LIMIT:?}");
            }
        };
        let (said, written) = (join(stderr)?, join(stdout)?);
        let goroutines = (!written.is_empty())
            .then(|| dump::split(&written).map(|blocks| blocks.len()))
            .and_then(Result::ok);
        let behind = match kind {
            Kind::FileFull => String::from_utf8_lossy(&written).into_owned(),
            _ => String::new(),
        };
        let left = Left {
            behind,
            status,
            stderr: String::from_utf8_lossy(&said).into_owned(),
            goroutines,
        };
        Ok((left, held))
    }
}

type Reading = JoinHandle<io::Result<Vec<u8>>>;

/// Reads a pipe up to its end, or so many bytes of it, and closes it then.
fn drain(pipe: PipeReader, most: u64) -> Reading {
    thread::spawn(move || {
        let mut read = Vec::new();
        pipe.take(most).read_to_end(&mut read).map(|_| read)
    })
}

fn join(reading: Option<Reading>) -> Result<Vec<u8>> {
    match reading.map(JoinHandle::join) {
        Some(Ok(read)) => Ok(read?),
        Some(Err(_)) => bail!("the thread that reads panicked"),
        None => Ok(Vec::new()),
    }
}
