//! Debian's golang-1.19 package: the one old Go that a distribution still carries.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::{Source, Toolchain, Version, ask};
use crate::run;

const GO: &str = "/usr/lib/go-1.19/bin/go";
const PACKAGE: &str = "golang-1.19-go";

/// The packaged Go, installed when we are root, if it is this version.
pub(super) fn exactly(version: Version) -> Result<Toolchain> {
    if version.minor != 19 {
        bail!("Debian packages 1.19 only");
    }
    let go = Path::new(GO);
    if !go.exists() {
        install()?;
    }
    let is = ask(go, "local")?;
    if is != version {
        bail!("Debian's is {is}");
    }
    let local = "local".to_owned();
    Ok(Toolchain::new(version, Source::Debian, go.into(), local))
}

fn install() -> Result<()> {
    if !is_root() || !run::exists("apt-get") {
        bail!("{GO} is not there (Debian: apt-get install {PACKAGE})");
    }
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--no-install-recommends", PACKAGE]);
    run::read(install.env("DEBIAN_FRONTEND", "noninteractive"))?;
    Ok(())
}

/// The effective user id, from the second number of the status file's `Uid:` line (proc(5)).
fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    uids.and_then(|uids| uids.split_whitespace().nth(1)) == Some("0")
}
