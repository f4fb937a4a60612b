//! gopeek at a process: its report in JSON, and its exit codes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::said::Said;
use crate::{repo, run};

/// Maximum time for one look.
const LIMIT: Duration = Duration::from_secs(60);

/// One report, with the exit code of `--check`. It is kept in a file.
pub(super) fn report(pid: u32, file: &Path) -> Result<(Said, i32)> {
    let mut gopeek = Command::new(repo::gopeek());
    gopeek.args(["--check", "--json"]).arg(pid.to_string());
    let ended = run::within(LIMIT, &mut gopeek)?;
    let code = ended.status.code().context("gopeek was killed")?;
    if ![0, 10, 11].contains(&code) {
        bail!("gopeek ended with {code}: {}", ended.stderr);
    }
    fs::write(file, &ended.stdout).with_context(|| format!("write {}", file.display()))?;
    let said = serde_json::from_slice(&ended.stdout).context("read what gopeek wrote")?;
    Ok((said, code))
}

/// How often `--check` ended with each exit code.
pub(super) fn codes(pid: u32, times: usize) -> Result<BTreeMap<i32, usize>> {
    let mut codes = BTreeMap::new();
    for _ in 0..times {
        let mut gopeek = Command::new(repo::gopeek());
        gopeek.arg("--check").arg(pid.to_string());
        let ended = run::within(LIMIT, &mut gopeek)?;
        let code = ended.status.code().context("gopeek was killed")?;
        *codes.entry(code).or_default() += 1;
    }
    Ok(codes)
}
