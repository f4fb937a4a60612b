//! `--format=json` and `--format=ndjson`: the whole report, for programs.
//!
//! What each property means is in `docs/json.md` and in the schema beside it, which a test holds against this. Views that
//! borrow from the report are written one by one: there is never a tree of it all.

mod changes;
mod crash;
mod detail;
mod finding;
mod goroutine;
mod health;
mod index;
mod object;
mod problem;
mod stack;
mod target;
mod thread;
mod words;

use super::side_by_side;
use crate::report::{Changes, Goroutine, Report};
use index::Index;
use serde::Serialize;
use std::io::{self, Write};

/// The version of what is written: a property that goes, or means something else, makes a new one.
pub const SCHEMA: &str = "gopeek/1";

/// Likewise, of what has changed between two looks.
pub const DIFF_SCHEMA: &str = "gopeek-diff/1";

/// Writes one JSON object, in which each item of a list has a line of its own.
///
/// # Errors
/// What `out` answers.
pub fn write(out: &mut dyn Write, report: &Report, shown: &[&Goroutine]) -> io::Result<()> {
    let index = Index::of(report);
    out.write_all(b"{")?;
    name(out, "schema")?;
    value(out, &SCHEMA)?;
    member(out, "gopeek", &env!("CARGO_PKG_VERSION"))?;
    member(out, "process", &target::Process::of(&report.target))?;
    member(out, "taken", &target::Taken::of(&report.taken))?;
    if let Some(count) = report.gomaxprocs {
        member(out, "gomaxprocs", &count)?;
    }
    if let Some(health) = health::Health::of(report) {
        member(out, "runtime", &health)?;
    }
    if let Some(crash) = &report.crash {
        member(out, "crash", &crash::Crash::of(&index, crash))?;
    }
    if let Some(changes) = &report.changes {
        member(out, "changes", &changes::Changes::of(changes))?;
    }
    list(out, "findings", &report.findings, |_, it| {
        finding::Finding::of(&index, it)
    })?;
    list(out, "groups", &report.groups, |_, it| {
        finding::Group::of(&index, it)
    })?;
    list(out, "objects", &report.objects, |at, it| {
        object::Object::of(&index, at, it)
    })?;
    list(out, "goroutines", shown, |_, it| {
        goroutine::Goroutine::of(&index, it)
    })?;
    list(out, "threads", &report.threads, |_, it| {
        thread::Thread::of(&index, it)
    })?;
    list(out, "problems", &report.problems, |_, it| {
        problem::Problem::of(it)
    })?;
    out.write_all(b"}\n")
}

/// Writes a JSON object on each line, which says by its `type` what it is.
///
/// # Errors
/// What `out` answers.
pub fn write_lines(out: &mut dyn Write, report: &Report, shown: &[&Goroutine]) -> io::Result<()> {
    let index = Index::of(report);
    let process = Line {
        kind: "process",
        item: target::Whole::of(report),
    };
    value(out, &process)?;
    out.write_all(b"\n")?;
    let health = health::Health::of(report);
    lines(out, "runtime", health.as_slice(), |_, it| it)?;
    lines(out, "crash", report.crash.as_slice(), |_, it| {
        crash::Crash::of(&index, it)
    })?;
    lines(out, "changes", report.changes.as_slice(), |_, it| {
        changes::Changes::of(it)
    })?;
    lines(out, "finding", &report.findings, |_, it| {
        finding::Finding::of(&index, it)
    })?;
    lines(out, "group", &report.groups, |_, it| {
        finding::Group::of(&index, it)
    })?;
    lines(out, "object", &report.objects, |at, it| {
        object::Object::of(&index, at, it)
    })?;
    lines(out, "goroutine", shown, |_, it| {
        goroutine::Goroutine::of(&index, it)
    })?;
    lines(out, "thread", &report.threads, |_, it| {
        thread::Thread::of(&index, it)
    })?;
    lines(out, "problem", &report.problems, |_, it| {
        problem::Problem::of(it)
    })
}

/// Writes what has changed, by itself, as one JSON object.
///
/// # Errors
/// What `out` answers.
pub fn write_changes(out: &mut dyn Write, changes: &Changes) -> io::Result<()> {
    out.write_all(b"{")?;
    name(out, "schema")?;
    value(out, &DIFF_SCHEMA)?;
    member(out, "gopeek", &env!("CARGO_PKG_VERSION"))?;
    member(out, "changes", &changes::Changes::of(changes))?;
    out.write_all(b"}\n")
}

/// A line of NDJSON.
#[derive(Serialize)]
struct Line<T> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    item: T,
}

fn value(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(out, value).map_err(io::Error::from)
}

fn name(out: &mut dyn Write, name: &str) -> io::Result<()> {
    write!(out, "\"{name}\":")
}

fn member(out: &mut dyn Write, named: &str, it: &impl Serialize) -> io::Result<()> {
    out.write_all(b",\n")?;
    name(out, named)?;
    value(out, it)
}

fn list<'r, I: Sync, V: Serialize>(
    out: &mut dyn Write,
    named: &str,
    items: &'r [I],
    view: impl Fn(usize, &'r I) -> V + Sync,
) -> io::Result<()> {
    out.write_all(b",\n")?;
    name(out, named)?;
    out.write_all(b"[")?;
    each(out, items, |out, at, item| {
        out.write_all(if at > 0 { b",\n" } else { b"\n" })?;
        value(out, &view(at, item))
    })?;
    out.write_all(b"]")
}

fn lines<'r, I: Sync, V: Serialize>(
    out: &mut dyn Write,
    kind: &'static str,
    items: &'r [I],
    view: impl Fn(usize, &'r I) -> V + Sync,
) -> io::Result<()> {
    each(out, items, |out, at, item| {
        let item = view(at, item);
        value(out, &Line { kind, item })?;
        out.write_all(b"\n")
    })
}

/// Renders items side by side.
fn each<'r, I: Sync>(
    out: &mut dyn Write,
    items: &'r [I],
    render: impl Fn(&mut dyn Write, usize, &'r I) -> io::Result<()> + Sync,
) -> io::Result<()> {
    let borrowed: Vec<&'r I> = items.iter().collect();
    side_by_side::write(
        out,
        &borrowed,
        || (),
        |(), out, at, item| render(out, at, item),
    )
}
