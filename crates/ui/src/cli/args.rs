//! What the user may type, and what it means.

use super::limit::Limit;
use crate::bundle::Archive;
use crate::chosen::Chosen;
use crate::error::InspectError;
use crate::format::Format;
use crate::saved::CoreAt;
use crate::tui::Screen;
use clap::{Args, Parser, Subcommand, ValueEnum};
use gopeek_attach::core;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

const EXIT_CODES: &str = "\
Exit codes:
  0  done; also when the reader of the output went away
  1  a system call failed, or the output could not be written
  2  the command line is wrong
  3  no such process, or several that match; no such goroutine
  4  not permitted; the message names the cause and what helps
  5  not a Go process
  6  a Go program that gopeek cannot read (with --strict: not exactly known)
  7  the process exited, or became another program, while it was read
  8  the executable or the core is malformed, or the core lacks what is needed
  9  the program of a core was not found, or is of another build
 10  with --check: something is suspicious
 11  with --check: something is stuck
 12  the look took longer than --time-limit";

/// Shows what every goroutine of a live Go process is doing, without the process's help.
///
/// The process may be stripped and need no pprof. It is read while it runs, stopped for a few milliseconds at most to make
/// sure, never written to, and goes on unharmed even if gopeek is killed. Without any argument, gopeek lists the Go
/// processes of this machine. A core is read like a process: gopeek FILE.
#[derive(Parser, Debug)]
#[command(name = "gopeek", version, after_help = EXIT_CODES, args_conflicts_with_subcommands = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) dump: Dump,
    /// Who goes first on a busy host.
    #[arg(long, global = true, value_enum, default_value_t = Priority::Low)]
    pub(super) priority: Priority,
}

/// Who goes first where there are fewer cores than work.
#[derive(ValueEnum, Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Priority {
    /// Everybody else, except while the target is stopped. A look that has to wait for long goes on at normal priority.
    Low,
    /// Nobody: gopeek runs with the priority that it was started with.
    Normal,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// List the Go processes of this machine.
    Ps,
    /// Save a process in an ELF core: what a dump is made of, with the short pause of a dump. Read it with gopeek FILE.
    ///
    /// The file holds the process's memory, secrets included. It is made readable by its owner only. gdb and delve open it, too.
    Save(Save),
    /// Show goroutines and the runtime live, on a screen: press ? there for the keys.
    Top(Top),
    /// Say what has changed from one saved look to another.
    Diff(Diff),
    /// Show a core: gopeek's, the kernel's, gcore's, delve's or systemd's; packed by zstd or lz4, too.
    Core(CoreArgs),
    /// Say what is known of a Go process and its binary, without stopping it.
    Info {
        #[command(flatten)]
        target: Target,
        /// Refuse a layout that is not for sure this Go release's.
        #[arg(long)]
        strict: bool,
    },
}

#[derive(Args, Debug)]
pub(super) struct Save {
    #[command(flatten)]
    pub(super) target: Target,
    /// The core to write; .zst at its end packs it. By default NAME.PID.core, in the current folder.
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Take the place of a file that is there already.
    #[arg(long)]
    pub(super) force: bool,
    /// Save all of the process's own memory, as gcore does: what -g ID --locals shows of the heap is there, too. It is copied
    /// while the process runs, and as much as the pause allows is looked at again.
    #[arg(long)]
    pub(super) full: bool,
    #[command(flatten)]
    pub(super) stop: Stop,
    #[command(flatten)]
    pub(super) limit: Limit,
    /// Refuse a layout that is not for sure this Go release's.
    #[arg(long)]
    pub(super) strict: bool,
}

#[derive(Args, Debug)]
pub(super) struct Top {
    #[command(flatten)]
    pub(super) target: Target,
    /// From one sample to the next, if that costs less than a tenth of a CPU; else longer.
    #[arg(short, long, value_name = "DURATION", default_value = "1s", value_parser = interval)]
    pub(super) interval: Duration,
    /// The screen to begin with.
    #[arg(long, value_enum, default_value_t = Screen::Groups)]
    pub(super) view: Screen,
    /// Only goroutines that this holds of: state=wait and wait>5m and fn~pool.
    #[arg(long = "where", value_name = "FILTER")]
    pub(super) filter: Option<String>,
    /// One frame as text, not a screen.
    #[arg(long)]
    pub(super) once: bool,
    /// Never stop the target: what runs on a CPU has no stack then.
    #[arg(long, visible_alias = "nonblocking")]
    pub(super) no_stop: bool,
    /// Let the target go after so long at the latest. It is stopped for a thousandth of the time at most.
    #[arg(long, value_name = "DURATION", default_value = "10ms", value_parser = pause_limit, conflicts_with = "no_stop")]
    pub(super) pause_limit: Duration,
    /// Colours.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,
    /// Letters and signs of ASCII alone.
    #[arg(long)]
    pub(super) ascii: bool,
    /// Refuse a layout that is not for sure this Go release's.
    #[arg(long)]
    pub(super) strict: bool,
}

