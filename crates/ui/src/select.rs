//! Which process a name means.

use crate::error::InspectError;
use crate::find::is_go;
use gopeek_attach::core;
use gopeek_attach::foreign::Foreign;
use gopeek_attach::list::processes;
use gopeek_attach::process::Facts;
use gopeek_attach::time_limit::Patience;
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
    only(name, exact.collect())
        .unwrap_or_else(|| only(name, part.collect()).unwrap_or_else(|| Err(no_match(name))))
}

/// Why nothing is meant by `name`: no process is called so, and the file of that name, if there is one, is no core.
fn no_match(name: &str) -> InspectError {
    let path = Path::new(name);
    match core::why_not(path) {
        Some(source) => InspectError::Core {
            path: path.to_path_buf(),
            source,
        },
        None => InspectError::NoMatch {
            name: name.to_owned(),
        },
    }
}

/// The only one of `matches`, or the only one that is Go; nothing where there are none.
fn only(name: &str, matches: Vec<&Facts>) -> Option<Result<Pid, InspectError>> {
    let mut patience = Patience::default();
    let go: Vec<_> = matches
        .iter()
        .copied()
        .filter(|facts| {
            let pid = facts.pid;
            let look = move || Process::open(pid).is_ok_and(|it| is_go(&it));
            patience.ask(look).unwrap_or(false)
        })
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
        let path = folder.path().join("core.xz");
        let name = path.to_str().unwrap();
        assert!(matches!(no_match(name), InspectError::NoMatch { .. }));
        for (bytes, expected) in [
            (&b"\xfd7zXZ\0\0\0"[..], "packed by xz"),
            (b"\x1f\x8b\x08", "packed by gzip"),
            (b"PK\x03\x04", "packed by zip"),
            (b"hello", "not an ELF file"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let error = no_match(name);
            assert_eq!(error.code(), 8);
            let InspectError::Core { source, .. } = error else {
                panic!("{error}");
            };
            assert!(source.to_string().contains(expected), "{source}");
            assert!(!matches!(source, CoreError::System { .. }));
        }
        assert!(matches!(
            no_match("/dev/zero"),
            InspectError::NoMatch { .. }
        ));
    }
}
