//! The thread that looks at the target: samples, threads and diagnoses, as often as is affordable.

use super::model::{Screen, Title};
use super::msg::{Ask, Msg, Save};
use super::told::Diagnosis;
use crate::book::Book;
use crate::error::InspectError;
use crate::find::Found;
use crate::format::{Format, Wanted};
use crate::inspect::{self, understand};
use crate::options::Options;
use crate::output::Output;
use crate::render;
use crate::report::{Problem, Report};
use crate::sampler::{Pace, Sample, Sampler};
use gopeek_attach::{AttachError, Pid, Process};
use rustix::time::{ClockId, clock_gettime};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// How the target is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Looking {
    pub(crate) pid: Pid,
    pub(crate) options: Options,
    /// From one sample to the next.
    pub(crate) interval: Duration,
}

/// So many messages wait at most. Who sends more waits, too.
const QUEUE: usize = 256;

/// The thread, as others see it.
pub(crate) struct Source {
    pub(crate) messages: Receiver<Msg>,
    /// Where others, too, may send messages to.
    pub(crate) to: SyncSender<Msg>,
    asks: SyncSender<Ask>,
    /// What it holds while it looks: who has it, is not interrupted.
    pub(crate) busy: Arc<Mutex<()>>,
}

impl Source {
    /// Begins to look.
    pub(crate) fn start(looking: Looking) -> Source {
        let (to, messages) = sync_channel(QUEUE);
        let (asks, asked) = sync_channel(QUEUE);
        let busy = Arc::new(Mutex::new(()));
        let line = Line {
            to: to.clone(),
            asks: asked,
            busy: busy.clone(),
        };
        thread::spawn(move || run(&looking, &line));
        Source {
            messages,
            to,
            asks,
            busy,
        }
    }

    /// Asks for something. One that does not listen has ended.
    pub(crate) fn ask(&self, ask: Ask) {
        let _ = self.asks.try_send(ask);
    }

    /// Asks for samples, and for what else a screen shows.
    pub(crate) fn begin(&self, screen: Screen, pace: Pace) {
        // There are two: while one is shown, the other is filled.
        self.ask(Ask::Room(Box::new(Sample::empty(pace))));
        self.ask(Ask::Threads(screen == Screen::Threads));
    }
}

/// The thread's own ends.
struct Line {
    to: SyncSender<Msg>,
    asks: Receiver<Ask>,
    busy: Arc<Mutex<()>>,
}

/// Nobody listens any more, or we were told to end.
struct Ended;

/// Why a program is not looked at any more.
enum Stopped {
    Ended,
    /// The process has become another program.
    Replaced,
    Failed(InspectError),
}

impl From<Ended> for Stopped {
    fn from(_: Ended) -> Stopped {
        Stopped::Ended
    }
}

impl<E: Into<InspectError>> From<E> for Stopped {
    fn from(error: E) -> Stopped {
        match error.into() {
            InspectError::Attach(AttachError::Replaced(_)) => Stopped::Replaced,
            error => Stopped::Failed(error),
        }
    }
}

/// Looks at the target until told to end.
fn run(looking: &Looking, line: &Line) {
    // Whatever becomes of this thread, the screen does not wait for it.
    let _end = OnDrop(&line.to);
    let mut state = State {
        room: None,
        frozen: false,
        threads: false,
        diagnose: true,
        pace: Pace::new(looking.interval),
    };
    loop {
        match program(looking, line, &mut state) {
            Err(Stopped::Replaced) => {
                let text = "it has become another program, which is looked at now";
                if line.to.send(Msg::Note(text.to_owned())).is_err() {
                    return;
                }
            }
            Err(Stopped::Failed(error)) => {
                let _ = line.to.send(Msg::Over(error));
                return wait_for_end(line);
            }
            Err(Stopped::Ended) | Ok(()) => return,
        }
    }
}

struct OnDrop<'t>(&'t SyncSender<Msg>);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        let _ = self.0.send(Msg::End);
    }
}

/// There is nothing to look at, and the last picture is still looked at by somebody.
fn wait_for_end(line: &Line) {
    while let Ok(ask) = line.asks.recv() {
        let sent = match ask {
            Ask::Quit => return,
            Ask::Save(_) => {
                let why = "the process is gone".to_owned();
                line.to.send(Msg::Saved(Err(why)))
            }
            _ => Ok(()),
        };
        if sent.is_err() {
            return;
        }
    }
}

struct State {
    room: Option<Box<Sample>>,
    frozen: bool,
    threads: bool,
    /// A diagnosis was asked for.
    diagnose: bool,
    pace: Pace,
}

