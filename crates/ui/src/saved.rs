//! The pipe, from a core to a report: that of [`crate::inspect`], but that all bytes are there already.

use crate::assemble::{self, Died, Evidence, Extras, Look, Scene, assemble};
use crate::book::Book;
use crate::contradiction::contradiction;
use crate::diagnose::{Deep, Ground, Surroundings, diagnose};
use crate::error::InspectError;
use crate::find::{Found, find, misfit};
use crate::inspect::whole;
use crate::locals::{Debug, Variables};
use crate::native::NativeCode;
use crate::options::Options;
use crate::report::{Problem, Report, Saved, Taken};
use crate::save::note::{MissedPart, Note};
use crate::threads;
use gopeek_attach::again::Again;
use gopeek_attach::capture::Captured;
use gopeek_attach::core::{Core, CoreFiles, Lookup, ProgramError};
use gopeek_attach::foreign::Foreign;
use gopeek_attach::process::Facts;
use gopeek_attach::stop::{Missed, Pause, Standing};
use gopeek_attach::{Pid, Snapshot};
use gopeek_layout::mem::Layered;
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::{Addr, Limits, Memory, Plan};
use rustc_hash::FxHashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A core, and where its files are.
#[derive(Clone, Debug)]
pub struct CoreAt {
    /// The core.
    pub path: PathBuf,
    /// Its program, where that is not where the core says.
    pub program: Option<PathBuf>,
    /// The folder below which its files are.
    pub sysroot: Option<PathBuf>,
}

/// A core that was opened.
pub(crate) struct Opened {
    pub(crate) core: Core,
    pub(crate) note: Option<Note>,
}

impl Opened {
    /// Opens it.
    ///
    /// # Errors
    /// [`InspectError::Core`].
    pub(crate) fn open(path: &Path) -> Result<Opened, InspectError> {
        let core = Core::open(path).map_err(|source| InspectError::Core {
            path: path.to_path_buf(),
            source,
        })?;
        let note = core.own.as_deref().and_then(Note::read);
        Ok(Opened { core, note })
    }

    /// Where to look for its files.
    pub(crate) fn lookup<'l>(&self, at: &'l CoreAt) -> Lookup<'l> {
        let note = self.note.as_ref();
        Lookup {
            program: at.program.as_deref(),
            sysroot: at.sysroot.as_deref(),
            beside: at.path.parent(),
            checksums: note.map(|note| note.checksums.clone()).unwrap_or_default(),
        }
    }

    /// The process, from outside.
    pub(crate) fn facts(&self) -> Facts {
        let (process, note) = (self.core.process.as_ref(), self.note.as_ref());
        let name = process.map(|process| process.name.clone());
        let command = process.map(|process| process.command.clone());
        let words = |command: String| command.split(' ').map(str::to_owned).collect::<Vec<_>>();
        Facts {
            pid: Pid::from_raw(process.map_or(0, |process| process.pid)),
            name: name.unwrap_or_default().into(),
            command: match note {
                Some(note) => note.process.command.clone(),
                None => command.map(words).unwrap_or_default(),
            }
            .into_iter()
            .map(Foreign::from)
            .collect(),
            threads: self.core.threads.len() as u64,
            age: note
                .and_then(|note| note.process.age_ns)
                .map(Duration::from_nanos),
        }
    }
}

