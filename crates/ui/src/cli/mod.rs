//! The command line: does what the user typed.

mod args;
mod durations;
mod limit;
pub(crate) mod nearest;
mod show;
mod target;
mod text;
mod top;
mod version;
mod view;

use crate::compare::{Sampling, sample};
use crate::ended::Ended;
use crate::error::InspectError;
use crate::format::Format;
use crate::options::Options;
use crate::output::Output;
use crate::save::SaveOptions;
use crate::saved::CoreAt;
use crate::text::{TextAt, What};
use crate::{alone, diff, info, inspect, panics, preamble, ps, render, save, saved};
use args::{Cli, Command, Diff, Dump, Known, Priority, Save};
use clap::{CommandFactory, Parser};
use gopeek_attach::time_limit::TimeLimit;
use gopeek_attach::{Pid, priority};
use limit::Limit;
use show::show;
use std::path::Path;
use std::process::ExitCode;
use target::Target;
use top::top;
use view::View;

/// The whole command line, for man pages and completions.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Does what the command line says.
#[must_use]
pub fn run() -> ExitCode {
    gopeek_attach::hold::fail_oversized_writes();
    gopeek_attach::denied::started_with(std::env::args_os().skip(1));
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

/// Lets others go first, but for the pause. The live screen has time; who asks for a look is in a hurry, too.
fn step_back(cli: &Cli) {
    if cli.priority == Priority::Low {
        let lives_on = matches!(&cli.command, Some(Command::Top(top)) if !top.once);
        priority::step_back(!lives_on);
    }
}

fn dispatch(cli: Cli) -> Result<Ended, InspectError> {
    step_back(&cli);
    let done = match cli.command {
        Some(Command::Dump(mut args)) => {
            args.view.prefer(Format::Stack);
            return look(&args);
        }
        Some(Command::Report(mut args)) => {
            // With --check, the exit code is the answer, and into a pipe one line per finding.
            if !args.view.check {
                args.view.prefer(Format::Report);
            }
            return look(&args);
        }
        Some(Command::Threads(mut args)) => {
            args.view.show_threads()?;
            return look(&args);
        }
        Some(Command::Ps { json }) => list(json),
        Some(Command::Info {
            target,
            json,
            known,
        }) => about(&target, json, &known),
        Some(Command::Save(args)) => {
            args.target.is_a_process("save")?;
            save(&args.target.name()?, &args)
        }
        Some(Command::Top(args)) => {
            args.target.is_a_process("top")?;
            top(&args.target.name()?, &args)
        }
        Some(Command::Diff(args)) => diff(&args),
        Some(Command::Core(args)) => {
            let core = CoreAt {
                path: args.file,
                program: args.program,
                sysroot: args.sysroot,
            };
            return show_core(&core, &args.view);
        }
        // Only without any argument: a script whose $PID is empty must not take the list for an answer.
        None if std::env::args_os().len() <= 1 => list(false),
        None => return look(&cli.dump),
    };
    done.map(|()| Ended::Done)
}

/// Looks at a process, a core or a text dump. A process of that name goes first, unless the name is plainly a file's.
fn look(args: &Dump) -> Result<Ended, InspectError> {
    args.target.is_the_only_one(&args.more)?;
    match args.target.core() {
        Some(_) if args.samples > 1 => Err(InspectError::NoSamples {
            why: "a core is of one moment; gopeek diff A B compares two",
        }),
        Some(core) => show_core(&core, &args.view),
        None => match args.target.text(args.view.dump) {
            Some(text) => text::show_text(&text, args),
            None => named(args),
        },
    }
}

/// Looks at the process of a name; if there is none, at the text dump in the file of that name.
fn named(args: &Dump) -> Result<Ended, InspectError> {
    let name = args.target.name()?;
    match limit::pid(&name) {
        Err(InspectError::NoMatch { .. } | InspectError::Core { .. })
            if Path::new(&name).exists() =>
        {
            text::show_text(&TextAt::new(&name, args.view.dump), args)
        }
        pid => dump(pid?, args),
    }
}

/// Shows build information of a process or a core.
fn about(target: &Target, json: bool, known: &Known) -> Result<(), InspectError> {
    let name = target.name()?;
    let mut out = Output::open(None)?;
    let _limit = Limit::USUAL.of_look(&name);
    let facts = match target.core() {
        Some(core) => info::of_core(&core, known.strict)?,
        None => info::of_process(limit::pid(&name)?, known.strict)?,
    };
    out.write(|to| {
        if json {
            facts.write_json(to)
        } else {
            facts.write(to)
        }
    })?;
    out.finish()
}

fn list(json: bool) -> Result<(), InspectError> {
    let mut out = Output::open(None)?;
    let survey = {
        let _limit = Limit::USUAL.of_look("the processes of this machine");
        ps::survey()
    };
    let columns = out.columns();
    out.write(|to| {
        if json {
            survey.write_json(to)
        } else {
            survey.write(to, columns)
        }
    })?;
    out.finish()
}

fn save(name: &str, args: &Save) -> Result<(), InspectError> {
    let pid = limit::pid(name)?;
    let options = Options {
        strict: args.known.strict,
        no_stop: args.stop.no_stop,
        pause_limit: args.stop.pause_limit,
        ..Options::default()
    };
    let to = SaveOptions {
        to: args.output.clone(),
        force: args.force,
        full: args.full,
    };
    let saved = {
        let _limit = args.limit.of_all(&format!("process {pid}"));
        save::save(pid, &options, &to)?
    };
    preamble::saved(&saved);
    Ok(())
}

fn dump(pid: Pid, args: &Dump) -> Result<Ended, InspectError> {
    if args.samples > 1 && !args.view.has_changes() {
        return Err(InspectError::NoSamples {
            why: "only --format=report, json and ndjson, and --check, say what has changed",
        });
    }
    let sampling = Sampling {
        looks: args.samples,
        interval: args.interval,
    };
    if args.view.dump.is_some() {
        return Err(InspectError::NotADump {
            path: args.target.name()?.into(),
            what: What::Process,
        });
    }
    show(&args.view, &|options| {
        let options = Options {
            no_stop: args.stop.no_stop,
            pause_limit: args.stop.pause_limit,
            ..options.clone()
        };
        sample(pid, sampling, |last| {
            let what = format!("process {pid}");
            let _limit = limit(&args.view, &what);
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

/// The end of a look at `what`.
fn limit(view: &View, what: &str) -> TimeLimit {
    if view.deep {
        view.limit.of_all(what)
    } else {
        view.limit.of_look(what)
    }
}

fn diff(args: &Diff) -> Result<(), InspectError> {
    let changes = {
        let _limit = Limit::USUAL.of_all("the saved looks");
        let nth = |at: usize| args.dumps.get(at).or(args.dumps.first()).copied();
        let (a, b) = (TextAt::new(&args.a, nth(0)), TextAt::new(&args.b, nth(1)));
        diff::diff(&a, &b, args.known.strict)?
    };
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
    let what = core.path.display().to_string();
    let shown = show(view, &|options| {
        let _limit = limit(view, &what);
        saved::inspect(core, options)
    });
    if let Err(InspectError::Program(_)) = &shown {
        let mut out = Output::open(view.output.as_deref())?;
        let text = alone::describe(core)?;
        out.write(|to| to.write_all(text.as_bytes()))?;
        out.finish()?;
    }
    shown
}
