//! A Go program that we started: alive until it is told to end, gone when this is dropped.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde::de::DeserializeOwned;

use crate::run;

/// A running test program, whose protocol is lines: it says `ready`, and ends when its stdin does.
#[derive(Debug)]
pub(crate) struct Target {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    stderr: PathBuf,
}

impl Target {
    /// Starts a program; what it says on stderr goes to a file, whose folder is made.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn start(mut command: Command, stderr: &Path) -> Result<Self> {
        let line = run::line(&command);
        let dir = stderr.parent().context("a file without a folder")?;
        fs::create_dir_all(dir).with_context(|| format!("create {}", dir.display()))?;
        let errors =
            File::create(stderr).with_context(|| format!("create {}", stderr.display()))?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .with_context(|| format!("start {line}"))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().context("no pipe for stdout")?;
        let (send, lines) = mpsc::channel();
        // A thread of its own, as only a channel's end can be waited for with a limit.
        thread::spawn(move || {
            let lines = BufReader::new(stdout).lines().map_while(Result::ok);
            for line in lines {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            child,
            stdin,
            lines,
            stderr: stderr.to_path_buf(),
        })
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Reads lines until the program says `ready`.
    ///
    /// # Errors
    /// When it ends first or takes longer than `limit`, with what it said on stderr.
    pub(crate) fn wait_until_ready(&mut self, limit: Duration) -> Result<()> {
        // A program may say more on that line, as its process id.
        while self.line(limit)?.split(' ').next() != Some("ready") {}
        Ok(())
    }

    /// The next line of its standard output.
    ///
    /// # Errors
    /// When it ends first or takes longer than `limit`.
    pub(crate) fn line(&mut self, limit: Duration) -> Result<String> {
        self.lines.recv_timeout(limit).map_err(|error| match error {
            RecvTimeoutError::Timeout => anyhow!("silent for {limit:?}{}", self.complaint()),
            RecvTimeoutError::Disconnected => match self.child.wait() {
                Ok(status) => anyhow!("ended: {status}{}", self.complaint()),
                Err(error) => error.into(),
            },
        })
    }

    /// Sends it a line.
    ///
    /// # Errors
    /// When it is gone.
    pub(crate) fn tell(&mut self, line: &str) -> Result<()> {
        let stdin = self.stdin.as_mut().context("its stdin is closed")?;
        writeln!(stdin, "{line}").with_context(|| format!("send it {line:?}"))
    }

    /// Sends it a line, and gives the line that it answers.
    ///
    /// # Errors
    /// When it is gone or takes longer than `limit`.
    pub(crate) fn ask(&mut self, question: &str, limit: Duration) -> Result<String> {
        self.tell(question)?;
        self.line(limit)
            .with_context(|| format!("wait for its answer to {question:?}"))
    }

    /// Likewise, of an answer in JSON.
    ///
    /// # Errors
    /// Also when it answers something else.
    pub(crate) fn ask_for<T: DeserializeOwned>(
        &mut self,
        question: &str,
        limit: Duration,
    ) -> Result<T> {
        let answer = self.ask(question, limit)?;
        serde_json::from_str(&answer)
            .with_context(|| format!("{answer:?} is no answer to {question:?}"))
    }

    /// Closes its stdin, at which it ends.
    pub(crate) fn hang_up(&mut self) {
        drop(self.stdin.take());
    }

    /// Closes its stdin and waits for it to end in peace, which shows that it outlived gopeek.
    ///
    /// # Errors
    /// When it does not end within `limit`, or not with status 0.
    pub(crate) fn end(mut self, limit: Duration) -> Result<()> {
        self.hang_up();
        self.wait_for_silence(limit)?;
        let status: ExitStatus = self.child.wait()?;
        if !status.success() {
            bail!("did not end in peace: {status}{}", self.complaint());
        }
        Ok(())
    }

    /// Has it killed by SIGQUIT, and gives what it said on stderr.
    ///
    /// # Errors
    /// When it does not end within `limit`.
    pub(crate) fn quit(mut self, limit: Duration) -> Result<Vec<u8>> {
        let mut kill = Command::new("kill");
        run::read(kill.arg("-QUIT").arg(self.pid().to_string()))?;
        self.wait_for_silence(limit)?;
        self.child.wait()?;
        fs::read(&self.stderr).with_context(|| format!("read {}", self.stderr.display()))
    }

    /// Waits for it to end by itself.
    ///
    /// # Errors
    /// When it does not within `limit`.
    pub(crate) fn death(mut self, limit: Duration) -> Result<ExitStatus> {
        self.wait_for_silence(limit)?;
        Ok(self.child.wait()?)
    }

    /// Reads its lines until there are no more: its standard output is closed.
    fn wait_for_silence(&mut self, limit: Duration) -> Result<()> {
        loop {
            match self.lines.recv_timeout(limit) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => bail!("does not end within {limit:?}"),
            }
        }
    }

    /// The end of its stderr, as the tail of a message.
    fn complaint(&self) -> String {
        let said = fs::read(&self.stderr).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let lines: Vec<_> = said.lines().collect();
        let tail = lines.len().saturating_sub(30);
        let tail = lines.get(tail..).unwrap_or_default();
        let indented = tail.iter().flat_map(|line| ["\n  stderr: ", line]);
        indented.collect()
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // Already reaped after `end`: both calls then fail, as they may.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