#[derive(Args, Debug)]
pub(super) struct Diff {
    /// The first: what --json printed, or a core.
    #[arg(value_name = "A")]
    pub(super) a: PathBuf,
    /// The second, likewise.
    #[arg(value_name = "B")]
    pub(super) b: PathBuf,
    /// As JSON, not as text.
    #[arg(long)]
    pub(super) json: bool,
    /// All rows.
    #[arg(short, long)]
    pub(super) all: bool,
    /// Refuse a layout that is not for sure a core's Go release's.
    #[arg(long)]
    pub(super) strict: bool,
}

#[derive(Args, Debug)]
pub(super) struct CoreArgs {
    /// The core; by default the one that the kernel calls so.
    #[arg(value_name = "FILE", default_value = "core")]
    pub(super) file: PathBuf,
    /// The program that it is of, where that is not where it was.
    #[arg(value_name = "EXE")]
    pub(super) program: Option<PathBuf>,
    /// Look for the program and its libraries below this folder.
    #[arg(long, value_name = "DIR")]
    pub(super) sysroot: Option<PathBuf>,
    #[command(flatten)]
    pub(super) view: View,
}

#[derive(Args, Debug)]
pub(super) struct Dump {
    #[command(flatten)]
    pub(super) target: Target,
    #[command(flatten)]
    pub(super) view: View,
    #[command(flatten)]
    pub(super) stop: Stop,
    /// Look so many times, and say in the report, in JSON or in a check what has changed from the first to the last.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) samples: u32,
    /// From the beginning of a look to that of the next; in between the target runs.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = humantime::parse_duration)]
    pub(super) interval: Duration,
}

/// What to show, and how.
#[derive(Args, Debug)]
pub(super) struct View {
    /// What to print [default: report on a terminal, else stack].
    #[arg(long, value_enum)]
    pub(super) format: Option<Format>,
    /// Short for --format=json.
    #[arg(long, conflicts_with = "format")]
    pub(super) json: bool,
    /// With --format=pprof: a sample for each goroutine, labelled with its number, its state and what it waits at.
    #[arg(long)]
    pub(super) per_goroutine: bool,
    /// Colours of the report.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,
    /// All rows of the report, not the first ones of each table.
    #[arg(short, long)]
    pub(super) all: bool,
    /// Write to FILE instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Write all of it into FILE, an archive: the report, the dump, JSON, a profile, folded stacks and the threads, of one look.
    /// The end of its name says how it is packed: .tar.zst, .tar.gz or .tar.
    #[arg(
        long,
        value_name = "FILE",
        value_parser = Archive::named,
        conflicts_with_all = ["format", "json", "per_goroutine", "output", "goroutines", "threads"]
    )]
    pub(super) bundle: Option<Archive>,
    /// With --bundle: take the place of a file that is there already.
    #[arg(long, requires = "bundle")]
    pub(super) force: bool,
    /// Only the goroutine with this number, and everything that is known of it; may be given several times.
    #[arg(
        short,
        long = "goroutine",
        value_name = "ID",
        conflicts_with = "threads"
    )]
    pub(super) goroutines: Vec<u64>,
    #[command(flatten)]
    pub(super) chosen: Chosen,
    /// The runtime's own goroutines and frames, too; with --threads, what is on each thread's own stacks.
    #[arg(long, visible_alias = "system")]
    pub(super) runtime: bool,
    /// With --goroutine: the arguments and local variables of its frames, where the binary has DWARF.
    #[arg(long, requires = "goroutines")]
    pub(super) locals: bool,
    /// Search the heap, too, for what leads to that which goroutines wait at: what nothing alive leads to is leaked. It is read
    /// while the target runs, and takes about as long as a GC.
    #[arg(long)]
    pub(super) deep: bool,
    /// The C frames, too, above the Go frames that called them.
    #[arg(long, conflicts_with = "threads")]
    pub(super) native: bool,
    /// The threads instead: what each does for the kernel and for the runtime.
    #[arg(long)]
    pub(super) threads: bool,
    /// Refuse a layout that is not for sure this Go release's.
    #[arg(long)]
    pub(super) strict: bool,
    #[command(flatten)]
    pub(super) limit: Limit,
    /// For scripts: end with 10 where something is suspicious, with 11 where something is stuck. Unless a format is asked for
    /// or a terminal is there, each finding is a line, and there is nothing else.
    #[arg(long)]
    pub(super) check: bool,
}

