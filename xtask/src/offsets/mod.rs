//! `cargo xtask offsets`: writes the layout tables from the DWARF of a probe, built by every release there is.

mod probe;
mod render;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use gopeek_layout::arch::Arch;

use crate::repo;
use crate::toolchain::{self, Toolchain, Version, Wanted, releases};
use probe::Shape;

/// `cargo xtask offsets`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Minors (1.28) whose tables are written; by default all that are supported.
    minors: Vec<Wanted>,
    /// Look only at each minor's first and last release.
    #[arg(long)]
    ends: bool,
    /// Look at each minor's first and last release and at those where its table of now begins or ends a range; of two that
    /// differ, at the ones between as well, until it is clear where the change came.
    #[arg(long, conflicts_with = "ends")]
    changes: bool,
    /// Ignore the `go` on PATH.
    #[arg(long)]
    no_path_go: bool,
    /// Keep the toolchains that are fetched for this; by default each is removed once it is read.
    #[arg(long)]
    keep: bool,
}

/// What one release looks like.
struct Release {
    patch: u16,
    shapes: Vec<(Arch, Shape)>,
}

/// Writes one file of tables for each minor asked for, and the list of all such files.
pub(crate) fn run(args: &Args) -> Result<()> {
    let minors: BTreeSet<u16> = if args.minors.is_empty() {
        releases::minors().collect()
    } else {
        args.minors.iter().map(|wanted| wanted.minor()).collect()
    };
    for minor in minors {
        let found = minor_releases(minor, args)?;
        write(&format!("go1_{minor}.rs"), &render::minor(minor, &found))?;
    }
    write("mod.rs", &render::index(&written()?))?;
    crate::run::shown(&mut crate::run::cargo(["fmt", "-p", "gopeek-layout"]))
}

fn minor_releases(minor: u16, args: &Args) -> Result<Vec<Release>> {
    let last = releases::last(minor).map_or(0, |version| version.patch);
    let mut patches: BTreeSet<u16> = if args.ends || args.changes {
        [0, last].into()
    } else {
        (0..=last).collect()
    };
    if args.changes {
        patches.extend(bounds(minor));
    }
    let mut found: BTreeMap<u16, Release> = BTreeMap::new();
    // What is not to be had is not asked for again.
    let mut asked: BTreeSet<u16> = BTreeSet::new();
    while let Some(patch) = patches.pop_first() {
        asked.insert(patch);
        if let Some(release) = look_at(Version::new(minor, patch), args)? {
            found.insert(patch, release);
        }
        if patches.is_empty() && args.changes {
            patches.extend(between(&found).filter(|patch| !asked.contains(patch)));
        }
    }
    if found.is_empty() {
        bail!("no release of Go 1.{minor} is to be had");
    }
    Ok(found.into_values().collect())
}

/// What lies in the middle between two releases that differ, and are not neighbours.
fn between(found: &BTreeMap<u16, Release>) -> impl Iterator<Item = u16> {
    let pairs = found.values().zip(found.values().skip(1));
    pairs
        .filter(|(one, other)| one.shapes != other.shapes && other.patch - one.patch > 1)
        .map(|(one, other)| one.patch.midpoint(other.patch))
}

/// The patch releases at which a range of the table that is there begins or ends; none where there is no table yet.
fn bounds(minor: u16) -> BTreeSet<u16> {
    let table = fs::read_to_string(folder().join(format!("go1_{minor}.rs"))).unwrap_or_default();
    let ranges = table.lines().filter_map(|line| {
        let range = line.trim().strip_prefix("patches: (")?.strip_suffix("),")?;
        range.split_once(", ")
    });
    ranges
        .flat_map(|(first, last)| [first.parse(), last.parse()])
        .filter_map(Result::ok)
        .collect()
}

/// Reads one release; nothing where it is not to be had.
fn look_at(version: Version, args: &Args) -> Result<Option<Release>> {
    let was_here = fetched_to(version).is_some_and(|folder| folder.exists());
    match toolchain::find(Wanted::Exactly(version), !args.no_path_go) {
        Ok(toolchain) => {
            let found = release(version.patch, &toolchain)?;
            eprintln!("{version:<10} read");
            if !args.keep && !was_here {
                forget(&toolchain);
            }
            Ok(Some(found))
        }
        Err(refusal) => {
            eprintln!("{version:<10} skipped: {refusal:#}");
            Ok(None)
        }
    }
}

fn release(patch: u16, toolchain: &Toolchain) -> Result<Release> {
    let shapes = [Arch::Amd64, Arch::Arm64].into_iter().map(|arch| {
        let shape = probe::read(toolchain, arch);
        Ok((
            arch,
            shape.with_context(|| format!("probe of Go {} for {arch}", toolchain.version))?,
        ))
    });
    Ok(Release {
        patch,
        shapes: shapes.collect::<Result<_>>()?,
    })
}

/// Removes a toolchain that was fetched for this alone: a hundred of them fill a disk.
fn forget(toolchain: &Toolchain) {
    let version = toolchain.version;
    let fetched = matches!(toolchain.source, toolchain::Source::Fetched { .. });
    let Some(folder) = fetched_to(version).filter(|_| fetched) else {
        return;
    };
    // The module cache is read-only, and only `chmod` knows how to change a whole tree.
    let freed = crate::run::read(Command::new("chmod").arg("-R").arg("u+w").arg(&folder))
        .and_then(|_| fs::remove_dir_all(&folder).map_err(Into::into));
    if let Err(error) = freed {
        eprintln!("{version:<10} not removed: {error}");
    }
}

/// Where `go` puts a toolchain that it fetches.
fn fetched_to(version: Version) -> Option<PathBuf> {
    let cache = match env::var_os("GOMODCACHE") {
        Some(cache) => PathBuf::from(cache),
        None => match env::var_os("GOPATH") {
            Some(path) => PathBuf::from(path).join("pkg/mod"),
            None => PathBuf::from(env::var_os("HOME")?).join("go/pkg/mod"),
        },
    };
    Some(cache.join("golang.org").join(format!(
        "toolchain@v0.0.1-go{version}.linux-{}",
        host_arch()
    )))
}

fn host_arch() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "amd64"
    }
}

fn folder() -> PathBuf {
    repo::root().join("crates/layout/src/tables")
}

fn write(name: &str, text: &str) -> Result<()> {
    let path = folder().join(name);
    fs::create_dir_all(folder())?;
    fs::write(&path, text).with_context(|| format!("write {}", path.display()))
}

/// The minors that have a file, this run's and earlier ones'.
fn written() -> Result<Vec<u16>> {
    let mut minors = Vec::new();
    for entry in fs::read_dir(folder())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let minor = name
            .strip_prefix("go1_")
            .and_then(|rest| rest.strip_suffix(".rs"));
        minors.extend(minor.and_then(|minor| minor.parse::<u16>().ok()));
    }
    minors.sort_unstable();
    Ok(minors)
}
