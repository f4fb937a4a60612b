//! Runs one cell: a program that is held still, its cores, and what gopeek shows of each; then the program goes on.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::debugger::Debuggers;
use super::dumper::{Dumper, Dumpers, Wrote};
use super::held::{hold, let_go, still};
use super::outcome::{Kind, Outcome, Sameness};
use super::same::{Live, difference};
use super::view::{Shown, View, views};
use crate::agree;
use crate::cell::{Built, Finish, Mode, Variant};
use crate::look::UNHURRIED;
use crate::target::Target;
use crate::{repo, run};

/// As in `agree`: slow machines settle slowly.
const READY: Duration = Duration::from_secs(60);
const SAVE: Duration = Duration::from_secs(120);
const END: Duration = Duration::from_secs(30);

/// What to run, and whom to ask besides gopeek.
pub(super) struct Job<'a> {
    /// The program.
    pub(super) built: &'a Built,
    /// How it was built.
    pub(super) mode: &'a Mode,
    /// Under which setting.
    pub(super) variant: &'a Variant,
    /// Who else is to write cores of it.
    pub(super) dumpers: Vec<Dumper>,
    /// Their tools.
    pub(super) tools: &'a Dumpers,
    /// Who else is to read ours.
    pub(super) debuggers: &'a Debuggers,
    /// Where the cores go.
    pub(super) dir: &'a Path,
}

/// A view, and what the process showed.
struct Seen {
    view: View,
    before: Shown,
    after: Shown,
}

/// Runs it.
///
/// # Errors
/// When the program, or gopeek on it, fails.
pub(super) fn run(job: &Job<'_>) -> Result<Outcome> {
    let started = Instant::now();
    let dir = job.dir;
    // The cores of an earlier run must not pass for this one's.
    let _ = fs::remove_dir_all(dir);
    fs::create_dir_all(dir).with_context(|| format!("create {}", dir.display()))?;
    let mut target = start(job)?;
    target.wait_until_ready(READY).context("the program")?;
    let pid = target.pid();
    hold(pid)?;

    let stack = View::stack().of_process(pid)?;
    let views = views(&stack.text, job.mode.cgo, has_dwarf(job.mode))?;
    let before = all_of_process(&views, pid)?;
    let saved = save(pid, dir.join("saved.core"))?;
    let packed = save(pid, dir.join("saved.core.zst"))?;
    let after = all_of_process(&views, pid)?;
    let seen = views.into_iter().zip(before).zip(after);
    let seen: Vec<Seen> = seen
        .map(|((view, before), after)| Seen {
            view,
            before,
            after,
        })
        .collect();

    let mut cores = vec![
        (
            Kind::Saved,
            compare(&seen, Kind::Saved, &saved, &job.built.exe)?,
        ),
        (
            Kind::Packed,
            compare(&seen, Kind::Packed, &packed, &job.built.exe)?,
        ),
    ];
    let debuggers = job.debuggers.ask(job, pid, &saved)?;
    still(pid)?;
    let mut skipped = Vec::new();
    // Delve comes last: it lets the process go on.
    for dumper in &job.dumpers {
        still(pid)?;
        let kind = Kind::Of(*dumper);
        if *dumper == Dumper::Delve && job.built.library.is_some() {
            let why = "its cores do not say which libraries a process has loaded";
            skipped.push((kind, why.to_owned()));
            continue;
        }
        match job.tools.write(*dumper, pid, has_dwarf(job.mode), dir)? {
            Wrote::Core(core) => {
                cores.push((kind, compare(&seen, kind, &core, &job.built.exe)?));
                // These are large.
                fs::remove_file(&core)?;
            }
            Wrote::Nothing(why) => skipped.push((kind, why)),
        }
    }
    let_go(pid)?;
    target.end(END).context("the program")?;
    let printed = fs::read(dir.join("oracle.txt")).context("read what the program wrote")?;
    let own = agree::compare(&printed, &View::stack().of_core(&saved, None)?.text)?;
    Ok(Outcome {
        cores,
        skipped,
        own,
        sizes: (fs::metadata(&saved)?.len(), fs::metadata(&packed)?.len()),
        debuggers,
        took: started.elapsed(),
    })
}