/// How a process is looked at.
#[derive(Args, Debug)]
pub(super) struct Stop {
    /// Do not stop the target, not even for a moment: what moves while it is looked at is marked, and so is what runs.
    #[arg(long, visible_alias = "nonblocking")]
    pub(super) no_stop: bool,
    /// Let the target go after so long at the latest, whatever is still lacking then.
    #[arg(long, value_name = "DURATION", default_value = "50ms", value_parser = pause_limit, conflicts_with = "no_stop")]
    pub(super) pause_limit: Duration,
}

/// `50ms`, `1.5s`; more than nothing.
fn pause_limit(text: &str) -> Result<Duration, String> {
    let limit = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if limit.is_zero() {
        return Err("a target can't be stopped for no time at all; use --no-stop".to_owned());
    }
    Ok(limit)
}

/// No shorter than a tenth of a second: what is faster than that nobody reads.
fn interval(text: &str) -> Result<Duration, String> {
    let interval = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if interval < Duration::from_millis(100) {
        return Err("100ms at least".to_owned());
    }
    Ok(interval)
}

#[derive(Args, Debug)]
pub(super) struct Target {
    /// A pid, a process name, or a part of a name that only one Go process has; or a core.
    #[arg(value_name = "PID|NAME|CORE")]
    pub(super) target: Option<String>,
    /// The pid; for scripts that have both names and numbers.
    #[arg(short, long, value_name = "PID", conflicts_with = "target")]
    pub(super) pid: Option<i32>,
}

/// When there are colours.
#[derive(ValueEnum, Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set or it is a dumb one.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl View {
    pub(super) fn is_terminal(&self) -> bool {
        self.output.is_none() && std::io::stdout().is_terminal()
    }

    pub(super) fn format(&self) -> Format {
        match self.format {
            Some(format) => format,
            None if self.json => Format::Json,
            None if self.is_terminal() => Format::Report,
            None => Format::Stack,
        }
    }

    /// Whether what has changed between looks is told.
    pub(super) fn has_changes(&self) -> bool {
        let format = self.format();
        let table = self.threads || !self.goroutines.is_empty();
        self.check
            || self.bundle.is_some()
            || format.has_threads()
            || (format == Format::Report && !table)
    }

    /// Whether findings are all that is wanted, a line for each.
    pub(super) fn is_lines(&self) -> bool {
        let asked = self.format.is_some() || self.json;
        let table = self.threads || !self.goroutines.is_empty();
        self.check && !asked && self.bundle.is_none() && !table && !self.is_terminal()
    }

    pub(super) fn has_colors(&self) -> bool {
        self.color.is_on(self.is_terminal())
    }
}

impl Color {
    /// Whether there are colours where the output is a terminal or not.
    pub(super) fn is_on(self, terminal: bool) -> bool {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let dumb = set("TERM").is_none_or(|term| term == "dumb");
                terminal && set("NO_COLOR").is_none() && !dumb
            }
        }
    }
}

impl Target {
    /// The pid or the name.
    ///
    /// # Errors
    /// [`InspectError::NoTarget`] where neither was given, or an empty one.
    pub(super) fn name(&self) -> Result<String, InspectError> {
        let target = self.target.as_deref().map(str::trim);
        let name = self.pid.map(|pid| pid.to_string());
        let name = name.or_else(|| target.map(str::to_owned));
        name.filter(|name| !name.is_empty())
            .ok_or(InspectError::NoTarget)
    }

    /// The core, where it is the file of one. The number of a process that lives is never a file: whoever may write to the
    /// working directory could show us another process.
    pub(super) fn core(&self) -> Option<CoreAt> {
        let target = self.target.as_deref()?;
        if is_live_pid(target.trim()) {
            return None;
        }
        let path = PathBuf::from(target);
        core::is_core(&path).then_some(CoreAt {
            path,
            program: None,
            sysroot: None,
        })
    }
}

/// Whether this is the number of a process that lives.
fn is_live_pid(target: &str) -> bool {
    let pid = target.parse::<u32>().ok();
    pid.is_some_and(|pid| Path::new(&format!("/proc/{pid}")).exists())
}

#[cfg(test)]
mod tests {
    use super::is_live_pid;

    #[test]
    fn only_the_number_of_a_live_process_is_one() {
        assert!(is_live_pid(&std::process::id().to_string()));
        for none in ["./1", "hang.core", "0", "4294967295", ""] {
            assert!(!is_live_pid(none), "{none}");
        }
    }
}
