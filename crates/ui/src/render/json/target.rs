//! What was looked at, and how, in JSON.

use super::SCHEMA;
use super::words::{Hex, ns};
use crate::report::{self, Late, NotStopped, Report};
use serde::Serialize;

/// `process`.
#[derive(Serialize)]
pub(super) struct Process<'r> {
    pid: i32,
    name: &'r str,
    go_version: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_ns: Option<u64>,
    arch: &'r str,
    stripped: bool,
    layout_from: &'r str,
    layout_exact: bool,
    allgs_by: &'r str,
    files: Vec<CodeFile<'r>>,
}

/// A file that Go code was loaded from.
#[derive(Serialize)]
struct CodeFile<'r> {
    path: &'r str,
    start: Hex,
    limit: Hex,
    offset: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    build_id: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    go_build_id: Option<&'r str>,
}

impl<'r> Process<'r> {
    pub(super) fn of(target: &'r report::Target) -> Process<'r> {
        Process {
            pid: target.pid,
            name: &target.name,
            go_version: &target.go_version,
            age_ns: target.age.map(ns),
            arch: target.arch,
            stripped: target.stripped,
            layout_from: &target.layout_from,
            layout_exact: target.layout_exact,
            allgs_by: target.allgs_by,
            files: target.files.iter().map(CodeFile::of).collect(),
        }
    }
}

impl<'r> CodeFile<'r> {
    fn of(file: &'r report::CodeFile) -> CodeFile<'r> {
        CodeFile {
            path: &file.path,
            start: Hex(file.start),
            limit: Hex(file.limit),
            offset: file.offset,
            build_id: file.build_id.as_deref(),
            go_build_id: file.go_build_id.as_deref(),
        }
    }
}

/// `taken`.
#[derive(Serialize)]
pub(super) struct Taken<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped_ns: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_stopped: Option<Unstopped<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    over: Option<Over>,
    took_ns: u64,
    threads_stopped: usize,
    threads_missed: usize,
    threads_asleep: usize,
    quality: Quality,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<From<'r>>,
}

/// A pause that was longer than asked for.
#[derive(Serialize)]
struct Over {
    by_ns: u64,
    why: &'static str,
}

/// Why a target was not stopped.
#[derive(Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
enum Unstopped<'r> {
    Asked,
    Traced { pid: i32, name: &'r str },
    Refused { cause: &'r str },
}

#[derive(Serialize)]
struct Quality {
    moved: usize,
    torn: usize,
    unreadable: usize,
    unconfirmed: usize,
}

/// The file that it is from.
#[derive(Serialize)]
struct From<'r> {
    path: String,
    has_clock: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text<'r>>,
}

/// The dump in a text that it is.
#[derive(Serialize)]
struct Text<'r> {
    dump: usize,
    dumps: usize,
    first_line: u64,
    last_line: u64,
    whole: bool,
    head: &'r [String],
}

impl<'r> Text<'r> {
    fn of(text: &'r report::TextDump) -> Text<'r> {
        Text {
            dump: text.number,
            dumps: text.dumps,
            first_line: text.lines.0,
            last_line: text.lines.1,
            whole: text.is_whole,
            head: &text.head,
        }
    }
}

impl<'r> Taken<'r> {
    pub(super) fn of(taken: &'r report::Taken) -> Taken<'r> {
        let not_stopped = taken.not_stopped.as_ref().map(|why| match why {
            NotStopped::Asked => Unstopped::Asked,
            NotStopped::Traced {
                tracer: (pid, name),
            } => Unstopped::Traced {
                pid: *pid,
                name: name.raw(),
            },
            NotStopped::Refused { cause } => Unstopped::Refused { cause },
        });
        let report::Quality {
            moved,
            torn,
            unreadable,
            unconfirmed,
        } = taken.quality;
        let at = taken.at.map(humantime::format_rfc3339_nanos);
        Taken {
            at: at.map(|at| at.to_string()),
            stopped_ns: taken.stopped_for.map(ns),
            not_stopped,
            over: taken.over.as_ref().map(|over| Over {
                by_ns: ns(over.by),
                why: match over.why {
                    Late::Threads => "threads",
                    Late::NoCpu => "no_cpu",
                },
            }),
            took_ns: ns(taken.took),
            threads_stopped: taken.threads_stopped,
            threads_missed: taken.threads_missed,
            threads_asleep: taken.threads_asleep,
            quality: Quality {
                moved,
                torn,
                unreadable,
                unconfirmed,
            },
            from: taken.from.as_ref().map(|saved| From {
                path: saved.path.display().to_string(),
                has_clock: saved.has_clock,
                text: saved.text.as_deref().map(Text::of),
            }),
        }
    }
}

/// All of the first line of NDJSON.
#[derive(Serialize)]
pub(super) struct Whole<'r> {
    schema: &'static str,
    gopeek: &'static str,
    process: Process<'r>,
    taken: Taken<'r>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gomaxprocs: Option<usize>,
}

impl<'r> Whole<'r> {
    pub(super) fn of(report: &'r Report) -> Whole<'r> {
        Whole {
            schema: SCHEMA,
            gopeek: env!("CARGO_PKG_VERSION"),
            process: Process::of(&report.target),
            taken: Taken::of(&report.taken),
            gomaxprocs: report.gomaxprocs,
        }
    }
}
