//! The command line: what the user typed, and what it means.

use crate::bundle::Archive;
use crate::chosen::Chosen;
use crate::compare::{Sampling, sample};
use crate::ended::Ended;
use crate::error::InspectError;
use crate::filter::Filter;
use crate::format::{Format, Wanted};
use crate::options::Options;
use crate::output::Output;
use crate::report::Report;
use crate::save::SaveOptions;
use crate::saved::CoreAt;
use crate::tui::{self, Screen};
use crate::{alone, diff, info, inspect, panics, preamble, ps, render, save, saved, select};
use clap::{Args, Parser, Subcommand, ValueEnum};
use gopeek_attach::core;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

const EXIT_CODES: &str = "\
Exit codes:
  0  done; also when the reader of the output went away
  1  a system call failed, or the output could not be written
  2  the command line is wrong
  3  no such process, or several that match; no such goroutine
  4  not permitted; the message names the cause and what helps
  5  not a Go process
  6  a Go release that gopeek cannot read (with --strict: not exactly known)
  7  the process exited, or became another program, while it was read
  8  the executable or the core is malformed, or the core lacks what is needed
  9  the program of a core was not found, or is of another build
 10  with --check: something is suspicious
 11  with --check: something is stuck";

/// Shows what every goroutine of a live Go process is doing, without the process's help.
///
/// The process may be stripped and need no pprof. It is read while it runs, stopped for a few milliseconds at most to make
/// sure, never written to, and goes on unharmed even if gopeek is killed. Without a target, the Go processes of this machine
/// are listed. A core is read like a process: gopeek FILE.
#[derive(Parser, Debug)]
#[command(name = "gopeek", version, after_help = EXIT_CODES, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    dump: Dump,
}

#[derive(Subcommand, Debug)]
enum Command {
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
struct Save {
    #[command(flatten)]
    target: Target,
    /// The core to write; .zst at its end packs it. By default NAME.PID.core, in the current folder.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Take the place of a file that is there already.
    #[arg(long)]
    force: bool,
    /// Save all of the process's own memory, as gcore does: what -g ID --locals shows of the heap is there, too. It is copied
    /// while the process runs, and as much as the pause allows is looked at again.
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    stop: Stop,
    /// Refuse a layout that is not for sure this Go release's.
    #[arg(long)]
    strict: bool,
}

#[derive(Args, Debug)]
struct Top {
    #[command(flatten)]
    target: Target,
    /// From one sample to the next, if that costs less than a tenth of a CPU; else longer.
    #[arg(short, long, value_name = "DURATION", default_value = "1s", value_parser = interval)]
    interval: Duration,
    /// The screen to begin with.
    #[arg(long, value_enum, default_value_t = Screen::Groups)]
    view: Screen,
    /// Only goroutines that this holds of: state=wait and wait>5m and fn~pool.
    #[arg(long = "where", value_name = "FILTER")]
    filter: Option<String>,
    /// One frame as text, not a screen.
    #[arg(long)]
    once: bool,
    /// Never stop the target: what runs on a CPU has no stack then.
    #[arg(long, visible_alias = "nonblocking")]
    no_stop: bool,
    /// Let the target go after so long at the latest. It is stopped for a thousandth of the time at most.
    #[arg(long, value_name = "DURATION", default_value = "5ms", value_parser = pause_limit, conflicts_with = "no_stop")]
    pause_limit: Duration,
    /// Colours.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
    /// Letters and signs of ASCII alone.
    #[arg(long)]
    ascii: bool,
    /// Refuse a layout that is not for sure this Go release's.
    #[arg(long)]
    strict: bool,
}

#[derive(Args, Debug)]
struct Diff {
    /// The first: what --json printed, or a core.
    #[arg(value_name = "A")]
    a: PathBuf,
    /// The second, likewise.
    #[arg(value_name = "B")]
    b: PathBuf,
    /// As JSON, not as text.
    #[arg(long)]
    json: bool,
    /// All rows.
    #[arg(short, long)]
    all: bool,
    /// Refuse a layout that is not for sure a core's Go release's.
    #[arg(long)]
    strict: bool,
}

#[derive(Args, Debug)]
struct CoreArgs {
    /// The core; by default the one that the kernel calls so.
    #[arg(value_name = "FILE", default_value = "core")]
    file: PathBuf,
    /// The program that it is of, where that is not where it was.
    #[arg(value_name = "EXE")]
    program: Option<PathBuf>,
    /// Look for the program and its libraries below this folder.
    #[arg(long, value_name = "DIR")]
    sysroot: Option<PathBuf>,
    #[command(flatten)]
    view: View,
}

#[derive(Args, Debug)]
struct Dump {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    view: View,
    #[command(flatten)]
    stop: Stop,
    /// Look so many times, and say in the report, in JSON or in a check what has changed from the first to the last.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    samples: u32,
    /// From the beginning of a look to that of the next; in between the target runs.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = humantime::parse_duration)]
    interval: Duration,
}

/// What to show, and how.
#[derive(Args, Debug)]
struct View {
    /// What to print [default: report on a terminal, else stack].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Short for --format=json.
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// With --format=pprof: a sample for each goroutine, labelled with its number, its state and what it waits at.
    #[arg(long)]
    per_goroutine: bool,
    /// Colours of the report.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
    /// All rows of the report, not the first ones of each table.
    #[arg(short, long)]
    all: bool,
    /// Write to FILE instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write all of it into FILE, an archive: the report, the dump, JSON, a profile, folded stacks and the threads, of one look.
    /// The end of its name says how it is packed: .tar.zst, .tar.gz or .tar.
    #[arg(
        long,
        value_name = "FILE",
        value_parser = Archive::named,
        conflicts_with_all = ["format", "json", "per_goroutine", "output", "goroutines", "threads"]
    )]
    bundle: Option<Archive>,
    /// With --bundle: take the place of a file that is there already.
    #[arg(long, requires = "bundle")]
    force: bool,
    /// Only the goroutine with this number, and everything that is known of it; may be given several times.
    #[arg(
        short,
        long = "goroutine",
        value_name = "ID",
        conflicts_with = "threads"
    )]
    goroutines: Vec<u64>,
    #[command(flatten)]
    chosen: Chosen,
    /// The runtime's own goroutines and frames, too; with --threads, what is on each thread's own stacks.
    #[arg(long, visible_alias = "system")]
    runtime: bool,
    /// With --goroutine: the arguments and local variables of its frames, where the binary has DWARF.
    #[arg(long, requires = "goroutines")]
    locals: bool,
    /// Search the heap, too, for what leads to that which goroutines wait at: what nothing alive leads to is leaked. It is read
    /// while the target runs, and takes about as long as a GC.
    #[arg(long)]
    deep: bool,
    /// The C frames, too, above the Go frames that called them.
    #[arg(long, conflicts_with = "threads")]
    native: bool,
    /// The threads instead: what each does for the kernel and for the runtime.
    #[arg(long)]
    threads: bool,
    /// Refuse a layout that is not for sure this Go release's.
    #[arg(long)]
    strict: bool,
    /// For scripts: end with 10 where something is suspicious, with 11 where something is stuck. Unless a format is asked for
    /// or a terminal is there, each finding is a line, and there is nothing else.
    #[arg(long)]
    check: bool,
}

