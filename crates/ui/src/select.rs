//! Which process a name means.

use crate::error::InspectError;
use crate::find::is_go;
use gopeek_attach::list::processes;
use gopeek_attach::process::Facts;
use gopeek_attach::{Pid, Process};
use std::path::Path;

/// The process that `name` means: a pid; or the only Go process of that name; or the only one with that in its
/// name.
///
/// # Errors
/// [`InspectError::NoMatch`], [`InspectError::Ambiguous`] with the list.
pub(crate) fn pid(name: &str) -> Result<Pid, InspectError> {
    if let Ok(pid) = name.parse() {
        return Ok(Pid::from_raw(pid));
    }
    let ourselves = std::process::id().cast_signed();
    let others: Vec<Facts> = processes()
        .into_iter()
        .filter(|facts| facts.pid.as_raw() != ourselves)
        .collect();
    let exact = others
        .iter()
        .filter(|facts| names(facts).any(|known| known == name));
    let part = others
        .iter()
        .filter(|facts| names(facts).any(|known| known.contains(name)));
    only(name, exact.collect()).unwrap_or_else(|| {
        only(name, part.collect()).unwrap_or_else(|| {
            Err(InspectError::NoMatch {
                name: name.to_owned(),
            })
        })
    })
}

/// The only one of `matches`, or the only one that is Go; nothing where there are none.
fn only(name: &str, matches: Vec<&Facts>) -> Option<Result<Pid, InspectError>> {
    let go: Vec<_> = matches
        .iter()
        .copied()
        .filter(|facts| Process::open(facts.pid).is_ok_and(|it| is_go(&it)))
        .collect();
    let matches = if go.is_empty() { matches } else { go };
    match matches.as_slice() {
        [] => None,
        [one] => Some(Ok(one.pid)),
        many => {
            let line = |facts: &&Facts| format!("  {:>7}  {}", facts.pid, command(facts));
            let list = many.iter().map(line).collect::<Vec<_>>().join("\n");
            Some(Err(InspectError::Ambiguous {
                name: name.to_owned(),
                list,
            }))
        }
    }
}

/// What a process may be called by: the kernel's name for it, and the file name of its command.
fn names(facts: &Facts) -> impl Iterator<Item = &str> {
    let program = facts
        .command
        .first()
        .and_then(|path| Path::new(path).file_name()?.to_str());
    std::iter::once(facts.name.as_str()).chain(program)
}

/// The command line, or the kernel's name where there is none.
#[must_use]
pub(crate) fn command(facts: &Facts) -> String {
    if facts.command.is_empty() {
        format!("[{}]", facts.name)
    } else {
        facts.command.join(" ")
    }
}
