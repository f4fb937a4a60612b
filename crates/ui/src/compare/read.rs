//! Reads back from gopeek's own JSON what is compared.

use super::picture::{At, Detail, Picture, Print, RUNNING, Seen, Statements};
use crate::render::json::SCHEMA;
use crate::report::Statement;
use serde::Deserialize;
use std::time::Duration;
use thiserror::Error;

/// Why a file is not one that can be compared.
#[derive(Debug, Error)]
pub enum ReadError {
    /// No JSON, or another's.
    #[error("neither a core, nor a text dump, nor what gopeek --json prints")]
    Json(#[from] serde_json::Error),
    /// Of a gopeek that writes another schema.
    #[error("its schema is {found:?}; this gopeek reads {SCHEMA:?}")]
    Schema {
        /// What it says.
        found: String,
    },
}

#[derive(Deserialize)]
struct Named {
    schema: String,
}

#[derive(Deserialize)]
struct Whole {
    process: Process,
    taken: Taken,
    goroutines: Vec<Goroutine>,
}

#[derive(Deserialize)]
struct Process {
    pid: i32,
    name: String,
}

#[derive(Deserialize)]
struct Taken {
    at: Option<String>,
}

#[derive(Deserialize)]
struct Goroutine {
    id: u64,
    state: String,
    wait_ns_min: Option<u64>,
    system: bool,
    moved: bool,
    created_by: Option<Place>,
    frames: Vec<Frame>,
}

#[derive(Deserialize)]
struct Place {
    func: String,
    file: String,
    line: u32,
}

#[derive(Deserialize)]
struct Frame {
    func: String,
    file: String,
    line: u32,
    pc: String,
    sp: String,
    args: Option<String>,
}

/// The picture of a look that was saved by `--json`.
///
/// # Errors
/// [`ReadError`].
pub(crate) fn picture_of(json: &[u8], detail: Detail) -> Result<Picture, ReadError> {
    // First of all the schema: another's properties need not be there.
    let named: Named = serde_json::from_slice(json)?;
    if named.schema != SCHEMA {
        return Err(ReadError::Schema {
            found: named.schema,
        });
    }
    let whole: Whole = serde_json::from_slice(json)?;
    let mut statements = Statements::default();
    let users = whole.goroutines.into_iter().filter(|it| !it.system);
    let at = whole.taken.at.as_deref();
    Ok(Picture {
        // A text dump names no process.
        process: Some((whole.process.pid, whole.process.name))
            .filter(|(pid, name)| *pid != 0 || !name.is_empty()),
        at: at.and_then(|at| humantime::parse_rfc3339(at).ok()),
        goroutines: users
            .map(|it| (it.id, seen(it, detail, &mut statements)))
            .collect(),
    })
}

fn seen(goroutine: Goroutine, detail: Detail, statements: &mut Statements) -> Seen {
    let made = goroutine.created_by.as_ref().map(|by| At {
        function: &by.func,
        file: &by.file,
        line: by.line,
    });
    let mut print = Print::of(&goroutine.state, made, detail);
    for frame in &goroutine.frames {
        let at = At {
            function: &frame.func,
            file: &frame.file,
            line: frame.line,
        };
        let is_told = print.call(word(&frame.pc), word(&frame.sp), at);
        if let Some(args) = frame.args.as_ref().filter(|_| is_told) {
            print.arguments(args.as_bytes());
        }
    }
    let functions = goroutine.frames.into_iter().rev();
    Seen {
        print: print.end(),
        restless: goroutine.moved,
        waited: detail.waited(goroutine.wait_ns_min.map(Duration::from_nanos)),
        creator: goroutine.created_by.map(|it| {
            statements.one(Statement {
                function: detail.function(&it.func),
                file: it.file.into(),
                line: it.line,
            })
        }),
        running: (goroutine.state == RUNNING).then(|| functions.map(|it| it.func.into()).collect()),
    }
}

/// A word as gopeek writes it; what is none is like no other word that matters here.
fn word(hex: &str) -> u64 {
    let digits = hex.strip_prefix("0x").unwrap_or(hex);
    u64::from_str_radix(digits, 16).unwrap_or_default()
}
