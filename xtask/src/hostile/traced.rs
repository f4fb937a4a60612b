//! A target that a debugger holds or strace follows: there can be one tracer only, so gopeek goes without stopping it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::outcome::Outcome;
use super::stage::{Stage, folder};
use super::victim::Victim;
use crate::condition::{conditions, signal, until, until_traced};
use crate::run;

/// How a tracer is told to let go.
enum Farewell {
    /// By a word on its standard input.
    Words(&'static str),
    /// By SIGINT.
    Interrupt,
}

/// gdb, which holds it still.
pub(super) fn gdb(stage: &Stage) -> Result<Outcome> {
    let arguments = ["-nx", "-q", "-iex", "set debuginfod enabled off", "-p"];
    by(stage, "gdb", &arguments, &Farewell::Words("detach\nquit\n"))
}

/// strace, which lets it run.
pub(super) fn strace(stage: &Stage) -> Result<Outcome> {
    by(
        stage,
        "strace",
        &["-f", "-o", "/dev/null", "-p"],
        &Farewell::Interrupt,
    )
}

/// delve, which holds it still.
pub(super) fn delve(stage: &Stage) -> Result<Outcome> {
    let arguments = ["--allow-non-terminal-interactive=true", "attach"];
    // "n": the target is not to be killed.
    by(stage, "dlv", &arguments, &Farewell::Words("exit\nn\n"))
}

fn by(stage: &Stage, tool: &str, arguments: &[&str], farewell: &Farewell) -> Result<Outcome> {
    if !run::exists(tool) {
        return Ok(Outcome::Skipped(format!("no {tool}")));
    }
    let victim = Victim::start(stage, &[])?;
    let dir = folder("tracers")?;
    let mut tracer = Command::new(tool);
    tracer.args(arguments).arg(victim.pid.to_string());
    let mut tracer = Tracer::start(tracer, &dir.join(tool))?;
    until_traced(victim.pid).with_context(|| format!("{tool} does not come to trace it"))?;
    let held = || conditions(victim.pid).iter().all(|it| it.state == 't');
    if matches!(farewell, Farewell::Words(_)) {
        until("held", || Ok(held()))?;
    }
    let seen = victim.look(&[])?;
    victim.is_shown_whole(&seen)?;
    until_traced(victim.pid).with_context(|| format!("{tool} has lost it"))?;
    tracer.let_go(farewell)?;
    victim.goes_on()?;
    Ok(Outcome::Passed("read without a stop".to_owned()))
}

/// One that is gone when this is dropped: the kernel lets go then, too.
struct Tracer(Child);

impl Tracer {
    fn start(mut command: Command, log: &Path) -> Result<Self> {
        let line = run::line(&command);
        let log = std::fs::File::create(log)?;
        let errors = log.try_clone()?;
        command.stdin(Stdio::piped()).stdout(log).stderr(errors);
        Ok(Self(
            command.spawn().with_context(|| format!("start {line}"))?,
        ))
    }

    fn let_go(&mut self, farewell: &Farewell) -> Result<()> {
        match farewell {
            Farewell::Words(words) => {
                let mut stdin = self.0.stdin.take().context("its stdin is closed")?;
                std::io::Write::write_all(&mut stdin, words.as_bytes())?;
            }
            Farewell::Interrupt => signal(self.0.id(), Signal::INT)?,
        }
        until("without a tracer", || Ok(self.0.try_wait()?.is_some()))
            .with_context(|| format!("it has been told to end {:?} ago", Duration::from_secs(20)))
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
