//! Which process a name means.

use crate::error::InspectError;
use crate::find::{is_go, is_go_program};
use gopeek_attach::core;
use gopeek_attach::files::program_of;
use gopeek_attach::foreign::Foreign;
use gopeek_attach::list::processes;
use gopeek_attach::process::Facts;
use gopeek_attach::time_limit::Patience;
use gopeek_attach::{AttachError, Pid, Process};
use std::path::Path;

/// Finds the process that `name` means: a pid; or the only Go process of that name; or the only one with that in its name.
/// A process that is not Go is never meant by a name.
///
/// # Errors
/// [`InspectError::NoMatch`], [`InspectError::Ambiguous`] with the list.
pub(crate) fn pid(name: &str) -> Result<Pid, InspectError> {
    if let Ok(pid) = name.parse() {
        return Ok(Pid::from_raw(pid));
    }
    let ourselves = std::process::id().cast_signed();
    let all: Vec<Facts> = processes()
        .into_iter()
        .filter(|facts| facts.pid.as_raw() != ourselves)
        .collect();
    let exact = all
        .iter()
        .filter(|facts| names(facts).any(|known| known == name));
    let part = all
        .iter()
        .filter(|facts| names(facts).any(|known| known.contains(name)));
    let mut others = Vec::new();
    only(name, exact.collect(), &mut others)
        .or_else(|| only(name, part.collect(), &mut others))
        .unwrap_or_else(|| Err(no_match(name, others)))
}

/// Says why `name` means nothing: no Go process is called so, and the file of that name, if there is one, is no core.
fn no_match(name: &str, others: Vec<i32>) -> InspectError {
    let path = Path::new(name);
    match core::why_not(path) {
        Some(source) => InspectError::Core {
            path: path.to_path_buf(),
            source,
        },
        None => InspectError::NoMatch {
            name: name.to_owned(),
            others,
        },
    }
}

/// Returns the only Go process among `matches`, or the only one that may be Go because its program cannot be read; `None` if
/// there is none. Adds those that are not Go to `others`.
fn only(
    name: &str,
    matches: Vec<&Facts>,
    others: &mut Vec<i32>,
) -> Option<Result<Pid, InspectError>> {
    let mut patience = Patience::default();
    let (mut go, mut unknown) = (Vec::new(), Vec::new());
    for facts in matches {
        let pid = facts.pid;
        match patience.ask(move || runs_go(pid)).flatten() {
            Some(true) => go.push(facts),
            Some(false) if others.contains(&pid.as_raw()) => {}
            Some(false) => others.push(pid.as_raw()),
            None => unknown.push(facts),
        }
    }
    let matches = if go.is_empty() { unknown } else { go };
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

/// Returns whether a process runs Go; `None` if not even its program may be read.
fn runs_go(pid: Pid) -> Option<bool> {
    match Process::open(pid) {
        Ok(process) => Some(is_go(&process)),
        Err(AttachError::Denied { .. }) => {
            program_of(pid).ok().map(|program| is_go_program(&program))
        }
        Err(_) => Some(false),
    }
}

/// What a process may be called by: the kernel's name for it, and the file name of its command.
fn names(facts: &Facts) -> impl Iterator<Item = &str> {
    let program = facts
        .command
        .first()
        .and_then(|path| Path::new(path.raw()).file_name()?.to_str());
    std::iter::once(facts.name.raw()).chain(program)
}

/// The command line, or the kernel's name where there is none, fit for a terminal.
#[must_use]
pub(crate) fn command(facts: &Facts) -> String {
    if facts.command.is_empty() {
        return format!("[{}]", facts.name);
    }
    let words: Vec<String> = facts.command.iter().map(Foreign::to_string).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::no_match;
    use crate::error::InspectError;
    use gopeek_attach::core::CoreError;

    #[test]
    fn a_file_that_is_no_core_is_called_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("core.bz2");
        let name = path.to_str().unwrap();
        assert!(matches!(
            no_match(name, Vec::new()),
            InspectError::NoMatch { .. }
        ));
        for (bytes, expected) in [
            (&b"BZh91AY"[..], "packed by bzip2"),
            (b"PK\x03\x04", "packed by zip"),
            (b"hello", "not an ELF file"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let error = no_match(name, Vec::new());
            assert_eq!(error.code(), 8);
            let InspectError::Core { source, .. } = error else {
                panic!("{error}");
            };
            assert!(source.to_string().contains(expected), "{source}");
            assert!(!matches!(source, CoreError::System { .. }));
        }
        assert!(matches!(
            no_match("/dev/zero", Vec::new()),
            InspectError::NoMatch { .. }
        ));
    }
}
