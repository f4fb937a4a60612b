//! The cores of this machine's own architecture: of processes that gopeek saves, and of some that the kernel ends.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::shelf::{Core, SCENARIOS, Shelf};
use crate::cell::{SHELF, SHELVED, build};
use crate::target::Target;
use crate::toolchain::{Toolchain, releases};
use crate::{repo, run};

const READY: Duration = Duration::from_secs(60);
const GOPEEK: Duration = Duration::from_secs(60);
const END: Duration = Duration::from_secs(60);

/// Where processes run whose cores are kept: their cores name it.
fn stage() -> PathBuf {
    std::env::temp_dir().join("gopeek-cores")
}

/// Makes those of a release.
///
/// # Errors
/// When the program does not do as it should, or no core of it is to be had.
pub(super) fn make(go: &Toolchain) -> Result<()> {
    let built = build(go, &SHELVED, &SHELF)?;
    let stage = stage();
    let _ = fs::remove_dir_all(&stage);
    fs::create_dir_all(&stage).with_context(|| format!("create {}", stage.display()))?;
    let exe = stage.join(SHELF.name);
    fs::copy(&built.exe, &exe).context("copy the program")?;
    let shelf = Shelf::clear(go.version, "amd64")?;
    shelf.pack(&exe, SHELF.name)?;
    for (scenario, core) in SCENARIOS {
        eprintln!("Go {}: {scenario}", go.version);
        let made = match core {
            Core::Saved => save(&exe, scenario, go, &shelf),
            Core::Left => leave(&exe, scenario, &shelf),
        };
        made.with_context(|| format!("Go {}: {scenario}", go.version))?;
    }
    let _ = fs::remove_dir_all(&stage);
    Ok(())
}

/// The program, with nothing of this machine in its environment and on its command line, both of which are in cores.
fn command(exe: &Path, scenario: &str) -> Command {
    let mut command = Command::new(exe);
    command.arg0(SHELF.name).arg(scenario).env_clear();
    command.current_dir(stage());
    command
}

fn save(exe: &Path, scenario: &str, go: &Toolchain, shelf: &Shelf) -> Result<()> {
    let oracle = format!("{scenario}.oracle");
    let mut command = command(exe, scenario);
    command.env("GOPEEK_ORACLE", &oracle);
    let mut target = Target::start(command, &stage().join("stderr.txt"))?;
    target.wait_until_ready(READY)?;
    let core = format!("{scenario}.core.zst");
    let mut gopeek = Command::new(repo::gopeek());
    gopeek.current_dir(stage()).args(["save", "-o", &core]);
    run::gopeek(GOPEEK, gopeek.arg(target.pid().to_string()))?;
    // gdb's differs from ours, and does so in the same way for every release.
    if scenario == "hang" && go.version.minor == releases::newest_minor() {
        let prefix = stage().join("gcore");
        let mut gcore = Command::new("gcore");
        gcore.arg("-o").arg(&prefix).arg(target.pid().to_string());
        run::read(&mut gcore)?;
        let left = prefix.with_extension(target.pid().to_string());
        shelf.pack(&left, "hang-gcore.core")?;
        shelf.put(&stage().join(&oracle), "hang-gcore.oracle")?;
    }
    target.end(END)?;
    shelf.put(&stage().join(&core), &core)?;
    shelf.put(&stage().join(&oracle), &oracle)
}

fn leave(exe: &Path, scenario: &str, shelf: &Shelf) -> Result<()> {
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern")?;
    if pattern.contains(['/', '|']) {
        bail!(
            "the kernel leaves cores elsewhere than here: /proc/sys/kernel/core_pattern is {pattern:?}"
        );
    }
    let stderr = stage().join("stderr.txt");
    let status = Target::start(command(exe, scenario), &stderr)?.death(END)?;
    shelf.put(&stderr, &format!("{scenario}.stderr"))?;
    let is_core = |name: &OsStr| name.as_encoded_bytes().starts_with(b"core");
    let entries = fs::read_dir(stage())?.flatten();
    let core = entries
        .map(|entry| entry.path())
        .find(|path| path.file_name().is_some_and(is_core));
    let core = core.with_context(|| format!("{status} and no core"))?;
    shelf.pack(&core, &format!("{scenario}.core"))?;
    fs::remove_file(core)?;
    Ok(())
}
