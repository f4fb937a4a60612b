//! The `go` on PATH: being the wanted version, or fetching it.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::{Source, Toolchain, Version, ask, fetch};

/// The first minor whose `go` can fetch others: `GOTOOLCHAIN` came with Go 1.21.
const FIRST_FETCHING: u16 = 21;

/// The `go` on PATH, whatever it is.
pub(super) fn on_path(use_path: bool) -> Result<Toolchain> {
    if !use_path {
        bail!("go on PATH is not to be used");
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let go: PathBuf = env::split_paths(&path)
        .map(|dir| dir.join("go"))
        .find(|go| go.is_file())
        .context("no go on PATH")?;
    let version = ask(&go, "local")?;
    Ok(Toolchain::new(version, Source::Path, go, "local".into()))
}

/// The `go` on PATH, if it is this version.
pub(super) fn exactly(version: Version, use_path: bool) -> Result<Toolchain> {
    let found = on_path(use_path)?;
    if found.version != version {
        bail!("go on PATH is {}", found.version);
    }
    Ok(found)
}

/// The `go` on PATH, if it can fetch others.
pub(super) fn bootstrap(use_path: bool) -> Result<Toolchain> {
    let found = on_path(use_path)?;
    if found.version.minor < FIRST_FETCHING {
        bail!("go on PATH is {}, too old to fetch others", found.version);
    }
    Ok(found)
}

/// This version, fetched by the `go` on PATH.
pub(super) fn fetched(version: Version, use_path: bool) -> Result<Toolchain> {
    fetch(&bootstrap(use_path)?, version)
}
