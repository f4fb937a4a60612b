//! Programs that are not built, named or started as usual, and cores whose program looks like the right one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::look::look_at_core;
use super::outcome::Outcome;
use super::stage::{Stage, folder};
use super::victim::Victim;
use crate::{repo, run};

/// The exit codes of a Go program that can't be read, and of a program that is not the core's.
const UNREADABLE: i32 = 6;
const OTHER_PROGRAM: i32 = 9;

/// It was unpacked into anonymous memory. Its core has it, too.
pub(super) fn packed(stage: &Stage) -> Result<Outcome> {
    if !run::exists("cc") || !cfg!(target_arch = "x86_64") {
        return Ok(Outcome::Skipped("no cc, or not amd64".to_owned()));
    }
    let dir = folder("packed")?;
    let unpacker = dir.join("unpacker");
    let source = repo::programs().join("unpacker/unpacker.c");
    let mut cc = Command::new("cc");
    run::read(
        cc.args(["-O1", "-pie", "-fPIE", "-o"])
            .arg(&unpacker)
            .arg(source),
    )?;
    let mut command = Command::new(unpacker);
    command.arg(&stage.states.exe);
    let victim = Victim::of(command)?;
    let seen = victim.look(&[])?;
    victim.is_shown_whole(&seen)?;
    let core = saved(&victim, &dir)?;
    victim.goes_on()?;
    let again = look_at_core(Command::new(repo::gopeek()).arg(core))?;
    let first = |dump: &[u8]| String::from_utf8_lossy(dump).matches("\nmain.park").count();
    ensure!(
        first(&again.dump) == first(&seen.dump),
        "the core shows something else: {}",
        again.said
    );
    Ok(Outcome::Passed(
        "read in place, live and from a core".to_owned(),
    ))
}

/// Its version is spelled in a way of its own, or names no release.
pub(super) fn version(stage: &Stage) -> Result<Outcome> {
    let name = format!("go{}", stage.go.version);
    let spelled = name.replacen("go", "v-", 1);
    let unnamed = "u".repeat(name.len());
    for version in [spelled, unnamed] {
        let exe = changed(stage, "version", |program| {
            for at in places(program, name.as_bytes()) {
                program[at..at + name.len()].copy_from_slice(version.as_bytes());
            }
        })?;
        let victim = Victim::of(Command::new(exe))?;
        let seen = victim.look(&[])?;
        victim
            .is_shown_whole(&seen)
            .with_context(|| version.clone())?;
        ensure!(seen.said.contains(&version), "unnamed: {}", seen.said);
        victim.goes_on()?;
    }
    Ok(Outcome::Passed("a layout was found for both".to_owned()))
}

/// It is of 32 bits.
pub(super) fn bits32(stage: &Stage) -> Result<Outcome> {
    let exe = folder("bits32")?.join("small");
    let mut build = stage.go.command();
    build.env("GOARCH", "386").env("CGO_ENABLED", "0");
    run::read(
        build
            .args(["build", "-p", "2", "-o"])
            .arg(&exe)
            .arg("./small"),
    )?;
    let Ok(victim) = Victim::mute(Command::new(exe)) else {
        return Ok(Outcome::Skipped(
            "this kernel runs no programs of 32 bits".to_owned(),
        ));
    };
    let seen = victim.look(&[])?;
    ensure!(seen.code == UNREADABLE, "{}: {}", seen.code, seen.said);
    victim.end()?;
    Ok(Outcome::Passed("called what it is".to_owned()))
}

/// The build ids of two builds are the same, and only one of them is the core's.
pub(super) fn redacted(stage: &Stage) -> Result<Outcome> {
    let dir = folder("redacted")?;
    let exe = dir.join("states");
    let mut build = stage.go.command();
    build.env("CGO_ENABLED", "0").args(["build", "-p", "2"]);
    build.arg("-ldflags=-s -w -buildid=redacted");
    run::read(build.arg("-o").arg(&exe).arg("./states"))?;
    let victim = Victim::of(Command::new(&exe))?;
    let core = saved(&victim, &dir)?;
    victim.goes_on()?;
    let other = dir.join("other");
    let mut bytes = fs::read(&exe)?;
    let at = bytes.len() / 3;
    bytes[at] ^= 1;
    fs::write(&other, bytes)?;
    for (program, expected) in [(&exe, 0), (&other, OTHER_PROGRAM)] {
        let mut command = Command::new(repo::gopeek());
        let seen = look_at_core(command.arg("core").arg(&core).arg(program))?;
        ensure!(seen.code == expected, "{}: {}", seen.code, seen.said);
    }
    Ok(Outcome::Passed("the other one is refused".to_owned()))
}

fn saved(victim: &Victim, dir: &Path) -> Result<PathBuf> {
    let core = dir.join("core");
    let mut save = Command::new(repo::gopeek());
    save.args(["save", &victim.pid.to_string(), "--force", "-o"]);
    run::read(save.arg(&core))?;
    Ok(core)
}

fn places(program: &[u8], text: &[u8]) -> Vec<usize> {
    memchr::memmem::find_iter(program, text).collect()
}

/// The program in every state, changed.
fn changed(stage: &Stage, name: &str, change: impl Fn(&mut [u8])) -> Result<PathBuf> {
    let exe = folder(name)?.join("states");
    let mut program = fs::read(&stage.states.exe)?;
    change(&mut program);
    // One that still runs is not written to.
    let _ = fs::remove_file(&exe);
    fs::write(&exe, program).with_context(|| format!("write {}", exe.display()))?;
    fs::set_permissions(&exe, fs::metadata(&stage.states.exe)?.permissions())?;
    Ok(exe)
}
