//! gopeek beside delve and gdb: how long each holds the same process.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::measure::{Held, medians, sample};
use super::rival::Rival;
use super::throng::{LIMIT, Throng};
use crate::cell::{MANY, PLAIN, build};
use crate::look::Way;
use crate::median::median;
use crate::table::{count, head, milliseconds, ratio, row};
use crate::target::Target;
use crate::toolchain::Toolchain;
use crate::{heartbeat, repo, run};

/// How many goroutines are parked for them.
const PARKED: u32 = 10_000;
/// A rival that takes longer is cut off.
const CUT: Duration = Duration::from_secs(60);
/// Of a rival that takes seconds, so many rounds will do.
const MOST_ROUNDS: usize = 3;

/// What a rival took, once.
struct Taken {
    wall: Duration,
    gap: Duration,
    noise: Duration,
}

/// What came of all: a table, and why rivals are missing from it.
pub(super) struct Beside {
    pub(super) table: String,
    pub(super) skipped: Vec<String>,
}

/// Measures gopeek and its rivals in turn, in one process.
pub(super) fn measure(go: &Toolchain, ways: &[Way], rounds: usize) -> Result<Beside> {
    let mut skipped = Vec::new();
    let mut rivals: Vec<(Rival, PathBuf)> = Vec::new();
    for rival in [Rival::Gdb, Rival::Delve] {
        match rival.bring(go) {
            Ok(exe) => rivals.push((rival, exe)),
            Err(error) => skipped.push(format!("{rival}: {error:#}")),
        }
    }
    // Unlike gopeek, both need DWARF.
    let many = build(go, &PLAIN, &MANY)?;
    let throng = Throng {
        parked: PARKED,
        busy: 0,
    };
    let mut target = throng.start(&many)?;
    let mut ours: Vec<Vec<_>> = ways.iter().map(|_| Vec::new()).collect();
    let mut theirs: Vec<Vec<Taken>> = rivals.iter().map(|_| Vec::new()).collect();
    let mut cut = Vec::new();
    for _ in 0..rounds.min(MOST_ROUNDS) {
        for (way, samples) in ways.iter().zip(&mut ours) {
            samples.push(sample(&mut target, *way)?);
        }
        for ((rival, exe), taken) in rivals.iter().zip(&mut theirs) {
            match take(*rival, exe, &mut target)? {
                Some(one) => taken.push(one),
                None => cut.push(*rival),
            }
        }
        if !cut.is_empty() {
            break;
        }
    }
    if cut.is_empty() {
        target.end(LIMIT)?;
    }

    let mut rows = Vec::new();
    for (way, samples) in ways.iter().zip(&ours) {
        let medians = medians(samples)?;
        rows.push((format!("{way}"), medians.wall, medians.held));
    }
    for ((rival, _), taken) in rivals.iter().zip(&theirs) {
        if taken.is_empty() {
            let cut = format!("{rival}: cut off after {} s", CUT.as_secs());
            skipped.push(cut);
            continue;
        }
        let of = |pick: fn(&Taken) -> Duration| median(taken.iter().map(pick));
        let held = Held {
            gap: of(|it| it.gap)?,
            noise: of(|it| it.noise)?,
            stopped: None,
        };
        rows.push((rival.to_string(), of(|it| it.wall)?, held));
    }
    Ok(Beside {
        table: table(&rows),
        skipped,
    })
}

/// Has a rival show the target; `None` when it had to be cut off.
fn take(rival: Rival, exe: &Path, target: &mut Target) -> Result<Option<Taken>> {
    let answers = repo::target().join("rivals/answers.txt");
    File::create(&answers)
        .and_then(|mut file| writeln!(file, "n"))
        .with_context(|| format!("write {}", answers.display()))?;
    let mut command = rival.command(exe, target.pid())?;
    let (ended, beat) = heartbeat::during(target, |_| {
        let stdin = File::open(&answers)?.into();
        run::cut(CUT, &mut command, stdin)
    })?;
    let Some(ended) = ended else { return Ok(None) };
    let printed = String::from_utf8_lossy(&ended.stdout);
    if !ended.status.success() || !rival.is_done(&printed, PARKED) {
        bail!("{rival}: {}\n{printed}\n{}", ended.status, ended.stderr);
    }
    let alone = heartbeat::alone(target, ended.took)?;
    Ok(Some(Taken {
        wall: ended.took,
        gap: beat.gap(),
        noise: alone.gap(),
    }))
}

/// The first row is what the others' hold is compared with.
fn table(rows: &[(String, Duration, Held)]) -> String {
    let names = ["", "wall", "gap", "noise", "target held", "to gopeek's"];
    let mut lines = vec![head(&names)];
    let ours = rows.first().map(|(_, _, held)| held.at_least());
    for (name, wall, held) in rows {
        lines.push(row(&[
            name.clone(),
            milliseconds(*wall),
            milliseconds(held.gap),
            milliseconds(held.noise),
            milliseconds(held.less_noise()),
            ratio(held.at_least(), ours.unwrap_or_default()),
        ]));
    }
    let parked = count(u64::from(PARKED));
    format!(
        "Of {parked} parked goroutines, in a binary with DWARF, which the others need:\n\n{}",
        lines.join("\n")
    )
}
