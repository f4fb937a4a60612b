//! The command line: what the user typed is done.

mod args;
mod show;
mod top;

use crate::compare::{Sampling, sample};
use crate::ended::Ended;
use crate::error::InspectError;
use crate::options::Options;
use crate::output::Output;
use crate::save::SaveOptions;
use crate::saved::CoreAt;
use crate::{alone, diff, info, inspect, panics, preamble, ps, render, save, saved, select};
use args::{Cli, Command, Diff, Dump, Save, View};
use clap::Parser;
use show::show;
use std::process::ExitCode;
use top::top;

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