/// Whether a mode leaves DWARF in the program, which debuggers need.
pub(super) fn has_dwarf(mode: &Mode) -> bool {
    let linked_without = mode.flags.iter().any(|flag| flag.contains("-s -w"));
    mode.finish == Finish::AsBuilt && !linked_without
}

fn start(job: &Job<'_>) -> Result<Target> {
    let mut command = job.built.command();
    command.env("GOPEEK_ORACLE", job.dir.join("oracle.txt"));
    // These change what runtime.Stack prints or how the program behaves: the cell decides them.
    for name in ["GODEBUG", "GOTRACEBACK", "GOMAXPROCS", "GOGC"] {
        command.env_remove(name);
    }
    // Some test programs race on purpose: that is no sign that somebody has hurt them.
    command.env("GORACE", "exitcode=0");
    if !job.variant.godebug.is_empty() {
        command.env("GODEBUG", job.variant.godebug);
    }
    Target::start(command, &job.dir.join("stderr.txt"))
}

fn all_of_process(views: &[View], pid: u32) -> Result<Vec<Shown>> {
    let shown = views.iter().map(|view| {
        // Its threads were let go a moment ago, and take one to stand again: what each does is shown, too.
        still(pid)?;
        view.of_process(pid)
    });
    shown.collect()
}

fn save(pid: u32, core: PathBuf) -> Result<PathBuf> {
    still(pid)?;
    let mut save = Command::new(repo::gopeek());
    save.args(["save", UNHURRIED, &pid.to_string(), "-o"])
        .arg(&core);
    run::gopeek(SAVE, &mut save).context("save it")?;
    Ok(core)
}

/// Holds what a core shows against what the process did.
fn compare(seen: &[Seen], kind: Kind, core: &Path, program: &Path) -> Result<Sameness> {
    // Delve's does not name its files: the program can be told, the libraries cannot.
    let nameless = kind == Kind::Of(Dumper::Delve);
    let program = nameless.then_some(program);
    let ours = matches!(kind, Kind::Saved | Kind::Packed);
    let mut sameness = Sameness::default();
    let mut warned = BTreeSet::new();
    for Seen {
        view,
        before,
        after,
    } in seen
    {
        if !view.is_of(ours) || nameless && view.is_native() {
            continue;
        }
        let name = view.name();
        sameness.all += 1;
        let shown = match view.of_core(core, program) {
            Ok(shown) => shown,
            Err(error) => {
                sameness
                    .differences
                    .push(format!("{kind}, {name}: {error:#}\n"));
                continue;
            }
        };
        let live = Live {
            before: &before.text,
            after: &after.text,
        };
        let mut differs = difference(live, &shown.text, ours);
        if shown.warnings != before.warnings {
            let [theirs, ours] = [&before.warnings, &shown.warnings].map(|it| it.join("\n"));
            // The same warning comes with each view.
            if warned.insert(ours.clone()) {
                let warnings = format!("warnings: {theirs:?}, of the core: {ours:?}\n");
                differs = Some(differs.unwrap_or_default() + &warnings);
            }
        }
        match differs {
            None => {
                sameness.same += 1;
                sameness.bytes += shown.text.len();
            }
            Some(difference) => {
                let difference = format!("{kind}, {name}:\n{difference}");
                sameness.differences.push(difference);
                keep(core, &name, live, &shown.text)?;
            }
        }
    }
    if sameness.all == 0 {
        bail!("{kind}: nothing was compared");
    }
    Ok(sameness)
}

/// Leaves texts that differ, for people.
fn keep(core: &Path, view: &str, live: Live<'_>, shown: &[u8]) -> Result<()> {
    let file = |what: &str| {
        let view = view.replace([' ', '='], "_");
        core.with_extension(format!("{view}.{what}.txt"))
    };
    fs::write(file("process"), live.before)?;
    fs::write(file("core"), shown)?;
    Ok(())
}
