//! `gopeek FILE` of a text: the goroutines that Go prints at a SIGQUIT, a panic, by `runtime.Stack` and by `debug=2`.
//!
//! A line of a log is peeled (`layers`), read (`header`, `frame`), and joined with others (`parser`); `report` makes
//! of a dump what a look at a process comes to. Time is linear in the text, memory in the dump that is shown.

mod escapes;
mod frame;
mod header;
mod labels;
mod layers;
mod lines;
mod open;
mod pages;
mod parser;
mod prefix;
mod report;
#[cfg(test)]
mod tests;
mod what;

pub use what::What;

use crate::error::InspectError;
use crate::report::Report;
use layers::Layers;
use lines::Lines;
use parser::{Dump, Parser};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Name of standard input on a command line.
pub(crate) const STDIN: &str = "-";

/// A text, and what of it is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextAt {
    /// The file; `-` is standard input.
    pub path: PathBuf,
    /// Which of its dumps, counted from 1; by default the last whole one.
    pub dump: Option<usize>,
}

impl TextAt {
    /// The text at a path, of which the N-th dump is asked for.
    pub(crate) fn new(path: impl Into<PathBuf>, dump: Option<u32>) -> TextAt {
        TextAt {
            path: path.into(),
            dump: dump.map(|dump| usize::try_from(dump).unwrap_or(usize::MAX)),
        }
    }
}

/// What a text has besides the dump that is shown.
struct Told {
    /// Number of dumps, and of those that are whole.
    dumps: usize,
    whole: usize,
    /// Number of lines that were too long to be kept.
    shortened: u64,
}

/// Reads the dump at `at`; with `diagnosis`, what it says of the goroutines' waits, too.
///
/// # Errors
/// [`InspectError::NotADump`] of a file without one, [`InspectError::NoDump`] of one that has fewer than are asked for,
/// [`InspectError::Unread`] of one that can't be read.
pub fn inspect(at: &TextAt, diagnosis: bool) -> Result<Report, InspectError> {
    let unread = |source| InspectError::Unread {
        path: at.path.clone(),
        source,
    };
    let report = if at.path.as_os_str() == STDIN {
        read(io::stdin().lock(), at, diagnosis)
    } else {
        let file = File::open(&at.path).map_err(unread)?;
        let is_folder = file.metadata().is_ok_and(|it| it.is_dir());
        if is_folder {
            return Err(no_dump(at, What::Folder));
        }
        read(BufReader::new(file), at, diagnosis)
    };
    report.map_err(unread)?
}

/// Reads the dump in `from`; with `diagnosis`, what it says of the goroutines' waits, too.
///
/// # Errors
/// What `from` answers; within, why there is no dump.
pub fn read(
    mut from: impl BufRead,
    at: &TextAt,
    diagnosis: bool,
) -> io::Result<Result<Report, InspectError>> {
    let mut front = Vec::new();
    from.by_ref()
        .take(what::FRONT as u64)
        .read_to_end(&mut front)?;
    let what = What::of(&front);
    if let Some(what) = what.filter(|what| *what != What::Binary) {
        return Ok(Err(no_dump(at, what)));
    }
    let mut lines = Lines::new(BufReader::new(front.chain(from)));
    let (mut layers, mut parser) = (Layers::default(), Parser::new(at.dump));
    let mut rest = None;
    while let Some(line) = lines.next()? {
        let text = String::from_utf8_lossy(line.bytes);
        layers.peel(&text, &mut |text| parser.line(line.number, text));
        rest = (!line.is_ended).then(|| layers.without_prefix(&text).to_owned());
    }
    let found = parser.end(rest.as_deref());
    let told = Told {
        dumps: parser.dumps,
        whole: parser.whole,
        shortened: lines.shortened,
    };
    Ok(match (found, at.dump) {
        (Some(mut dump), _) => {
            clean(&mut dump, &layers);
            let mut report = report::report(dump, at, &told);
            if diagnosis {
                crate::diagnose::of_text(&mut report);
            }
            Ok(report)
        }
        (None, Some(wanted)) if told.dumps > 0 => Err(InspectError::NoDump {
            path: at.path.clone(),
            wanted,
            dumps: told.dumps,
        }),
        (None, _) if parser.is_profile => Err(no_dump(at, What::Profile)),
        (None, _) => Err(no_dump(at, what.unwrap_or(What::Text))),
    })
}

/// Takes the prefixes off the lines before a dump, of which its first header was the first to tell.
fn clean(dump: &mut Dump, layers: &Layers) {
    let lines = std::mem::take(&mut dump.head);
    let lines = lines
        .iter()
        .map(|line| layers.without_prefix(line).trim_end());
    dump.head = lines.map(str::to_owned).collect();
}

fn no_dump(at: &TextAt, what: What) -> InspectError {
    InspectError::NotADump {
        path: at.path.clone(),
        what,
    }
}

/// Whether `target` names a file that may be a text: it lies in a folder that is named, too, or is standard input.
pub(crate) fn is_named(target: &str) -> bool {
    target == STDIN || target.contains('/') && Path::new(target).exists()
}