/// How a process is looked at.
#[derive(Args, Debug)]
struct Stop {
    /// Do not stop the target, not even for a moment: what moves while it is looked at is marked, and so is what runs.
    #[arg(long, visible_alias = "nonblocking")]
    no_stop: bool,
    /// Let the target go after so long at the latest, whatever is still lacking then.
    #[arg(long, value_name = "DURATION", default_value = "50ms", value_parser = pause_limit, conflicts_with = "no_stop")]
    pause_limit: Duration,
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
struct Target {
    /// A pid, a process name, or a part of a name that only one Go process has; or a core.
    #[arg(value_name = "PID|NAME|CORE")]
    target: Option<String>,
    /// The pid; for scripts that have both names and numbers.
    #[arg(short, long, value_name = "PID", conflicts_with = "target")]
    pid: Option<i32>,
}

/// When there are colours.
#[derive(ValueEnum, Copy, Clone, PartialEq, Eq, Debug)]
enum Color {
    /// On a terminal, unless NO_COLOR is set or it is a dumb one.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Does what the command line says.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    panics::said_later(|| end(dispatch(cli)))
}

fn end(done: Result<Ended, InspectError>) -> ExitCode {
    match done {
        Ok(ended) => ended.exit_code(),
        // Whoever read our output has seen enough.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            preamble::failure(&error);
            error.exit_code()
        }
    }
}

