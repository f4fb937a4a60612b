//! What keeps a target from being shown, in words for the person at the prompt, and as an exit code.

use crate::cli::nearest;
use crate::compare::ReadError;
use crate::filter::Refused;
use crate::text::What;
use crate::unlike::Unlike;
use gopeek_attach::core::{CoreError, ProgramError};
use gopeek_attach::denied::hidden_by;
use gopeek_attach::{AttachError, Pid};
use gopeek_layout::image::ImageError;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use thiserror::Error;

/// The exit code of a look that took longer than its limit.
pub(crate) const TOO_LONG: u8 = 12;

/// A failure of the whole program.
#[derive(Debug, Error)]
pub enum InspectError {
    /// The process could not be opened, read or stopped.
    #[error(transparent)]
    Attach(#[from] AttachError),
    /// A core can't be read.
    #[error("{} can't be read as a core", path.display())]
    Core {
        /// The core.
        path: PathBuf,
        /// Why.
        source: CoreError,
    },
    /// The program that a core is of is missing, or another.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// A core of Go without what goroutines are made of.
    #[error("the core of a {version} program lacks what its goroutines are made of; {refusal}")]
    Lacks {
        /// What it was built with.
        version: String,
        /// What could not be read.
        refusal: String,
        /// Whether the core is not as it was written.
        damaged: bool,
    },
    /// Nothing in it is Go.
    #[error("not a Go process: neither {} nor a library of it has a Go runtime", program.display())]
    NotGo {
        /// Its program.
        program: PathBuf,
    },
    /// Its program can't be parsed.
    #[error("{} can't be read as an executable", path.display())]
    Malformed {
        /// The program.
        path: PathBuf,
        /// Why.
        source: ImageError,
    },
    /// It is Go, or runs Go, and can't be read.
    #[error("{} {kind}", program.display())]
    Unlike {
        /// Its program.
        program: PathBuf,
        /// What it is.
        kind: Unlike,
    },
    /// A file that it runs code from was cut off while it was read.
    #[error("{} was cut off while it was read", path.display())]
    CutOff {
        /// The file.
        path: PathBuf,
    },
    /// A Go that gopeek does not know.
    #[error("built with {version:?}; gopeek reads Go 1.19 and later")]
    TooOld {
        /// What it was built with.
        version: String,
    },
    /// `--strict`, and no table for exactly this release.
    #[error("no layout is known for exactly {version:?}, and --strict forbids a guess")]
    NotExact {
        /// What it was built with.
        version: String,
    },
    /// Every layout that may be the target's was contradicted.
    #[error("no layout fits {version:?}; {refusal}")]
    NoLayout {
        /// What it was built with.
        version: String,
        /// What the best one got wrong.
        refusal: String,
    },
    /// No target was named, or an empty name was given.
    #[error("no target was given")]
    NoTarget,
    /// More than one target was named.
    #[error("gopeek takes one target at a time, but {first} and {second} were given")]
    TwoTargets {
        /// The first one.
        first: String,
        /// The second one.
        second: String,
    },
    /// The word before the target is not a verb.
    #[error("gopeek has no command {name:?}")]
    NoCommand {
        /// The word.
        name: String,
        /// The verb that it is most similar to.
        near: Option<String>,
    },
    /// A core was named where only a process will do.
    #[error("gopeek {verb} needs a live process, but {} is a core", path.display())]
    NeedsProcess {
        /// What the user wanted.
        verb: &'static str,
        /// The core.
        path: PathBuf,
    },
    /// `gopeek threads` with flags that select goroutines.
    #[error(
        "gopeek threads lists threads: it takes no --goroutine, --where, --on, --limit, --native or --bundle"
    )]
    NotForThreads,
    /// No process by that name.
    #[error("no Go process is called {name:?}{}", named_alike(.others))]
    NoMatch {
        /// What was asked for.
        name: String,
        /// Processes of that name that are not Go.
        others: Vec<i32>,
    },
    /// Several processes by that name.
    #[error("several processes match {name:?}:\n{list}")]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// A line for each.
        list: String,
    },
    /// A saved look is neither a core nor JSON of gopeek's.
    #[error("{} can't be compared", path.display())]
    Saved {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ReadError,
    },
    /// A file is neither a core nor a text dump.
    #[error("{} {what}", path.display())]
    NotADump {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: What,
    },
    /// A text has fewer dumps.
    #[error("{} has no dump {wanted}: it has {dumps}", path.display())]
    NoDump {
        /// The file.
        path: PathBuf,
        /// Which was asked for.
        wanted: usize,
        /// Number of dumps in the file.
        dumps: usize,
    },
    /// An option is of no use for a text dump.
    #[error("{option} is not for text dumps: {why}")]
    NotForText {
        /// The option.
        option: &'static str,
        /// Why.
        why: &'static str,
    },
    /// A file can't be read.
    #[error("cannot read {}", path.display())]
    Unread {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Several looks can't be had of it, or not be shown so.
    #[error("--samples is not for this: {why}")]
    NoSamples {
        /// Why.
        why: &'static str,
    },
    /// A filter that is none.
    #[error("{0}")]
    Filter(Refused),
    /// What is asked for does not tell what goroutines wait at.
    #[error(
        "--deep is not for this: only --format=report, json and ndjson, and --check, say what is leaked"
    )]
    NotDeep,
    /// No goroutine of that number.
    #[error("there is no goroutine {id}")]
    NoGoroutine {
        /// What was asked for.
        id: u64,
    },
    /// The live screen has no terminal to be on.
    #[error("the live screen needs a terminal")]
    NoTerminal {
        /// Which process was to be looked at.
        pid: Pid,
    },
    /// A profile is to go to a terminal.
    #[error("a profile is no text for a terminal")]
    Terminal,
    /// What is at the output's path is not written to.
    #[error("will not write to {what}: {why}")]
    NoPlace {
        /// Where to.
        what: String,
        /// Why.
        why: String,
    },
    /// The output could not be written.
    #[error("cannot write {what}")]
    Output {
        /// Where to.
        what: String,
        /// Why.
        source: io::Error,
    },
}

