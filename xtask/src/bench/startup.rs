//! Few goroutines: what gopeek takes to know a binary, a small one and a large one.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::cell::{Built, SMALL, STRIPPED, build};
use crate::look::{Look, Way, look};
use crate::median::median;
use crate::table::{head, megabytes, milliseconds, row};
use crate::target::Target;
use crate::toolchain::Toolchain;
use crate::{repo, run};

const ROUNDS: usize = 21;
const LIMIT: Duration = Duration::from_secs(60);

/// Measures, and gives a table.
pub(super) fn table(go: &Toolchain) -> Result<String> {
    let mut lines = vec![head(&[
        "binary",
        "gopeek",
        "fastest",
        "slowest",
        "gopeek's memory",
    ])];
    for built in [build(go, &STRIPPED, &SMALL)?, big(go)?] {
        lines.push(row(&measure(&built)?));
    }
    Ok(lines.join("\n"))
}

fn measure(built: &Built) -> Result<[String; 5]> {
    let size = fs::metadata(&built.exe)?.len();
    let scratch = repo::target().join("bench");
    let mut command: Command = built.command();
    command.env("GOPEEK_ORACLE", scratch.join("oracle.txt"));
    let mut target = Target::start(command, &scratch.join("stderr.txt"))?;
    target.wait_until_ready(LIMIT)?;
    let pid = target.pid();
    let looks = (0..ROUNDS).map(|_| look(pid, Way::Default));
    let looks: Vec<Look> = looks.collect::<Result<_>>()?;
    target.end(LIMIT)?;

    let walls = || looks.iter().map(|look| look.wall);
    Ok([
        megabytes(size),
        milliseconds(median(walls())?),
        milliseconds(walls().min().unwrap_or_default()),
        milliseconds(walls().max().unwrap_or_default()),
        megabytes(median(looks.iter().map(|look| look.memory))?),
    ])
}

/// Builds bigbin with the packages that its generator writes, which are too large to keep.
fn big(go: &Toolchain) -> Result<Built> {
    let dir = repo::target().join("bench/bigbin");
    if dir.exists() {
        fs::remove_dir_all(&dir).with_context(|| format!("remove {}", dir.display()))?;
    }
    fs::create_dir_all(repo::target().join("bench"))?;
    let mut generate = go.command();
    generate.current_dir(repo::programs().join("bigbin"));
    // Half of what the generator writes by default makes the 30 MB.
    generate.args(["run", "gen.go", "-packages", "30"]);
    run::read(generate.arg(&dir))?;

    let exe = dir.with_extension("exe");
    let mut build = go.command();
    build.current_dir(&dir).env("CGO_ENABLED", "0");
    build.args(["build", "-p", "2"]).args(STRIPPED.flags);
    run::read(build.arg("-o").arg(&exe).arg("."))?;
    Ok(Built {
        exe,
        library: None,
        emulated: false,
    })
}