fn dispatch(cli: Cli) -> Result<Ended, InspectError> {
    let done = match cli.command {
        Some(Command::Ps) => list(),
        Some(Command::Info { target, strict }) => match target.name() {
            Some(name) => {
                let mut out = Output::open(None)?;
                let text = match target.core() {
                    Some(core) => info::describe_core(&core, strict)?,
                    None => info::describe(select::pid(&name)?, strict)?,
                };
                out.write(|to| to.write_all(text.as_bytes()))?;
                out.finish()
            }
            None => list(),
        },
        Some(Command::Save(args)) => match args.target.name() {
            Some(name) => save(&name, &args),
            None => list(),
        },
        Some(Command::Top(args)) => match args.target.name() {
            Some(name) => top(&name, &args),
            None => list(),
        },
        Some(Command::Diff(args)) => diff(&args),
        Some(Command::Core(args)) => {
            let core = CoreAt {
                path: args.file,
                program: args.program,
                sysroot: args.sysroot,
            };
            return show_core(&core, &args.view);
        }
        None => match (cli.dump.target.name(), cli.dump.target.core()) {
            (_, Some(_)) if cli.dump.samples > 1 => Err(InspectError::NoSamples {
                why: "a core is of one moment; gopeek diff A B compares two",
            }),
            (_, Some(core)) => return show_core(&core, &cli.dump.view),
            (Some(name), None) => return dump(&name, &cli.dump),
            (None, None) => list(),
        },
    };
    done.map(|()| Ended::Done)
}

fn list() -> Result<(), InspectError> {
    let mut out = Output::open(None)?;
    out.write(|to| ps::write(to, &ps::survey()))?;
    out.finish()
}

fn save(name: &str, args: &Save) -> Result<(), InspectError> {
    let pid = select::pid(name)?;
    let options = Options {
        strict: args.strict,
        no_stop: args.stop.no_stop,
        pause_limit: args.stop.pause_limit,
        ..Options::default()
    };
    let to = SaveOptions {
        to: args.output.clone(),
        force: args.force,
        full: args.full,
    };
    preamble::saved(&save::save(pid, &options, &to)?);
    Ok(())
}

fn dump(name: &str, args: &Dump) -> Result<Ended, InspectError> {
    if args.samples > 1 && !args.view.has_changes() {
        return Err(InspectError::NoSamples {
            why: "only --format=report, json and ndjson, and --check, say what has changed",
        });
    }
    let sampling = Sampling {
        looks: args.samples,
        interval: args.interval,
    };
    let pid = select::pid(name)?;
    show(&args.view, &|options| {
        let options = Options {
            no_stop: args.stop.no_stop,
            pause_limit: args.stop.pause_limit,
            ..options.clone()
        };
        sample(pid, sampling, |last| {
            // Only the last look is told whole.
            let diagnosis = options.diagnosis && last;
            let options = Options {
                diagnosis,
                ..options.clone()
            };
            inspect::inspect(pid, &options)
        })
    })
}

fn top(name: &str, args: &Top) -> Result<(), InspectError> {
    let filter = args.filter.as_deref().map(|text| {
        let parsed = Filter::parse(text);
        parsed.map(|filter| (filter, text.to_owned()))
    });
    let filter = filter.transpose().map_err(InspectError::Filter)?;
    let looking = tui::Looking {
        pid: select::pid(name)?,
        options: Options {
            strict: args.strict,
            no_stop: args.no_stop,
            pause_limit: args.pause_limit,
            ..Options::default()
        },
        interval: args.interval,
    };
    let colors = args.color.is_on(std::io::stdout().is_terminal());
    let start = tui::Start {
        theme: tui::Theme::new(colors && !args.once, !args.ascii && speaks_unicode()),
        screen: args.view,
        filter,
    };
    if args.once {
        let mut out = Output::open(None)?;
        let mut text = Vec::new();
        tui::once(looking, &start, screen_size(), &mut text)?;
        out.write(|to| to.write_all(&text))?;
        return out.finish();
    }
    tui::run(looking, &start)
}

/// The size of the terminal, or what COLUMNS and LINES say of it.
fn screen_size() -> Option<(u16, u16)> {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u16>().ok();
    let told = number("COLUMNS").zip(number("LINES"));
    let terminal = || {
        let terminal = std::io::stdout().is_terminal();
        terminal.then(|| crossterm::terminal::size().ok()).flatten()
    };
    told.or_else(terminal)
}