impl InspectError {
    /// Whether nobody reads the output any more, which is no failure.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, InspectError::Output { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The exit code, as `--help` documents it.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            InspectError::Attach(AttachError::System { .. })
            | InspectError::Output { .. }
            | InspectError::NoPlace { .. }
            | InspectError::Unread { .. }
            | InspectError::Core {
                source: CoreError::System { .. } | CoreError::NoSpace,
                ..
            } => 1,
            InspectError::Attach(AttachError::NoSuchProcess(_) | AttachError::Zombie(_))
            | InspectError::NoMatch { .. }
            | InspectError::NoGoroutine { .. }
            | InspectError::Ambiguous { .. } => 3,
            InspectError::Attach(AttachError::Denied { .. }) => 4,
            InspectError::Terminal
            | InspectError::NoTarget
            | InspectError::TwoTargets { .. }
            | InspectError::NoCommand { .. }
            | InspectError::NeedsProcess { .. }
            | InspectError::NotForThreads
            | InspectError::Filter(_)
            | InspectError::NoTerminal { .. }
            | InspectError::NotDeep
            | InspectError::NotForText { .. }
            | InspectError::NoSamples { .. } => 2,
            InspectError::NotGo { .. } | InspectError::Attach(AttachError::KernelThread(_)) => 5,
            InspectError::Unlike { .. }
            | InspectError::Core {
                source: CoreError::Bits32 | CoreError::BigEndian | CoreError::Machine(_),
                ..
            }
            | InspectError::TooOld { .. }
            | InspectError::NotExact { .. }
            | InspectError::NoLayout { .. } => 6,
            InspectError::Attach(AttachError::Exited(_) | AttachError::Replaced(_)) => 7,
            InspectError::Malformed { .. }
            | InspectError::CutOff { .. }
            | InspectError::Saved { .. }
            | InspectError::NotADump { .. }
            | InspectError::NoDump { .. }
            | InspectError::Core { .. }
            | InspectError::Lacks { .. } => 8,
            InspectError::Program(_) => 9,
        }
    }

    /// The exit code, as `main` returns it.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    /// What the user can do, where there is one thing to do.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        let fixed = match self {
            InspectError::NoTerminal { pid } => {
                return Some(format!(
                    "look once: gopeek {pid}; for programs: gopeek {pid} --json; one frame as text: gopeek top {pid} --once"
                ));
            }
            InspectError::Attach(AttachError::Denied { remedy, .. }) => {
                return Some(remedy.clone());
            }
            InspectError::NoMatch { name, .. } => {
                if let Some(verb) = nearest::command(name) {
                    return Some(format!("did you mean: gopeek {verb} PID"));
                }
                match hidden_by() {
                    Some(option) => {
                        return Some(format!(
                            "/proc hides other users' processes (it is mounted with {option}): sudo gopeek {name}"
                        ));
                    }
                    None => ELSEWHERE,
                }
            }
            InspectError::NotADump { path, what } => {
                return what.remedy(&path.display().to_string());
            }
            InspectError::NoCommand { near, .. } => {
                return Some(match near {
                    Some(verb) => format!("did you mean: gopeek {verb} PID"),
                    None => "see the commands: gopeek --help".to_owned(),
                });
            }
            InspectError::TwoTargets { .. } => {
                "run gopeek once for each; to compare two saved looks: gopeek diff A B"
            }
            InspectError::NeedsProcess { path, .. } => {
                return Some(format!("show the core: gopeek {}", path.display()));
            }
            InspectError::NotForThreads => "leave them out, or look at goroutines: gopeek PID",
            InspectError::Attach(AttachError::NoSuchProcess(_)) | InspectError::NotGo { .. } => {
                ELSEWHERE
            }
            InspectError::Unlike { kind, .. } => kind.remedy(),
            InspectError::NoGoroutine { .. } => {
                "it may have ended; leave -g out to see which goroutines there are"
            }
            InspectError::Terminal => {
                "write it to a file, and read that: -o FILE, go tool pprof FILE"
            }
            InspectError::NoTarget => {
                "name a process or a core: gopeek PID, gopeek NAME, gopeek FILE; list the Go processes: gopeek ps"
            }
            InspectError::Ambiguous { .. } => "name one by its pid: gopeek PID",
            InspectError::NotExact { .. } => "leave --strict out to try the nearest known layout",
            InspectError::Attach(AttachError::Replaced(_)) => {
                "run gopeek again: the pid now runs another program"
            }
            InspectError::NoLayout { .. } => "a gopeek of a later release may know this Go",
            InspectError::Program(ProgramError::Missing { .. } | ProgramError::Unnamed) => {
                "name it, or the folder that it is below: gopeek core FILE EXE, gopeek core --sysroot DIR FILE"
            }
            InspectError::Program(ProgramError::Other { .. }) => {
                "name the one that the process ran: gopeek core FILE EXE"
            }
            InspectError::Lacks { damaged: true, .. } => {
                "it is not as it was written: copy it again, whole"
            }
            InspectError::Lacks { .. } => {
                "the kernel writes memory by /proc/PID/coredump_filter, 0x33 by default; gopeek save and gcore leave nothing out"
            }
            InspectError::Core {
                source: CoreError::NoSpace,
                ..
            } => "name a folder with more space: TMPDIR=FOLDER gopeek FILE",
            InspectError::CutOff { .. } => "run gopeek again once nobody writes to the file",
            InspectError::NoPlace { .. } => {
                "name a file that does not exist yet; to write to a pipe, redirect standard output"
            }
            InspectError::Output { source, .. } if source.kind() == io::ErrorKind::FileTooLarge => {
                "the limit on the size of files is too low: ulimit -f unlimited"
            }
            InspectError::Output { source, .. }
                if source.kind() == io::ErrorKind::AlreadyExists =>
            {
                "the file was left as it was; to overwrite it, use --force"
            }
            _ => return None,
        };
        Some(fixed.to_owned())
    }
}

const ELSEWHERE: &str = "list the Go processes of this machine: gopeek ps";

/// Says that processes match which are not Go.
fn named_alike(pids: &[i32]) -> String {
    match pids {
        [] => String::new(),
        [pid] => format!(" (process {pid} is, but is not Go)"),
        [first, ..] => format!(
            " ({} other processes are, such as {first}, but none is Go)",
            pids.len()
        ),
    }
}