/// Reads the core at `at`.
///
/// # Errors
/// [`InspectError`]: whatever keeps it from being shown. Trouble with single goroutines is in the report.
pub fn inspect(at: &CoreAt, options: &Options) -> Result<Report, InspectError> {
    let started = Instant::now();
    let opened = Opened::open(&at.path)?;
    let files = opened.core.code_files(&opened.lookup(at))?;
    let found = understand(&opened.core, &files, options.strict)?;
    let facts = opened.facts();
    let vdso = opened.core.vdso().filter(|_| options.native);
    let Opened { core, note } = opened;
    let died = died(&core, facts.pid).filter(|_| note.is_none());

    let root = at.sysroot.clone().unwrap_or_else(|| PathBuf::from("/"));
    let native = options
        .native
        .then(|| NativeCode::new(root, &files.files, vdso.as_ref()));
    let debug = options.locals.then(|| Debug::load(&found)).transpose();
    let variables = debug
        .as_ref()
        .ok()
        .and_then(Option::as_ref)
        .map(|debug| Variables::new(debug, options.runtime));

    let (limits, book) = (Limits::default(), Book::default());
    let note_now = note.as_ref().map(|note| note.monotonic_ns);
    let threads = {
        let parts = note.as_ref().map(|note| &note.threads[..]);
        threads::of_core(core.arch, &core.threads, parts.unwrap_or_default())
    };
    let mut plan = Plan::new(
        &found.layout.fields,
        found.layout.rules,
        found.roots,
        limits,
    );
    carry_out(&mut plan, &core.memory, &found);
    let gs: Vec<(usize, Addr)> = plan.goroutines().iter().copied().enumerate().collect();
    let captured = captured(core.memory, &threads, note.as_ref());
    let scene = Scene {
        found: &found,
        book: &book,
        limits,
        now: note_now.unwrap_or_else(|| latest(&captured.snapshot, &found, &gs)),
        finalizer_runs: found
            .roots
            .finalizer_runs(&captured.snapshot, found.layout.rules),
        selected: &options.selected,
    };
    let look = Look {
        captured: &captured,
        threads: &threads,
        extras: Extras {
            native: native.as_ref(),
            variables: variables.as_ref(),
        },
    };
    let taken = taken(at, note.as_ref(), started.elapsed());
    let moved = note.as_ref().map(|note| &note.moved[..]);
    let moved = moved.unwrap_or_default().iter().copied().collect();
    let evidence = Evidence {
        facts: &facts,
        first: Vec::new(),
        parts: assemble::parts(scene, look, &gs, &moved),
        omissions: plan.omissions(),
        taken,
    };
    let crash = died.and_then(|died| {
        let printed = found.printed(&captured.snapshot);
        assemble::crash(scene, look, died, printed)
    });
    let mut report = assemble(evidence, scene, look).bind(book);
    if let Some(crash) = crash {
        report.set_crash(crash);
    }
    let no_variables = debug.err().map(Problem::no_variables);
    let of_core = core.problems.iter().map(|problem| Problem::Core {
        what: problem.to_string(),
    });
    let of_files = problems(&files, options);
    report
        .problems
        .extend(of_core.chain(of_files).chain(no_variables));
    // Only the first ones are told, and of another program's stacks many are broken.
    let unchecked = files.unchecked.then(|| Problem::Core {
        what: unchecked(&files),
    });
    report.problems.splice(..0, unchecked);
    report.process = note.as_ref().and_then(|note| note.state.clone());
    if options.diagnosis {
        diagnosed(
            &mut report,
            &found,
            &captured,
            (&threads, options),
            note.as_ref(),
        );
    }
    let cut = captured.snapshot.is_cut().then(|| Problem::FileCut {
        path: at.path.display().to_string(),
    });
    let cut = cut.into_iter().chain(Problem::cut_files(&files.files));
    report.problems.extend(cut);
    Ok(report)
}

/// What is lacking of a core's files.
fn problems(files: &CoreFiles, options: &Options) -> impl Iterator<Item = Problem> {
    let rebuilt = files.rebuilt.then(|| Problem::Core {
        what: "the program was not found; it was put together from the core, without symbols and DWARF"
            .to_owned(),
    });
    let missing = files.missing.iter().filter(|_| options.native);
    let missing = missing.map(|path| Problem::NoFile {
        path: path.display().to_string(),
    });
    rebuilt.into_iter().chain(missing)
}

/// Completes a report of a core by what else is in there.
fn diagnosed(
    report: &mut Report,
    found: &Found<'_>,
    captured: &Captured,
    (threads, options): (&[threads::Found], &Options),
    note: Option<&Note>,
) {
    let bytes = &captured.snapshot;
    let memory = Layered {
        over: bytes,
        under: ReadOnly(&found.modules),
    };
    let ground = Ground {
        found,
        memory: &memory,
        fresh: &memory,
        bytes,
        ahead: &drop,
        limits: Limits::default(),
        now: report.now,
        // Nothing does any more.
        moved: &FxHashSet::default,
        deep: Some(Deep::new(options, threads, false)),
        woke: &|_, _| None,
    };
    // What the process had open, where that was kept.
    let surroundings = Surroundings {
        descriptors: note
            .map(|note| note.descriptors.clone())
            .unwrap_or_default(),
        peers: &|_| note.map(|note| note.peers.clone()).unwrap_or_default(),
    };
    diagnose(report, &ground, &surroundings);
}