/// Looks at one program, as long as it is that.
fn program(looking: &Looking, line: &Line, state: &mut State) -> Result<(), Stopped> {
    let process = Process::open(looking.pid)?;
    let files = process.code_files()?;
    let found = understand(&process, &process, &files, looking.options.strict)?;
    let title = title(&process, &found)?;
    line.to
        .send(Msg::Opened(Box::new(title)))
        .map_err(|_| Ended)?;
    let book = Book::default();
    let mut sampler = Sampler::new(&process, &found, &book, &looking.options)?;
    let mut due = Instant::now();
    state.diagnose = true;
    let (mut cpu, mut first) = (cpu_time(), true);
    loop {
        serve(looking, line, state, due)?;
        if state.frozen || Instant::now() < due {
            continue;
        }
        let Some(mut sample) = state.room.take() else {
            continue;
        };
        let taken = {
            let _busy = line.busy.lock().unwrap_or_else(PoisonError::into_inner);
            sampler.take(&mut sample, &mut state.pace)
        };
        if let Err(error) = taken {
            // The next program needs it.
            state.room = Some(sample);
            return Err(error.into());
        }
        line.to.send(Msg::Sampled(sample)).map_err(|_| Ended)?;
        if state.threads {
            let threads = sampler.threads()?;
            line.to.send(Msg::Threads(threads)).map_err(|_| Ended)?;
        }
        let now = cpu_time();
        // The first walks every stack: what it costs says nothing of the others.
        if !std::mem::take(&mut first) {
            state.pace.took(now.saturating_sub(cpu));
        }
        cpu = now;
        let asked = std::mem::take(&mut state.diagnose);
        if asked || state.pace.may_diagnose(Instant::now()) {
            diagnose(looking, line, &mut state.pace)?;
            let now = cpu_time();
            state
                .pace
                .diagnosed(now.saturating_sub(cpu), Instant::now());
            cpu = now;
        }
        // One that was due long ago is not made up for.
        due = (due + state.pace.interval()).max(Instant::now());
    }
}

/// Does what is asked until it is time.
fn serve(looking: &Looking, line: &Line, state: &mut State, due: Instant) -> Result<(), Ended> {
    loop {
        let left = due.saturating_duration_since(Instant::now());
        let idle = state.frozen || state.room.is_none();
        let ask = if idle {
            line.asks.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            line.asks.recv_timeout(left)
        };
        match ask {
            Ok(Ask::Room(room)) => state.room = Some(room),
            Ok(Ask::Freeze(frozen)) => state.frozen = frozen,
            Ok(Ask::Threads(threads)) => {
                state.threads = threads;
                return Ok(());
            }
            Ok(Ask::Diagnose) => state.diagnose = true,
            Ok(Ask::Save(what)) => {
                let saved = save(looking, what, &mut state.pace).map_err(|error| error.to_string());
                line.to.send(Msg::Saved(saved)).map_err(|_| Ended)?;
            }
            Ok(Ask::Quit) | Err(RecvTimeoutError::Disconnected) => return Err(Ended),
            Err(RecvTimeoutError::Timeout) => return Ok(()),
        }
    }
}

fn title(process: &Process, found: &Found<'_>) -> Result<Title, AttachError> {
    let facts = process.facts()?;
    Ok(Title {
        pid: facts.pid.as_raw(),
        name: facts.name.to_string(),
        go: found.build.go.raw.clone(),
        platform: format!("linux/{}", found.arch.name()),
        started: facts.age.and_then(|age| Instant::now().checked_sub(age)),
        memory_limit: process.cgroup().and_then(|cgroup| cgroup.memory_max),
    })
}

/// What this process has taken of CPUs.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// A whole look, whose stop counts like one of a sample. Where the pause that is allowed does not suffice for it, it does
/// without one.
fn report(looking: &Looking, pace: &mut Pace) -> Result<Report, InspectError> {
    let mut look = |no_stop| {
        let options = Options {
            threads: true,
            diagnosis: true,
            no_stop,
            ..looking.options.clone()
        };
        let report = inspect::inspect(looking.pid, &options)?;
        let stopped = report.taken.stopped_for;
        if let Some(pause) = stopped.filter(|_| report.taken.threads_stopped > 0) {
            pace.paused(pause, Instant::now());
        }
        Ok(report)
    };
    let stopped = look(looking.options.no_stop)?;
    let cut_short = stopped.problems.iter();
    let mut cut_short = cut_short.filter(|it| matches!(it, Problem::CutShort));
    if cut_short.next().is_some() {
        return look(true);
    }
    Ok(stopped)
}

fn diagnose(looking: &Looking, line: &Line, pace: &mut Pace) -> Result<(), Stopped> {
    let report = {
        let _busy = line.busy.lock().unwrap_or_else(PoisonError::into_inner);
        report(looking, pace)
    };
    let msg = match report {
        Ok(report) => Msg::Diagnosed(Box::new(Diagnosis::of(&report))),
        Err(InspectError::Attach(error @ (AttachError::Replaced(_) | AttachError::Exited(_)))) => {
            return Err(error.into());
        }
        // The next one may be had.
        Err(error) => Msg::Note(format!("no diagnosis: {error}")),
    };
    Ok(line.to.send(msg).map_err(|_| Ended)?)
}

/// Saves a look of this moment in a file beside us; says which.
fn save(looking: &Looking, what: Save, pace: &mut Pace) -> Result<String, InspectError> {
    let report = report(looking, pace)?;
    let (format, ending) = match what {
        Save::Text => (Format::Stack, "txt"),
        Save::Json => (Format::Json, "json"),
        Save::Pprof => (Format::Pprof, "pb.gz"),
    };
    let when = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let when = when.replace([':', '-'], "");
    // A process may call itself anything.
    let name = report
        .target
        .name
        .replace(|char: char| !char.is_alphanumeric(), "_");
    let path = PathBuf::from(format!("{name}.{}.{when}.{ending}", looking.pid));
    let mut out = Output::create(&path, false)?;
    let wanted = Wanted {
        selected: &[],
        runtime: false,
        per_goroutine: true,
        report: render::report::Style {
            paint: render::report::Paint(false),
            all: true,
        },
    };
    format.write(&mut out, &report, wanted)?;
    out.finish()?;
    Ok(path.display().to_string())
}
