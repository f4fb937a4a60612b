//! The command line: verbs and their arguments.

use super::limit::Limit;
use super::target::Target;
use super::view::{Color, View};
use super::{durations, version};
use crate::tui::Screen;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

const AFTER_HELP: &str = "\
Examples:
  gopeek                         list the Go processes of this machine
  gopeek 4242                    explain what process 4242 is doing
  gopeek dump api > stacks.txt   write all stacks of the Go process named api
  gopeek report 4242 --check     for scripts: exit code 11 if goroutines are stuck
  gopeek top 4242                watch goroutines and the runtime live
  gopeek save 4242               save a core to read later: gopeek FILE

Exit codes:
  0  done; also if the reader of the output went away
  1  a system call failed, or the output could not be written
  2  the command line is wrong
  3  no such process, or several match; no such goroutine
  4  permission denied; the message names the cause and what helps
  5  not a Go process
  6  a Go program that gopeek cannot read (with --strict: not exactly known)
  7  the process exited, or started another program, while it was read
  8  the executable, the core or the text dump is malformed, or lacks what is needed
  9  the program of a core was not found, or is of another build
 10  with --check: something is suspicious
 11  with --check: goroutines are stuck
 12  the look took longer than --time-limit";

/// Shows what every goroutine of a live Go process is doing, without the process's help.
///
/// The process may be stripped and needs no pprof. gopeek reads its memory while it runs, stops it for a few milliseconds at
/// most, and never writes to it. The process goes on unharmed even if gopeek is killed. A core is read like a process:
/// gopeek FILE. So is the text that Go prints of its goroutines, from a log or from standard input: gopeek FILE, gopeek -
/// (docs/text-dumps.md).
#[derive(Parser, Debug)]
#[command(
    name = "gopeek",
    version = version::SHORT,
    long_version = version::LONG.as_str(),
    after_help = AFTER_HELP,
    args_conflicts_with_subcommands = true
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) dump: Dump,
    /// Who gets the CPU first on a busy host.
    #[arg(long, global = true, value_enum, default_value_t = Priority::Low)]
    pub(super) priority: Priority,
}

/// Who gets the CPU first where there are fewer cores than work.
#[derive(ValueEnum, Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Priority {
    /// Everybody else, except while the target is stopped. If gopeek has to wait too long, it goes on at normal priority.
    Low,
    /// Nobody: gopeek keeps the priority that it was started with.
    Normal,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Print the stack of every goroutine, in the text of runtime.Stack.
    Dump(Dump),
    /// Explain what is wrong: which goroutines are blocked, on what, and because of whom.
    Report(Dump),
    /// List the threads: what each does in the kernel and in the runtime.
    Threads(Dump),
    /// List the Go processes of this machine.
    Ps {
        /// Print JSON (docs/json.md).
        #[arg(long)]
        json: bool,
    },
    /// Save a process in an ELF core, with the short pause of a dump. Read it with gopeek FILE.
    ///
    /// The file holds memory of the process, secrets included. Only its owner can read it. gdb and delve open it, too.
    Save(Save),
    /// Show goroutines and the runtime live. Press ? there for the keys.
    Top(Top),
    /// Compare two saved looks: what changed from A to B.
    Diff(Diff),
    /// Show a core that gopeek, the kernel, gcore, delve or systemd wrote, also one packed by zstd, lz4, xz or gzip.
    Core(CoreArgs),
    /// Show build information and runtime details of a Go process, without stopping it.
    Info {
        #[command(flatten)]
        target: Target,
        /// Print JSON (docs/json.md).
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        known: Known,
    },
}

/// How well the Go release must be known.
#[derive(Args, Clone, Debug)]
pub(super) struct Known {
    /// Fail if the Go release is not known exactly, instead of trying the closest one.
    #[arg(long)]
    pub(super) strict: bool,
}

#[derive(Args, Debug)]
pub(super) struct Save {
    #[command(flatten)]
    pub(super) target: Target,
    /// The core to write. A name that ends in .zst packs it [default: NAME.PID.core in the current folder].
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Overwrite a file that exists.
    #[arg(long)]
    pub(super) force: bool,
    /// Save all of the process's own memory, as gcore does, so that -g ID --locals can show the heap. gopeek copies it while
    /// the process runs, and checks during the pause what changed, as far as --pause-limit allows.
    #[arg(long)]
    pub(super) full: bool,
    #[command(flatten)]
    pub(super) stop: Stop,
    #[command(flatten)]
    pub(super) limit: Limit,
    #[command(flatten)]
    pub(super) known: Known,
}