/// Whether the locale's letters are Unicode's.
fn speaks_unicode() -> bool {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

fn diff(args: &Diff) -> Result<(), InspectError> {
    let changes = diff::diff(&args.a, &args.b, args.strict)?;
    let style = render::report::Style {
        paint: render::report::Paint(false),
        all: args.all,
    };
    let mut out = Output::open(None)?;
    if let Some(changes) = &changes {
        out.write(|to| {
            if args.json {
                render::json::write_changes(to, changes)
            } else {
                render::report::changes(to, changes, style)
            }
        })?;
    }
    out.finish()
}

/// Shows a core; without its program, what it says by itself.
fn show_core(core: &CoreAt, view: &View) -> Result<Ended, InspectError> {
    let shown = show(view, &|options| saved::inspect(core, options));
    if let Err(InspectError::Program(_)) = &shown {
        let mut out = Output::open(view.output.as_deref())?;
        let text = alone::describe(core)?;
        out.write(|to| to.write_all(text.as_bytes()))?;
        out.finish()?;
    }
    shown
}

/// Shows what `inspect` finds.
fn show(
    view: &View,
    inspect: &dyn Fn(&Options) -> Result<Report, InspectError>,
) -> Result<Ended, InspectError> {
    let out = match &view.bundle {
        Some(archive) => archive.create(view.force)?,
        None => Output::open(view.output.as_deref())?,
    };
    let format = view.format();
    format.check(&out)?;
    let table = view.threads || !view.goroutines.is_empty();
    let diagnosis = view.bundle.is_some()
        || (format.is_diagnosis(view.per_goroutine) && !(table && format == Format::Report))
        || view.chosen.needs_diagnosis()
        || view.check;
    if view.deep && !diagnosis {
        return Err(InspectError::NotDeep);
    }
    let wanted = Options {
        strict: view.strict,
        threads: table || diagnosis,
        diagnosis,
        deep: view.deep,
        selected: view.goroutines.clone(),
        native: view.native,
        locals: view.locals,
        runtime: view.runtime,
        ..Options::default()
    };
    let mut report = inspect(&wanted)?;
    let lines = view.is_lines();
    if !lines && (format != Format::Report || table || view.bundle.is_some()) {
        preamble::about(&report);
    }
    let runtime = view.runtime || format.has_runtime();
    let mut empty = false;
    if let Some(count) = view.chosen.choose(&mut report, runtime) {
        if !lines {
            preamble::chosen(&count, view.chosen.filter().as_ref());
        }
        // What such a dump has besides goroutines answers nothing.
        empty = count.shown == 0 && !format.has_threads() && !lines && view.bundle.is_none();
    }
    let ended = if view.check {
        Ended::of(&report)
    } else {
        Ended::Done
    };
    let written = if empty {
        out.finish()
    } else {
        write(view, out, &report)
    };
    match written {
        // Whoever read it has seen enough, and yet a script is to know.
        Err(error) if error.is_broken_pipe() => Ok(ended),
        written => written.map(|()| ended),
    }
}

/// Writes a report in the way that was asked for.
fn write(view: &View, mut out: Output, report: &Report) -> Result<(), InspectError> {
    let format = view.format();
    let style = render::report::Style {
        paint: render::report::Paint(view.has_colors()),
        all: view.all,
    };
    if let Some(archive) = &view.bundle {
        let style = render::report::Style {
            paint: render::report::Paint(false),
            ..style
        };
        out.write(|to| archive.write(to, report, style, view.runtime))?;
    } else if view.is_lines() {
        out.write(|to| render::findings::write(to, report))?;
    } else if view.threads && !format.has_threads() {
        out.write(|to| render::threads::write(to, report, view.runtime))?;
    } else {
        let wanted = Wanted {
            selected: &view.goroutines,
            runtime: view.runtime,
            per_goroutine: view.per_goroutine,
            report: style,
        };
        format.write(&mut out, report, wanted)?;
    }
    out.finish()
}

impl View {
    fn is_terminal(&self) -> bool {
        self.output.is_none() && std::io::stdout().is_terminal()
    }

    fn format(&self) -> Format {
        match self.format {
            Some(format) => format,
            None if self.json => Format::Json,
            None if self.is_terminal() => Format::Report,
            None => Format::Stack,
        }
    }

    /// Whether what has changed between looks is told.
    fn has_changes(&self) -> bool {
        let format = self.format();
        let table = self.threads || !self.goroutines.is_empty();
        self.check
            || self.bundle.is_some()
            || format.has_threads()
            || (format == Format::Report && !table)
    }

    /// Whether findings are all that is wanted, a line for each.
    fn is_lines(&self) -> bool {
        let asked = self.format.is_some() || self.json;
        let table = self.threads || !self.goroutines.is_empty();
        self.check && !asked && self.bundle.is_none() && !table && !self.is_terminal()
    }

    fn has_colors(&self) -> bool {
        self.color.is_on(self.is_terminal())
    }
}

impl Color {
    /// Whether there are colours where the output is a terminal or not.
    fn is_on(self, terminal: bool) -> bool {
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
    fn name(&self) -> Option<String> {
        self.pid
            .map(|pid| pid.to_string())
            .or_else(|| self.target.clone())
    }

    /// The core, where it is the file of one.
    fn core(&self) -> Option<CoreAt> {
        let path = PathBuf::from(self.target.as_deref()?);
        core::is_core(&path).then_some(CoreAt {
            path,
            program: None,
            sysroot: None,
        })
    }
}
