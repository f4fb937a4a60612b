//! A virtual machine with an arm64 kernel, gopeek, and whatever programs and jobs somebody has for it.

use std::env::consts::ARCH;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::initramfs::Initramfs;
use super::job::{self, Job};
use super::sid::{self, Sid};
use super::vm;
use crate::cell::{ARM64, ARM64_INIT, CROSS_CC, build};
use crate::{apt, run, toolchain};

/// What can't be had everywhere.
pub(crate) struct Brought {
    sid: Sid,
    vendor: PathBuf,
}

/// What every guest is made of, whichever programs it runs.
pub(crate) struct Guest {
    kernel: PathBuf,
    init: PathBuf,
    gopeek: PathBuf,
}

/// Brings what can't be had everywhere; without it there is nothing to test, and nothing has failed.
///
/// # Errors
/// When something of it can't be had here.
pub(super) fn bring() -> Result<Brought> {
    if ARCH != "x86_64" {
        bail!("this is for amd64; an arm64 machine has `cargo xtask agree`");
    }
    vm::bring()?;
    let sid = Sid::bring()?;
    // Only the cells with C take it, and say so.
    if !run::exists(CROSS_CC) {
        let _ = apt::install(&["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"]);
    }
    let vendor = sid::vendor().context("the sources of gopeek's dependencies")?;
    Ok(Brought { sid, vendor })
}

impl Brought {
    /// Builds what is ours.
    ///
    /// # Errors
    /// When it does not compile.
    pub(super) fn assemble(&self, use_path: bool) -> Result<Guest> {
        eprintln!("building gopeek for arm64");
        let gopeek = self.sid.build_gopeek(&self.vendor)?;
        let go = toolchain::any(use_path)?;
        let init = build(&go, &ARM64, &ARM64_INIT)?.exe;
        Ok(Guest {
            kernel: self.sid.kernel(),
            init,
            gopeek,
        })
    }
}

impl Guest {
    /// One that is there in any case.
    ///
    /// # Errors
    /// When it can't be.
    pub(crate) fn bring(use_path: bool) -> Result<Self> {
        bring()?.assemble(use_path)
    }

    /// Runs the jobs in one boot; what comes of them is then in folders of `dir`.
    ///
    /// # Errors
    /// When the guest hangs or fails. What it has sent until then is there.
    pub(crate) fn boot<'j>(
        &self,
        programs: &[(String, PathBuf)],
        jobs: impl IntoIterator<Item = &'j Job>,
        dir: &Path,
    ) -> Result<()> {
        let mut initramfs = Initramfs::default();
        initramfs.add_file("init", &self.init)?;
        initramfs.add_file("gopeek", &self.gopeek)?;
        for (name, program) in programs {
            initramfs.add_file(name, program)?;
        }
        initramfs.add("jobs", job::lines(jobs)?);
        vm::run(&self.kernel, &initramfs.archive()?, dir)
    }
}
