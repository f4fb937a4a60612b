//! Builds a program in a mode, into `target/programs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::modes::Finish;
use super::{CROSS_CC, EMULATOR, Mode, Program, Shape, sections};
use crate::toolchain::{Toolchain, Version};
use crate::{repo, run};

/// Why a program was not built.
#[derive(Debug)]
pub(crate) enum Unbuilt {
    /// It takes a newer Go.
    TooNew,
    /// Something is not here.
    Lacking(String),
    /// It could not be.
    Failed(anyhow::Error),
}

/// Builds a program, where this release and this machine can.
///
/// # Errors
/// Why not.
pub(crate) fn try_build(go: &Toolchain, mode: &Mode, program: &Program) -> Result<Built, Unbuilt> {
    if program.since > go.version.minor {
        return Err(Unbuilt::TooNew);
    }
    if let Some(tool) = mode.tools().iter().find(|tool| !run::exists(tool)) {
        return Err(Unbuilt::Lacking(format!("no {tool} here")));
    }
    build(go, mode, program).map_err(Unbuilt::Failed)
}

/// A program that can be started.
#[derive(Debug)]
pub(crate) struct Built {
    /// What to start.
    pub(crate) exe: PathBuf,
    /// The library it is to load, as its only argument.
    pub(crate) library: Option<PathBuf>,
    /// It is for another architecture.
    pub(crate) emulated: bool,
}

impl Built {
    /// The command that starts it.
    pub(crate) fn command(&self) -> Command {
        let mut command = if self.emulated {
            let mut command = Command::new(EMULATOR);
            command.arg(&self.exe).env("GOPEEK_EMULATED", "1");
            command
        } else {
            Command::new(&self.exe)
        };
        command.args(&self.library);
        command
    }
}

/// Builds a program; quick when it is already built and nothing has changed, as `go build` sees to.
///
/// # Errors
/// When a compiler fails, with what it said.
pub(crate) fn build(go: &Toolchain, mode: &Mode, program: &Program) -> Result<Built> {
    let dir = repo::target().join("programs");
    let dir = dir.join(go.version.to_string()).join(mode.name);
    fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;
    let exe = dir.join(program.name);
    match mode.shape {
        Shape::Exe => {
            let built = match mode.finish {
                Finish::AsBuilt => exe.clone(),
                // Go compares what is there with what it would make, so its output is kept untouched.
                Finish::Strip | Finish::DropSections | Finish::Rename => {
                    exe.with_extension("built")
                }
            };
            go_build(go, mode, program.name, program.modules, &[], &built)?;
            finish(mode.finish, go.version, &built, &exe)?;
            Ok(Built {
                exe,
                library: None,
                emulated: mode.emulated,
            })
        }
        Shape::Plugin => {
            let library = dir.join("pluginlib.so");
            let as_plugin = ["-buildmode=plugin"];
            go_build(go, mode, "pluginlib", &[], &as_plugin, &library)?;
            go_build(go, mode, program.name, &[], &[], &exe)?;
            let library = Some(library);
            Ok(Built {
                exe,
                library,
                emulated: false,
            })
        }
        Shape::CShared => {
            let library = dir.join("libcshared.so");
            let as_library = ["-buildmode=c-shared"];
            go_build(go, mode, program.name, &[], &as_library, &library)?;
            compile_host(&repo::programs().join(program.name).join("host.c"), &exe)?;
            let library = Some(library);
            Ok(Built {
                exe,
                library,
                emulated: false,
            })
        }
    }
}

fn go_build(
    toolchain: &Toolchain,
    mode: &Mode,
    package: &str,
    modules: &[(u16, &str)],
    extra: &[&str],
    out: &Path,
) -> Result<()> {
    let mut build = toolchain.command();
    // Go's default is one compiler for each core, each of which takes several cores itself.
    build.args(["build", "-p", "2"]);
    build.args(mode.flags).args(extra).arg("-o").arg(out);
    let mut modules = modules.iter().rev();
    match modules.find(|(since, _)| *since <= toolchain.version.minor) {
        Some((_, file)) => {
            build.arg(format!("-modfile={file}")).arg(".");
            build.current_dir(repo::programs().join(package));
        }
        None => {
            build.arg(format!("./{package}"));
        }
    }
    build.env("CGO_ENABLED", if mode.cgo { "1" } else { "0" });
    if mode.emulated {
        build.env("GOARCH", "arm64").env("CC", CROSS_CC);
    }
    run::read(&mut build)?;
    Ok(())
}

fn finish(finish: Finish, version: Version, built: &Path, exe: &Path) -> Result<()> {
    let context = || format!("write {}", exe.display());
    match finish {
        Finish::AsBuilt => Ok(()),
        Finish::Strip => {
            let mut strip = Command::new("strip");
            run::read(strip.arg("-o").arg(exe).arg(built))?;
            Ok(())
        }
        Finish::DropSections => {
            let mut elf = fs::read(built)?;
            sections::drop_headers(&mut elf).with_context(context)?;
            write_program(&elf, built, exe)
        }
        Finish::Rename => write_program(&renamed(fs::read(built)?, version), built, exe),
    }
}

/// Writes a changed program where it may be executed as the one it was made from.
fn write_program(elf: &[u8], built: &Path, exe: &Path) -> Result<()> {
    let context = || format!("write {}", exe.display());
    fs::write(exe, elf).with_context(context)?;
    let mode = fs::metadata(built)?.permissions();
    fs::set_permissions(exe, mode).with_context(context)
}

/// A program that says of itself that a later patch release made it: `go1.24.13` becomes `go1.24.99`. One without
/// a patch number stays what it is.
fn renamed(mut program: Vec<u8>, version: Version) -> Vec<u8> {
    let name = format!("go{version}");
    let Some((minor, patch)) = name
        .rsplit_once('.')
        .filter(|(minor, _)| minor.contains('.'))
    else {
        return program;
    };
    let later = format!("{minor}.{}", "9".repeat(patch.len()));
    let places: Vec<usize> = memchr::memmem::find_iter(&program, name.as_bytes()).collect();
    for at in places {
        program[at..at + later.len()].copy_from_slice(later.as_bytes());
    }
    program
}

fn compile_host(source: &Path, exe: &Path) -> Result<()> {
    let mut cc = Command::new("cc");
    cc.arg("-o")
        .arg(exe)
        .arg(source)
        .args(["-ldl", "-lpthread"]);
    run::read(&mut cc)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Version, renamed};

    #[test]
    fn a_release_is_renamed_within_its_minor() {
        let program = b"..go1.24.13..go1.24.13 X:a..go1.24.1.".to_vec();
        let expected = b"..go1.24.99..go1.24.99 X:a..go1.24.1.".to_vec();
        assert_eq!(renamed(program, Version::new(24, 13)), expected);
        assert_eq!(renamed(b"go1.20".to_vec(), Version::new(20, 0)), b"go1.20");
    }
}
