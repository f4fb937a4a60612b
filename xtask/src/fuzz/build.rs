//! Builds the fuzzers with the stable toolchain, the seeds that they begin with, and the Go program that some damage.

use std::env::consts::ARCH;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result};

use super::{TARGETS, Target, home};
use crate::cell::{PLAIN, SMALL, build};
use crate::{apt, run, toolchain};

/// What libFuzzer wants to be told by the code: which edges it takes, and what it compares. Without a sanitizer: only
/// one crate has unsafe code, and none of it reads what is fuzzed. (`cfg(fuzzing)` is what `cargo fuzz` sets, too.)
const FLAGS: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
    "-Ccodegen-units=1",
];

/// Names the Go program to the fuzzers.
const PROGRAM: &str = "GOPEEK_FUZZ_PROGRAM";
/// Has a fuzzer write its seeds into a folder, instead of fuzzing.
const SEEDS: &str = "GOPEEK_FUZZ_SEEDS";

/// Fuzzers that can be started.
pub(super) struct Fuzzers {
    folder: PathBuf,
    /// Not everything is fuzzed without it.
    program: Option<PathBuf>,
}

/// Sees to it that there is a compiler of C++, which libFuzzer is written in.
///
/// # Errors
/// When there is none, and none can be installed.
pub(super) fn compiler() -> Result<()> {
    let named = env::var("CXX").is_ok_and(|named| run::exists(&named));
    if named || run::exists("c++") {
        return Ok(());
    }
    apt::install(&["g++"])
}

impl Fuzzers {
    /// Builds all, and writes their seeds anew.
    pub(super) fn build(use_path: bool) -> Result<Fuzzers> {
        // With a target named, build scripts and macros are not made to be fuzzed.
        let triple = format!("{ARCH}-unknown-linux-gnu");
        let folder = home().join("build");
        let mut cargo = run::cargo([
            "build",
            "--release",
            "--bins",
            "--manifest-path=fuzz/Cargo.toml",
        ]);
        cargo
            .args(["--target", &triple, "--target-dir"])
            .arg(&folder);
        cargo.env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\u{1f}"));
        run::shown(&mut cargo)?;
        let program = toolchain::newest(use_path).and_then(|go| build(&go, &PLAIN, &SMALL));
        let program = match program {
            Ok(built) => Some(built.exe),
            Err(missing) => {
                println!("fuzz: without a program that Go has built: {missing:#}");
                None
            }
        };
        let fuzzers = Fuzzers {
            folder: folder.join(triple).join("release"),
            program,
        };
        for target in &TARGETS {
            fuzzers.write_seeds(target)?;
        }
        Ok(fuzzers)
    }

    /// The command that starts a target.
    pub(super) fn command(&self, target: &Target) -> Command {
        // Whatever else runs here is more urgent.
        let mut command = Command::new("nice");
        command
            .args(["-n", "19"])
            .arg(self.folder.join(target.name));
        if let Some(program) = &self.program {
            command.env(PROGRAM, program);
        }
        command
    }

    fn write_seeds(&self, target: &Target) -> Result<()> {
        let seeds = seeds(target);
        if seeds.exists() {
            fs::remove_dir_all(&seeds).with_context(|| format!("remove {}", seeds.display()))?;
        }
        run::read(self.command(target).env(SEEDS, &seeds))?;
        Ok(())
    }
}

/// Where a target's seeds lie.
pub(super) fn seeds(target: &Target) -> PathBuf {
    home().join("seeds").join(target.name)
}
