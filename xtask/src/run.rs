//! Running tools to their end: those we show, those whose output we want, and cargo itself.

use std::env;
use std::io::Read;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use wait4::Wait4;

use crate::repo;

/// A command line for error messages: program and arguments, unquoted.
pub(crate) fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

/// Runs a command on our own terminal; its failure is an error.
pub(crate) fn shown(command: &mut Command) -> Result<()> {
    let line = line(command);
    eprintln!("$ {line}");
    let status = command.status().with_context(|| format!("run {line}"))?;
    if !status.success() {
        bail!("{line}: {status}");
    }
    Ok(())
}

/// Runs a command and gives its standard output; what it said on stderr comes with its failure.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let line = line(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("run {line}"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("{line}: {}\n{}", output.status, stderr.trim_end());
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned())
}

/// Whether a tool can be started at all.
pub(crate) fn exists(tool: &str) -> bool {
    let mut command = Command::new(tool);
    command.arg("--version").stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok()
}

/// The cargo that runs us, in the workspace's root.
pub(crate) fn cargo<const N: usize>(args: [&str; N]) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(args).current_dir(repo::root());
    command
}

/// Builds the gopeek to be tested, unless `GOPEEK_BIN` names one.
pub(crate) fn build_gopeek() -> Result<()> {
    if env::var_os("GOPEEK_BIN").is_some() {
        return Ok(());
    }
    shown(&mut cargo(["build", "--release", "-p", "gopeek-ui"]))
}

/// Builds one of gopeek's examples, which show parts of it that the program does not.
pub(crate) fn build_example(name: &str) -> Result<()> {
    let build = ["build", "--release", "-p", "gopeek-ui", "--example", name];
    shown(&mut cargo(build))
}

/// What a command left behind.
pub(crate) struct Ended {
    /// Its exit status.
    pub(crate) status: ExitStatus,
    /// Its standard output.
    pub(crate) stdout: Vec<u8>,
    /// Its standard error.
    pub(crate) stderr: String,
    /// From its start to its end.
    pub(crate) took: Duration,
    /// CPU time that it took, in user mode and in the kernel.
    pub(crate) cpu: Duration,
    /// Its peak resident memory in bytes. Never less than xtask's own few MB, which a child starts out with.
    pub(crate) memory: u64,
}

/// Runs a command that may hang, and kills it when it takes longer than `limit`.
pub(crate) fn within(limit: Duration, command: &mut Command) -> Result<Ended> {
    within_fed(limit, command, Stdio::null())
}

/// Likewise, of gopeek or a part of it: its failure is an error, with what it said on stderr.
pub(crate) fn gopeek(limit: Duration, command: &mut Command) -> Result<Ended> {
    let ended = within(limit, command)?;
    if !ended.status.success() {
        bail!("gopeek: {}\n{}", ended.status, ended.stderr);
    }
    Ok(ended)
}

/// Runs a command that may hang, with something to read.
pub(crate) fn within_fed(limit: Duration, command: &mut Command, stdin: Stdio) -> Result<Ended> {
    let ended = cut(limit, command, stdin)?;
    ended.with_context(|| format!("{}: no end within {limit:?}", line(command)))
}

/// Likewise, where it is no error that it takes longer: `None`, and it is killed.
pub(crate) fn cut(limit: Duration, command: &mut Command, stdin: Stdio) -> Result<Option<Ended>> {
    let line = line(command);
    let started = Instant::now();
    let mut child = command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("run {line}"))?;
    let mut stdout = child.stdout.take().context("no pipe for stdout")?;
    let mut stderr = child.stderr.take().context("no pipe for stderr")?;
    let errors = thread::spawn(move || {
        let mut said = Vec::new();
        stderr.read_to_end(&mut said).map(|_| said)
    });
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut said = Vec::new();
        let _ = send.send(stdout.read_to_end(&mut said).map(|_| said));
    });
    let Ok(stdout) = receive.recv_timeout(limit) else {
        child.kill()?;
        child.wait()?;
        return Ok(None);
    };
    let used = child.wait4()?;
    let took = started.elapsed();
    let errors = errors.join().unwrap_or_else(|_| Ok(Vec::new()))?;
    Ok(Some(Ended {
        status: used.status,
        stdout: stdout?,
        stderr: String::from_utf8_lossy(&errors).trim_end().to_owned(),
        took,
        cpu: used.rusage.utime + used.rusage.stime,
        memory: used.rusage.maxrss,
    }))
}
