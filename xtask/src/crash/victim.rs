//! A program that crashes, and the core that the kernel leaves of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::way::Way;
use crate::cell::Built;
use crate::run;

/// What a crash left.
pub(crate) struct Left {
    /// The core.
    pub(crate) core: PathBuf,
    /// What the program said on stderr.
    pub(crate) said: Vec<u8>,
}

/// A crash takes no longer; the relay of SIGQUIT among threads waits for up to ten seconds where it fails.
const LIMIT: Duration = Duration::from_secs(30);
/// Where the kernel says what it does with cores.
const PATTERN: &str = "/proc/sys/kernel/core_pattern";
/// The kernel's own choice of memory.
pub(crate) const FILTER: &str = "0x33";
/// Sets both limits, and becomes the program.
const SCRIPT: &str =
    r#"ulimit -c unlimited && echo "$1" > /proc/self/coredump_filter && cd "$2" && exec "$3" "$4""#;

/// Why cores do not come to where they are looked for; nothing where they do.
pub(crate) fn obstacle() -> Option<String> {
    let pattern = fs::read_to_string(PATTERN).unwrap_or_default();
    let pattern = pattern.trim();
    let elsewhere = pattern.starts_with('|') || pattern.contains('/') || pattern.is_empty();
    elsewhere.then(|| format!("the kernel gives cores away: {PATTERN} is {pattern:?}"))
}

/// Lets the program crash in a folder of its own.
///
/// # Errors
/// When it does not, or there is no core of it.
pub(crate) fn crash(built: &Built, way: &Way, filter: &str, folder: &Path) -> Result<Left> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "sh", filter]).arg(folder);
    command.arg(&built.exe).arg(way.name);
    command.env("GOTRACEBACK", "crash");
    let ended = run::within(LIMIT, &mut command)?;
    fs::write(folder.join("said.txt"), &ended.stderr)?;
    let mut cores = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        cores.extend(Some(name).filter(|name| name != "said.txt"));
    }
    let [core] = &cores[..] else {
        bail!("{} cores; {}", cores.len(), ended.status);
    };
    Ok(Left {
        core: folder.join(core),
        said: ended.stderr.into_bytes(),
    })
}
