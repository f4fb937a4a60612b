//! A target whose own dump is known, and how it must be found afterwards: as it was.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::look::{Seen, look};
use super::stage::{Stage, folder, gopeek, gopeek_in_a_hurry};
use crate::condition::{until, until_all};
use crate::dump::{self, Block};
use crate::target::Target;

/// A thousand threads take their time, and so does a machine with other things to do.
const LIMIT: Duration = Duration::from_secs(60);
/// The states of threads that nobody holds. `I` is idle; a thread that is ending is there for a moment yet.
pub(super) const FREE: &str = "RSDIZX";
/// What the functions of goroutines that stay as they are begin with.
const STEADY: &[u8] = b"\nmain.park";

/// A running target.
pub(super) struct Victim {
    target: Target,
    /// Its number out here.
    pub(super) pid: u32,
    /// The goroutines that stay as they are, as it printed them itself.
    truth: BTreeMap<u64, Vec<u8>>,
}

/// What it counts.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Beats {
    /// Of the heartbeat.
    beats: u64,
    /// What it does over and over.
    pub(super) rounds: u64,
}

impl Victim {
    /// Starts the program in a state, and has it print its own dump.
    pub(super) fn start(stage: &Stage, arguments: &[&str]) -> Result<Self> {
        Self::of(stage.program(arguments))
    }

    /// Likewise, of a command that starts it.
    pub(super) fn of(command: Command) -> Result<Self> {
        let mut victim = Self::mute(command)?;
        victim.tell()?;
        Ok(victim)
    }

    /// Likewise, of one that can't be asked.
    pub(super) fn mute(command: Command) -> Result<Self> {
        let stderr = folder("victims")?.join("stderr.txt");
        let mut target = Target::start(command, &stderr)?;
        let mut pid = target.pid();
        loop {
            let line = target.line(LIMIT).context("the target")?;
            if let Some(number) = line.strip_prefix("pid ") {
                pid = number.parse().context("its number out here")?;
            } else if line == "ready" {
                break;
            }
        }
        Ok(Self {
            target,
            pid,
            truth: BTreeMap::new(),
        })
    }

    /// Has it print its own dump, to be held against.
    pub(super) fn tell(&mut self) -> Result<()> {
        let text: String = self.ask("stack")?;
        self.truth = steady(text.as_bytes())?;
        ensure!(
            !self.truth.is_empty(),
            "its own dump has no goroutine that stays"
        );
        Ok(())
    }

    /// The goroutine of this number is not what it was.
    pub(super) fn forget(&mut self, id: u64) {
        self.truth.remove(&id);
    }

    /// Its answer to a command.
    pub(super) fn ask<T: DeserializeOwned>(&mut self, question: &str) -> Result<T> {
        let answer = self.target.ask(question, LIMIT)?;
        serde_json::from_str(&answer).with_context(|| format!("read {answer:?}"))
    }

    /// What it has counted so far.
    pub(super) fn beats(&mut self) -> Result<Beats> {
        self.ask("beats")
    }

    /// Another line of it.
    pub(super) fn line(&mut self) -> Result<String> {
        self.target.line(LIMIT)
    }

    /// Runs gopeek on it.
    pub(super) fn look(&self, options: &[&str]) -> Result<Seen> {
        look(&mut gopeek(self.pid, options))
    }

    /// Likewise, with the limit that people have.
    pub(super) fn look_in_a_hurry(&self) -> Result<Seen> {
        look(&mut gopeek_in_a_hurry(self.pid))
    }

    /// One look that stops nothing.
    pub(super) fn look_without_a_stop(&self, options: &[&str]) -> Result<Seen> {
        look(gopeek_in_a_hurry(self.pid).arg("--no-stop").args(options))
    }

    /// Checks that a dump has every goroutine that stays as it is, to the byte, and no other that claims to.
    pub(super) fn is_shown_whole(&self, seen: &Seen) -> Result<()> {
        let count = self
            .is_shown_in_part(seen)
            .with_context(|| seen.said.clone())?;
        let shown = steady(seen.done()?)?;
        let differ =
            |ids: &[&u64]| format!("of {} goroutines, {ids:?}: {}", self.truth.len(), seen.said);
        let missing: Vec<_> = self
            .truth
            .keys()
            .filter(|id| !shown.contains_key(id))
            .collect();
        ensure!(count == self.truth.len(), "missing {}", differ(&missing));
        let surplus: Vec<_> = shown
            .keys()
            .filter(|id| !self.truth.contains_key(id))
            .collect();
        ensure!(surplus.is_empty(), "invented {}", differ(&surplus));
        Ok(())
    }

    /// How many of them a dump has that need not have all; those that it has must be right.
    pub(super) fn is_shown_in_part(&self, seen: &Seen) -> Result<usize> {
        let shown = steady(seen.done()?).with_context(|| seen.said.clone())?;
        let mut count = 0;
        for (id, text) in &self.truth {
            let Some(shown) = shown.get(id) else { continue };
            if shown != text {
                let [shown, text] = [shown, text].map(|text| String::from_utf8_lossy(text));
                bail!("gopeek printed\n{shown}\nand the target itself\n{text}\n");
            }
            count += 1;
        }
        Ok(count)
    }

    /// How many goroutines stay as they are.
    pub(super) fn steady(&self) -> usize {
        self.truth.len()
    }

    /// Checks that nobody traces it, nothing holds it, its heart beats and it answers.
    pub(super) fn is_as_it_was(&mut self) -> Result<()> {
        until_all(self.pid, FREE)?;
        let before = self.beats()?.beats;
        until("alive", || Ok(self.beats()?.beats > before))
    }

    /// Likewise, and ends it in peace.
    pub(super) fn goes_on(mut self) -> Result<()> {
        self.is_as_it_was()?;
        self.target.end(LIMIT)
    }

    /// Has it end, without waiting for that.
    pub(super) fn hang_up(&mut self) {
        self.target.hang_up();
    }

    /// Ends it, whatever it was.
    pub(super) fn end(self) -> Result<()> {
        self.target.end(LIMIT)
    }
}

/// The goroutines of a dump that stay as they are, without the line breaks at their ends.
fn steady(dump: &[u8]) -> Result<BTreeMap<u64, Vec<u8>>> {
    let blocks = dump::split(dump).context("no dump")?;
    let stays = |block: &&Block<'_>| memchr::memmem::find(block.text, STEADY).is_some();
    let steady = blocks.iter().filter(stays);
    Ok(steady
        .map(|block| (block.goid, block.text.trim_ascii_end().to_vec()))
        .collect())
}
