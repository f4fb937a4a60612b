//! A Debian sid under `target/`: the one place where Rust for arm64 and an arm64 kernel can be had together.
//!
//! Made once. What runs in it does so in namespaces of its own, so that no mount and no process outlives it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::{apt, repo, run};

/// The slowest machine and mirror that are still worth waiting for.
const MAKING: Duration = Duration::from_secs(20 * 60);
const BUILDING: Duration = Duration::from_secs(20 * 60);

/// How the name of a system that is not whole yet begins; the rest is the process that makes it.
const PART: &str = "sid.part-";

/// What is done inside a new system.
const MAKE: &str = include_str!("make-sid.sh");
/// What is done around the finished one.
const BUILD: &str = include_str!("build.sh");

/// A system that is whole.
pub(super) struct Sid {
    root: PathBuf,
}

impl Sid {
    /// The system, made when it is not here yet.
    ///
    /// # Errors
    /// When something that it takes can't be had.
    pub(super) fn bring() -> Result<Self> {
        if !apt::is_root() {
            bail!("a chroot takes root");
        }
        let root = home().join("sid");
        if !root.exists() {
            sweep();
            // Made beside its place and then renamed: a folder that exists is whole.
            let part = home().join(format!("{PART}{}", std::process::id()));
            let made = make(&part).and_then(|()| {
                let place = format!("move it to {}", root.display());
                fs::rename(&part, &root).context(place)
            });
            if made.is_err() {
                let _ = fs::remove_dir_all(&part);
            }
            made.context("make a Debian sid")?;
        }
        Ok(Self { root })
    }

    /// The arm64 kernel.
    pub(super) fn kernel(&self) -> PathBuf {
        self.root.join("vmlinuz-arm64")
    }

    /// Builds gopeek from the workspace as it is, static, and gives where it is.
    ///
    /// # Errors
    /// When it does not compile.
    pub(super) fn build_gopeek(&self, vendor: &Path) -> Result<PathBuf> {
        let out = home().join("build");
        fs::create_dir_all(&out).with_context(|| format!("create {}", out.display()))?;
        let mut build = isolated();
        build.args(["sh", "-c", BUILD]);
        build.env("SID", &self.root).env("SOURCES", repo::root());
        build.env("VENDOR", vendor).env("OUT", &out);
        finish(BUILDING, &mut build).context("build gopeek for arm64")?;
        Ok(out.join("aarch64-unknown-linux-gnu/release/gopeek"))
    }
}

/// Where all of this verb's things are.
pub(crate) fn home() -> PathBuf {
    repo::target().join("arm64")
}

/// The sources of every crate of the lock file, where no registry has to be asked for them.
///
/// # Errors
/// When one of them can't be had.
pub(super) fn vendor() -> Result<PathBuf> {
    let vendor = home().join("vendor");
    let mut cargo = run::cargo(["vendor", "--locked", "--versioned-dirs"]);
    run::read(cargo.arg(&vendor))?;
    Ok(vendor)
}

/// Removes what makers have left that were killed.
fn sweep() {
    for entry in fs::read_dir(home()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let maker = name.to_str().and_then(|name| name.strip_prefix(PART));
        if maker.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn make(root: &Path) -> Result<()> {
    if !run::exists("debootstrap") {
        apt::install(&["debootstrap"])?;
    }
    let mirror = apt::mirror()?;
    fs::create_dir_all(root).with_context(|| format!("create {}", root.display()))?;
    eprintln!("making a Debian sid from {mirror}, once");
    let mut bootstrap = isolated();
    bootstrap.args(["debootstrap", "--variant=minbase", "sid"]);
    finish(MAKING, bootstrap.arg(root).arg(&mirror))?;
    let mut inside = isolated();
    inside.arg("chroot").arg(root).args(["sh", "-c", MAKE]);
    finish(MAKING, &mut inside)
}

/// A command whose mounts and processes are gone when it is, even when it is killed.
fn isolated() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]);
    command
}

fn finish(limit: Duration, command: &mut Command) -> Result<()> {
    let ended = run::within(limit, command)?;
    if !ended.status.success() {
        // debootstrap complains on standard output.
        let said = String::from_utf8_lossy(&ended.stdout);
        let said: Vec<_> = said.lines().chain(ended.stderr.lines()).collect();
        let tail = said
            .get(said.len().saturating_sub(30)..)
            .unwrap_or_default();
        bail!("{}\n{}", ended.status, tail.join("\n"));
    }
    Ok(())
}
