//! What a core says without its program: the process, its threads, and which files are lacking.

use crate::error::InspectError;
use crate::info::Page;
use crate::saved::{CoreAt, Opened};
use crate::select::command;
use crate::threads;
use gopeek_attach::core::identity::{BuildIds, build_ids};
use gopeek_attach::core::{Core, FileMapping};
use gopeek_layout::Addr;
use gopeek_layout::buildinfo::BuildInfo;
use std::fmt::Write as _;

/// The whole text.
///
/// # Errors
/// [`InspectError::Core`].
pub(crate) fn describe(at: &CoreAt) -> Result<String, InspectError> {
    let opened = Opened::open(&at.path)?;
    let (core, facts) = (&opened.core, opened.facts());
    let mut page = Page::default();
    page.line("core", at.path.display().to_string());
    page.line("process", format!("{}  {}", facts.pid, command(&facts)));
    if let Some(signal) = core.signal.filter(|signal| signal.number != 0) {
        let address = signal.address.map(|at| format!(", address {at}"));
        page.line(
            "signal",
            format!("{}{}", signal.number, address.unwrap_or_default()),
        );
    }
    if let Some(program) = core.program() {
        let ids = core.memory.run_from(program.start);
        let ids = ids.map_or_else(BuildIds::new, |front| build_ids(front.bytes));
        let ids = ids
            .iter()
            .map(|(maker, id)| format!("  {maker} build id {id}"));
        let ids: String = ids.collect();
        page.line("program", format!("{}{ids}", program.path.display()));
        if let Some(build) = build_info(core, program) {
            page.line("Go", build.go.raw);
        }
    }
    for problem in &core.problems {
        page.line("problem", problem.to_string());
    }
    page.line("threads", core.threads.len().to_string());
    let parts = opened.note.as_ref().map(|note| &note.threads[..]);
    for thread in threads::of_core(core.arch, &core.threads, parts.unwrap_or_default()) {
        let mut text = String::new();
        if let Some(activity) = &thread.activity {
            let _ = write!(text, "{} ({})", activity.name, activity.state);
        }
        if let Some(registers) = &thread.registers {
            let _ = write!(text, "  at {}", place(core, registers.pc()));
        }
        if let Some(syscall) = &thread.syscall {
            let _ = write!(text, "  in {}", syscall.text);
        }
        page.line(&format!("thread {}", thread.tid), text.trim_start());
    }
    Ok(page.0)
}

/// What the program says of itself, where the core has that.
fn build_info(core: &Core, program: &FileMapping) -> Option<BuildInfo> {
    let own = core.mappings.iter().filter(|it| it.path == program.path);
    own.filter_map(|mapping| core.memory.run_from(mapping.start))
        .find_map(|run| BuildInfo::find_in(run.bytes))
}

/// An address, and where in which file that is.
fn place(core: &Core, at: Addr) -> String {
    let mut mappings = core.mappings.iter();
    let mapping = mappings.find(|mapping| (mapping.start..mapping.end).contains(&at));
    let offset = mapping.and_then(|it| it.offset.checked_add(at.offset_from(it.start)?));
    match mapping.zip(offset) {
        Some((mapping, offset)) => format!("{at}, {}+{offset:#x}", mapping.path.display()),
        None => at.to_string(),
    }
}