/// How it was taken, when the core was written.
fn taken(at: &CoreAt, note: Option<&Note>, took: Duration) -> Taken {
    Taken {
        at: note.and_then(Note::written),
        took,
        from: Some(Saved {
            path: at.path.clone(),
            at: note.and_then(Note::written),
            has_clock: note.is_some(),
            text: None,
        }),
        ..note.map(|note| note.taken.clone()).unwrap_or_default()
    }
}

/// How the process died, if it has: the kernel puts the thread first that it killed.
fn died(core: &Core, pid: Pid) -> Option<Died> {
    Some(Died {
        tid: core.threads.first()?.tid,
        pid: pid.as_raw(),
        signal: core.signal?,
    })
}

/// Finds Go in a core.
///
/// # Errors
/// [`InspectError`], as [`find`]; where the core does not have what its goroutines are made of, that; where its memory
/// contradicts the program, that it is another one.
pub(crate) fn understand<'f>(
    core: &Core,
    files: &'f CoreFiles,
    strict: bool,
) -> Result<Found<'f>, InspectError> {
    // What a damaged core says is against nobody.
    let doubtful = files.unchecked && core.problems.is_empty();
    let other = |why: String| {
        let path = files.files.first().map(|file| file.path.clone());
        let path = path.unwrap_or_default();
        InspectError::Program(ProgramError::Other { path, why })
    };
    if let Some(why) = misfit(&core.memory, &files.files).filter(|_| doubtful) {
        return Err(other(why));
    }
    let found = find(&core.memory, &files.files, strict);
    let found = found.or_else(|error| whole(&files.files).and(Err(error)));
    let found = found.map_err(|error| match error {
        InspectError::NoLayout { version, refusal } => {
            let problems = core.problems.iter().map(|problem| format!("{problem}; "));
            InspectError::Lacks {
                version,
                refusal: problems.collect::<String>() + &refusal,
                damaged: !core.problems.is_empty(),
            }
        }
        other => other,
    })?;
    let why = doubtful.then(|| contradiction(&found, &core.memory));
    why.flatten().map_or(Ok(found), |why| Err(other(why)))
}

/// What is said of a program that may be another one.
pub(crate) fn unchecked(files: &CoreFiles) -> String {
    let path = files
        .files
        .first()
        .map(|file| file.path.display().to_string());
    format!(
        "it could not be checked whether {} is the program of the core: the core has no build id that tells it from another build, and not all of its code",
        path.unwrap_or_default()
    )
}

/// Has a plan ask for everything. What is there is there, and the rest will not come.
fn carry_out(plan: &mut Plan<'_>, memory: &Snapshot, found: &Found<'_>) {
    let known = Layered {
        over: memory,
        under: ReadOnly(&found.modules),
    };
    while !plan.next(&known, &[]).is_empty() {}
}

/// What a core holds, as a capture of a live process does.
fn captured(memory: Snapshot, threads: &[threads::Found], note: Option<&Note>) -> Captured {
    let standing = threads.iter().filter_map(|thread| {
        Some(Standing {
            tid: thread.tid,
            registers: thread.registers?,
        })
    });
    let pause = note.and_then(|note| {
        Some(Pause {
            lasted: note.taken.stopped_for?,
            for_threads: Duration::ZERO,
            stopped: note.taken.threads_stopped,
            stop_signal: None,
            asleep: note.taken.threads_asleep,
            missed: note.missed.iter().map(missed).collect(),
        })
    });
    Captured {
        snapshot: memory,
        standing: standing.collect(),
        pause,
        cut_short: note.is_some_and(|note| note.cut_short),
        again: Again::default(),
        asleep: Vec::new(),
        woken: Vec::new(),
    }
}

fn missed(part: &MissedPart) -> Missed {
    Missed {
        tid: Pid::from_raw(part.tid),
        state: part.state,
        wait_channel: part.wait_channel.clone(),
    }
}

/// The latest moment that a core tells of by itself: when something was last seen to begin to wait.
fn latest(memory: &dyn Memory, found: &Found<'_>, gs: &[(usize, Addr)]) -> i64 {
    let since = found.layout.fields.g.wait_since;
    let moments = gs.iter().filter_map(|(_, g)| since.read(memory, *g).ok());
    moments.max().unwrap_or(0)
}
