//! The program with the chains, and the libraries that its C goes through.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::cell::{Built, CGOCHAIN, Finish, Mode, Shape, build};
use crate::toolchain::Toolchain;
use crate::{repo, run};

/// As developed, and as shipped. Stripped, only what the linker needs at run time is left: dynamic symbols and
/// `.eh_frame`.
pub(super) const MODES: &[Mode] = &[
    Mode {
        name: "cgo",
        shape: Shape::Exe,
        cgo: true,
        flags: &[],
        finish: Finish::AsBuilt,
        emulated: false,
    },
    Mode {
        name: "extstrip",
        shape: Shape::Exe,
        cgo: true,
        flags: &["-ldflags=-linkmode=external"],
        finish: Finish::Strip,
        emulated: false,
    },
];

/// The libraries: the prefix of their functions, and how they keep frames.
const LIBRARIES: [(&str, &str); 2] = [
    ("omit", "-fomit-frame-pointer"),
    ("keep", "-fno-omit-frame-pointer"),
];

/// What was built.
pub(super) struct Chains {
    program: Built,
    libraries: Vec<PathBuf>,
    /// The program as it was before anything was stripped from it.
    pub(super) symbols: PathBuf,
}

impl Chains {
    /// Builds all.
    pub(super) fn build(go: &Toolchain, mode: &Mode) -> Result<Chains> {
        let program = build(go, mode, &CGOCHAIN)?;
        let symbols = match mode.finish {
            Finish::AsBuilt => program.exe.clone(),
            _ => program.exe.with_extension("built"),
        };
        let libraries = LIBRARIES
            .iter()
            .map(|(prefix, frames)| library(prefix, frames));
        Ok(Chains {
            libraries: libraries.collect::<Result<_>>()?,
            program,
            symbols,
        })
    }

    /// The command that starts it.
    pub(super) fn command(&self) -> Command {
        let mut command = self.program.command();
        command.args(&self.libraries);
        command
    }
}

fn library(prefix: &str, frames: &str) -> Result<PathBuf> {
    let dir = repo::target().join("native");
    fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;
    let library = dir.join(format!("lib{prefix}.so"));
    let mut cc = Command::new("cc");
    cc.args(["-g", "-O2", "-shared", "-fPIC", frames]);
    cc.arg(format!("-DPREFIX={prefix}"));
    cc.arg(repo::programs().join(CGOCHAIN.name).join("lib/lib.c"));
    run::read(cc.arg("-o").arg(&library))?;
    Ok(library)
}