#[derive(Args, Debug)]
pub(super) struct Top {
    #[command(flatten)]
    pub(super) target: Target,
    /// Time between samples, for example 500ms. gopeek slows down by itself to stay under 10 % of one CPU.
    #[arg(short, long, value_name = "DURATION", default_value = "1s", value_parser = durations::interval)]
    pub(super) interval: Duration,
    /// The screen to begin with.
    #[arg(long, value_enum, default_value_t = Screen::Groups)]
    pub(super) view: Screen,
    /// Show only goroutines that match this filter, for example: state=wait and wait>5m and fn~pool
    #[arg(long = "where", value_name = "FILTER")]
    pub(super) filter: Option<String>,
    /// Print one frame as text and exit.
    #[arg(long)]
    pub(super) once: bool,
    /// Never stop the target. Goroutines that run on a CPU then have no stack.
    #[arg(long, visible_alias = "nonblocking")]
    pub(super) no_stop: bool,
    /// Maximum time to stop the target for one sample. It is stopped for at most a thousandth of the time.
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "10ms",
        value_parser = durations::pause_limit,
        conflicts_with = "no_stop"
    )]
    pub(super) pause_limit: Duration,
    /// When to use colours.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,
    /// Draw with ASCII characters only.
    #[arg(long)]
    pub(super) ascii: bool,
    #[command(flatten)]
    pub(super) known: Known,
}

#[derive(Args, Debug)]
pub(super) struct Diff {
    /// The earlier look: a file that --json wrote, a core, or a text dump.
    #[arg(value_name = "A")]
    pub(super) a: PathBuf,
    /// The later look: a file that --json wrote, a core, or a text dump.
    #[arg(value_name = "B")]
    pub(super) b: PathBuf,
    /// Of files with several text dumps, compare the N-th. Given once it is for both files, given twice for A, then for B
    /// [default: the last whole one].
    #[arg(long = "dump", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) dumps: Vec<u32>,
    /// Print JSON instead of text.
    #[arg(long)]
    pub(super) json: bool,
    /// Show all rows.
    #[arg(short, long)]
    pub(super) all: bool,
    #[command(flatten)]
    pub(super) known: Known,
}

#[derive(Args, Debug)]
pub(super) struct CoreArgs {
    /// Path of the core file.
    #[arg(value_name = "FILE", default_value = "core")]
    pub(super) file: PathBuf,
    /// Path to the executable, if it has moved since the core was written.
    #[arg(value_name = "EXE")]
    pub(super) program: Option<PathBuf>,
    /// Look for the executable and its libraries below this folder.
    #[arg(long, value_name = "DIR")]
    pub(super) sysroot: Option<PathBuf>,
    #[command(flatten)]
    pub(super) view: View,
}

#[derive(Args, Debug)]
pub(super) struct Dump {
    #[command(flatten)]
    pub(super) target: Target,
    /// More than one target, or a verb that does not exist: gopeek says so better than the parser does.
    #[arg(hide = true, value_name = "MORE")]
    pub(super) more: Vec<String>,
    #[command(flatten)]
    pub(super) view: View,
    #[command(flatten)]
    pub(super) stop: Stop,
    /// Number of looks. The report, JSON and --check then also tell what changed from the first look to the last.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) samples: u32,
    /// Time from the start of one look to the start of the next. The target runs in between.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = durations::between_looks)]
    pub(super) interval: Duration,
}

/// How a process is stopped.
#[derive(Args, Debug)]
pub(super) struct Stop {
    /// Never stop the target. Goroutines that change while they are read are marked, and so are those that run.
    #[arg(long, visible_alias = "nonblocking")]
    pub(super) no_stop: bool,
    /// Maximum time to stop the target. Whatever has not been read by then is read without a stop, and marked.
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "50ms",
        value_parser = durations::pause_limit,
        conflicts_with = "no_stop"
    )]
    pub(super) pause_limit: Duration,
}
