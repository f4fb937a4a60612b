//! A target whose names would drive a terminal: none of that reaches one.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::look::look;
use super::outcome::Outcome;
use super::stage::{Stage, folder};
use super::victim::Victim;
use crate::{repo, run};

/// Its file, whose name becomes the kernel's name for it: an escape sequence, and a line that forges one of ours.
const FILE: &str = "v\x1b[31m\nFORGED";
/// An argument and a variable: the same with a title, a C1 control and a turn of direction.
const TEXT: &str = "a\x1b]0;title\x07\nFORGED row\u{9b}31m\u{202e}\r";

/// Every text that is for people, on a terminal.
pub(super) fn names(stage: &Stage) -> Result<Outcome> {
    if !run::exists("script") {
        return Ok(Outcome::Skipped(
            "there is no script (util-linux)".to_owned(),
        ));
    }
    let program = folder("names")?.join(FILE);
    let states = stage.program(&[]);
    fs::copy(states.get_program(), &program).context("copy the program")?;
    let mut command = Command::new(&program);
    command.arg0(TEXT).env("GODEBUG", format!("x={TEXT}"));
    let victim = Victim::of(command)?;
    let pid = victim.pid;
    let texts = [
        "ps".to_owned(),
        format!("info {pid}"),
        format!("{pid} --format=report --all"),
        format!("{pid} --format=stack"),
        format!("{pid} --format=sigquit"),
        format!("{pid} --threads --runtime"),
        format!("top {pid} --once --view=list"),
        "v --format=stack".to_owned(),
    ];
    for text in &texts {
        let shown = on_terminal(text)?;
        is_inert(&shown).with_context(|| format!("gopeek {text}"))?;
    }
    victim.goes_on()?;
    fs::remove_file(&program)?;
    Ok(Outcome::Passed(format!("{} texts are inert", texts.len())))
}

/// What gopeek shows on a terminal.
fn on_terminal(arguments: &str) -> Result<String> {
    let gopeek = repo::gopeek();
    let gopeek = gopeek.to_str().context("gopeek's path")?;
    let mut command = Command::new("script");
    command.args(["-qec", &format!("'{gopeek}' {arguments}"), "/dev/null"]);
    command.envs([("NO_COLOR", "1"), ("COLUMNS", "150"), ("LINES", "50")]);
    let seen = look(&mut command)?;
    String::from_utf8(seen.dump).context("it is no UTF-8")
}

fn is_inert(shown: &str) -> Result<()> {
    ensure!(!shown.trim().is_empty(), "nothing is shown");
    for line in shown.replace("\r\n", "\n").lines() {
        let obeyed = |char: char| {
            (char.is_control() && char != '\t') || ('\u{202a}'..='\u{202e}').contains(&char)
        };
        // The terminal's own: how far a long write has come is wiped away.
        let line = line.replace("\r\x1b[K", "");
        if line.contains(obeyed) || line.trim_start().starts_with("FORGED") {
            bail!("a terminal would obey {line:?}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_inert;

    #[test]
    fn what_a_terminal_obeys_is_found() {
        assert!(is_inert("gopeek\r\n\tmain.f\\u{1b}[31m\r\n").is_ok());
        for evil in ["", "a\x1b[31m", "a\r\n  FORGED", "a\u{202e}b", "a\rb\r\n"] {
            assert!(is_inert(evil).is_err(), "{evil:?}");
        }
    }
}
