//! `gopeek info`: what is known of a process and its binary, without stopping it.

use crate::assemble::method_name;
use crate::census::{Census, census, count};
use crate::error::InspectError;
use crate::find::Found;
use crate::inspect::understand;
use crate::ps::short;
use crate::save::note::{ENVIRONMENT, Note};
use crate::saved::{self, CoreAt, Opened};
use crate::select::command;
use crate::words::printable;
use gopeek_attach::foreign::Foreign;
use gopeek_attach::process::Facts;
use gopeek_attach::{Pid, Process};
use gopeek_layout::buildinfo::{BuildInfo, ModuleVersion};
use gopeek_layout::pcheader::FoundBy;
use gopeek_layout::roots::Root;
use std::fmt::Write as _;

/// The whole text.
///
/// # Errors
/// [`InspectError`], as for a dump.
pub fn describe(pid: Pid, strict: bool) -> Result<String, InspectError> {
    let process = Process::open(pid)?;
    let files = process.code_files()?;
    let found = understand(&process, &process, &files, strict)?;
    let (facts, census) = (process.facts()?, census(&process, &found)?);
    let mut page = Page::default();
    page.process(&facts, census, |name| process.environment(name));
    if let Some(tracer) = process.tracer() {
        page.line("traced by", format!("pid {tracer}"));
    }
    page.program(&found);
    Ok(page.0)
}

/// Likewise, of a core.
///
/// # Errors
/// [`InspectError`], as for a dump.
pub fn describe_core(at: &CoreAt, strict: bool) -> Result<String, InspectError> {
    let opened = Opened::open(&at.path)?;
    let files = opened.core.code_files(&opened.lookup(at))?;
    let found = saved::understand(&opened.core, &files, strict)?;
    let mut page = Page::default();
    let written = opened.note.as_ref().and_then(Note::written);
    let written = written.map(|at| format!(", saved {}", humantime::format_rfc3339_seconds(at)));
    page.line(
        "core",
        format!("{}{}", at.path.display(), written.unwrap_or_default()),
    );
    let environment = |name: &str| {
        let note = opened.note.as_ref()?;
        note.process
            .environment
            .get(name)
            .cloned()
            .map(Foreign::from)
    };
    let census = count(&opened.core.memory, &found);
    page.process(&opened.facts(), census, environment);
    page.program(&found);
    for problem in &opened.core.problems {
        page.line("problem", problem.to_string());
    }
    if files.unchecked {
        page.line("problem", saved::unchecked(&files));
    }
    Ok(page.0)
}

/// Aligned lines of a name and a value, whose control characters are escaped.
#[derive(Default)]
pub(crate) struct Page(pub(crate) String);

impl Page {
    pub(crate) fn line(&mut self, name: &str, value: impl AsRef<str>) {
        let _ = writeln!(self.0, "{name:<16} {}", printable(value.as_ref()));
    }

    fn process(
        &mut self,
        facts: &Facts,
        census: Census,
        environment: impl Fn(&str) -> Option<Foreign>,
    ) {
        self.line("process", format!("{}  {}", facts.pid, command(facts)));
        self.line("running for", facts.age.map_or("?".to_owned(), short));
        self.line(
            "goroutines",
            format!("{} (and {} of the runtime)", census.user, census.system),
        );
        self.line("threads", facts.threads.to_string());
        let processors = census.gomaxprocs.map(|count| count.to_string());
        self.line("GOMAXPROCS", processors.unwrap_or("?".to_owned()));
        for name in ENVIRONMENT {
            if let Some(value) = environment(name) {
                self.line(name, value.raw());
            }
        }
    }

    fn program(&mut self, found: &Found<'_>) {
        binary(self, found);
        build(self, &found.build);
        whereabouts(self, found);
    }
}

fn binary(page: &mut Page, found: &Found<'_>) {
    page.line("Go", &found.build.go.raw);
    let Some(image) = found.modules.first().map(|module| &module.image) else {
        return;
    };
    let setting = |key| found.build.setting(key);
    let platform = format!("{}/{}", setting("GOOS").unwrap_or("linux"), found.arch);
    let kind = if image.is_relocatable() {
        "position-independent"
    } else {
        "fixed address"
    };
    let symbols = if found.stripped {
        "stripped"
    } else {
        "with symbols"
    };
    page.line(
        "binary",
        format!(
            "{platform}, {kind}, {symbols}, {} bytes",
            image.data().len()
        ),
    );
}

fn build(page: &mut Page, build: &BuildInfo) {
    if !build.path.is_empty() {
        page.line("main package", &build.path);
    }
    if let Some(main) = &build.main {
        page.line("module", module(main));
    }
    let vcs = ["vcs", "vcs.revision", "vcs.time", "vcs.modified"];
    for name in vcs.iter().filter(|name| build.setting(name).is_some()) {
        page.line(name, build.setting(name).unwrap_or_default());
    }
    for (name, value) in build
        .settings
        .iter()
        .filter(|(name, _)| !vcs.contains(&name.as_str()))
    {
        page.line("build", format!("{name}={value}"));
    }
    for dependency in &build.deps {
        page.line("dependency", module(dependency));
    }
}

fn module(version: &ModuleVersion) -> String {
    let replaced = version
        .replace
        .as_ref()
        .map(|by| format!("  (replaced by {} {})", by.path, by.version));
    format!(
        "{} {}{}",
        version.path,
        version.version,
        replaced.unwrap_or_default()
    )
}

/// Where the runtime's tables and globals are, and how they were found.
fn whereabouts(page: &mut Page, found: &Found<'_>) {
    page.line(
        "offsets",
        format!("{}, checked against the process", found.layout.from),
    );
    let by = |by: FoundBy| match by {
        FoundBy::Section(name) => format!("section {name}"),
        FoundBy::Bytes => "scan of the file".to_owned(),
    };
    if let Some(runtime) = found.modules.first() {
        let data = &runtime.data;
        page.line(
            "pclntab",
            format!(
                "{} by {}, {} functions",
                data.pc_header,
                by(found.pclntab_by),
                data.ftab.len - 1
            ),
        );
        page.line(
            "moduledata",
            format!("{} by {}", data.at, by(found.moduledata_by)),
        );
        page.line("Go code", format!("{} to {}", data.text, data.etext));
    }
    for plugin in found.modules.iter().skip(1) {
        page.line(
            "module",
            format!(
                "moduledata {}, code {} to {}",
                plugin.data.at, plugin.data.text, plugin.data.etext
            ),
        );
    }
    let roots = &found.roots;
    let optional = [
        ("allgs", Some(roots.allgs)),
        ("allm", roots.allm),
        ("allp", roots.allp),
        ("fingStatus", roots.finalizer_status),
    ];
    for (name, root) in optional {
        let text = root.map_or("not found".to_owned(), |Root { at, by }| {
            format!("{at} by {}", method_name(by))
        });
        page.line(name, text);
    }
    if let Some(Root { at, by }) = roots.traceback_labels {
        page.line("tracebacklabels", format!("{at} by {}", method_name(by)));
    }
}
