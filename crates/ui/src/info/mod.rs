//! `gopeek info`: build information and runtime details of a process or a core, without stopping anything.

mod build;
mod page;
mod whereabouts;

use crate::census::{Census, census, count};
use crate::error::InspectError;
use crate::find::Found;
use crate::inspect::understand;
use crate::save::note::{ENVIRONMENT, Note};
use crate::saved::{self, CoreAt, Opened};
use build::{Binary, Build};
use gopeek_attach::foreign::Foreign;
use gopeek_attach::process::Facts;
use gopeek_attach::{Pid, Process};
use serde::Serialize;
use std::io::{self, Write};
use whereabouts::Whereabouts;

pub(crate) use page::Page;

/// Name and version of the JSON.
const SCHEMA: &str = "gopeek-info/1";

/// What is known of a process or a core. As JSON, a property without a value is absent.
#[derive(Serialize)]
pub(crate) struct Info {
    schema: &'static str,
    gopeek: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    core: Option<FromCore>,
    process: About,
    binary: Binary,
    build: Build,
    whereabouts: Whereabouts,
    problems: Vec<String>,
}

/// The core it is from.
#[derive(Serialize)]
struct FromCore {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    saved_at: Option<String>,
}

/// The process.
#[derive(Serialize)]
struct About {
    pid: i32,
    name: String,
    command: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<u64>,
    goroutines: usize,
    system_goroutines: usize,
    threads: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    gomaxprocs: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traced_by: Option<i32>,
    /// The variables that set up the runtime, in the order of [`ENVIRONMENT`].
    environment: Vec<Variable>,
}

/// An environment variable.
#[derive(Serialize)]
struct Variable {
    name: &'static str,
    value: String,
}

/// Looks at a live process.
///
/// # Errors
/// [`InspectError`], as for a dump.
pub(crate) fn of_process(pid: Pid, strict: bool) -> Result<Info, InspectError> {
    let process = Process::open(pid)?;
    let files = process.code_files()?;
    let found = understand(&process, &process, &files, strict)?;
    let (facts, census) = (process.facts()?, census(&process, &found)?);
    let mut about = About::of(&facts, census, |name| process.environment(name));
    about.traced_by = process.tracer().map(Pid::as_raw);
    Ok(Info::of(about, &found))
}

/// Looks at a core.
///
/// # Errors
/// [`InspectError`], as for a dump.
pub(crate) fn of_core(at: &CoreAt, strict: bool) -> Result<Info, InspectError> {
    let opened = Opened::open(&at.path)?;
    let files = opened.core.code_files(&opened.lookup(at))?;
    let found = saved::understand(&opened.core, &files, strict)?;
    let environment = |name: &str| {
        let note = opened.note.as_ref()?;
        note.process
            .environment
            .get(name)
            .cloned()
            .map(Foreign::from)
    };
    let census = count(&opened.core.memory, &found);
    let about = About::of(&opened.facts(), census, environment);
    let written = opened.note.as_ref().and_then(Note::written);
    let problems = opened.core.problems.iter().map(ToString::to_string);
    let unchecked = files.unchecked.then(|| saved::unchecked(&files));
    Ok(Info {
        core: Some(FromCore {
            path: at.path.display().to_string(),
            saved_at: written.map(|at| humantime::format_rfc3339_seconds(at).to_string()),
        }),
        problems: problems.chain(unchecked).collect(),
        ..Info::of(about, &found)
    })
}

impl Info {
    fn of(process: About, found: &Found<'_>) -> Info {
        Info {
            schema: SCHEMA,
            gopeek: env!("CARGO_PKG_VERSION"),
            core: None,
            process,
            binary: Binary::of(found),
            build: Build::of(&found.build),
            whereabouts: Whereabouts::of(found),
            problems: Vec::new(),
        }
    }

    /// Writes aligned lines.
    ///
    /// # Errors
    /// What `out` answers.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut page = Page::default();
        if let Some(core) = &self.core {
            let saved = core.saved_at.as_ref().map(|at| format!(", saved {at}"));
            page.line(
                "core",
                format!("{}{}", core.path, saved.unwrap_or_default()),
            );
        }
        self.process.write(&mut page);
        self.binary.write(&self.build, &mut page);
        self.build.write(&mut page);
        self.whereabouts.write(&mut page);
        for problem in &self.problems {
            page.line("problem", problem);
        }
        out.write_all(page.0.as_bytes())
    }

    /// Writes one JSON object.
    ///
    /// # Errors
    /// What `out` answers.
    pub(crate) fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        writeln!(out)
    }
}

impl About {
    fn of(facts: &Facts, census: Census, environment: impl Fn(&str) -> Option<Foreign>) -> About {
        let set = |name: &&'static str| {
            let value = environment(name)?.into_raw();
            Some(Variable { name, value })
        };
        About {
            pid: facts.pid.as_raw(),
            name: facts.name.raw().to_owned(),
            command: facts.raw_command(),
            age_seconds: facts.age.map(|age| age.as_secs()),
            goroutines: census.user,
            system_goroutines: census.system,
            threads: facts.threads,
            gomaxprocs: census.gomaxprocs,
            traced_by: None,
            environment: ENVIRONMENT.iter().filter_map(set).collect(),
        }
    }
}
