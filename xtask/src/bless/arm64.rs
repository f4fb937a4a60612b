//! The cores of arm64, of processes on an arm64 kernel, in one boot of the machine of `cargo xtask arm64`.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::shelf::{Core, SCENARIOS, Shelf};
use crate::arm64::{Guest, Job, done, home};
use crate::cell::{SHELF, SHELVED_ARM64, build};
use crate::toolchain::{Toolchain, Version};

/// Where a program writes its own dump, in the folder of its results.
const ORACLE: &str = "oracle.txt";
/// Where gopeek saves it.
const SAVED: &str = "saved.core.zst";
/// What the kernel calls a core (`/proc/sys/kernel/core_pattern`, where nobody has set it).
const LEFT: &str = "core";

/// Makes those of the releases.
///
/// # Errors
/// When the machine or the program does not do as it should.
pub(super) fn make(all: &[Toolchain], use_path: bool) -> Result<()> {
    let guest = Guest::bring(use_path)?;
    let dir = home().join("results").join("cores");
    let mut programs: Vec<(String, PathBuf)> = Vec::new();
    let mut jobs = Vec::new();
    for go in all {
        let name = format!("{}/{}", folder(go.version), SHELF.name);
        programs.push((name, build(go, &SHELVED_ARM64, &SHELF)?.exe));
        jobs.extend(SCENARIOS.map(|(scenario, core)| job(go.version, scenario, core)));
    }
    guest.boot(&programs, &jobs, &dir)?;
    for (go, (_, program)) in all.iter().zip(&programs) {
        let shelf = Shelf::clear(go.version, "arm64")?;
        shelf.pack(program, SHELF.name)?;
        for (scenario, core) in SCENARIOS {
            let results = dir.join(folder(go.version)).join(scenario);
            done(&results).with_context(|| format!("Go {}: {scenario}", go.version))?;
            match core {
                Core::Saved => {
                    shelf.put(&results.join(SAVED), &format!("{scenario}.core.zst"))?;
                    shelf.put(&results.join(ORACLE), &format!("{scenario}.oracle"))?;
                }
                Core::Left => {
                    shelf.pack(&results.join(LEFT), &format!("{scenario}.core"))?;
                    shelf.put(&results.join("stderr.txt"), &format!("{scenario}.stderr"))?;
                }
            }
        }
    }
    std::fs::remove_dir_all(dir)?;
    Ok(())
}

fn folder(go: Version) -> String {
    format!("1.{}", go.minor)
}

fn job(go: Version, scenario: &str, core: Core) -> Job {
    let folder = folder(go);
    let job = Job {
        name: format!("{folder}/{scenario}"),
        command: vec![format!("/{folder}/{}", SHELF.name), scenario.to_owned()],
        ..Job::default()
    };
    match core {
        Core::Saved => Job {
            env: vec![format!("GOPEEK_ORACLE={ORACLE}")],
            core: Some(SAVED.to_owned()),
            ..job
        },
        Core::Left => Job { dies: true, ..job },
    }
}
