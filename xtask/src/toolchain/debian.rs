//! Debian's golang-1.19 package: the one old Go that a distribution still carries.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{Source, Toolchain, Version, ask};
use crate::apt;

const GO: &str = "/usr/lib/go-1.19/bin/go";
const PACKAGE: &str = "golang-1.19-go";

/// The packaged Go, installed when we are root, if it is this version.
pub(super) fn exactly(version: Version) -> Result<Toolchain> {
    if version.minor != 19 {
        bail!("Debian packages 1.19 only");
    }
    let go = Path::new(GO);
    if !go.exists() {
        apt::install(&[PACKAGE]).with_context(|| format!("{GO} is not there"))?;
    }
    let is = ask(go, "local")?;
    if is != version {
        bail!("Debian's is {is}");
    }
    let local = "local".to_owned();
    Ok(Toolchain::new(version, Source::Debian, go.into(), local))
}
