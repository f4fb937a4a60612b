//! The goldens beside a core: their extensions name what gopeek is asked for.

use super::folder::Folder;
use super::truth;
use std::fs;

/// By extension, gopeek's arguments; the core's name comes last.
const RENDERERS: [(&str, &[&str]); 8] = [
    ("stack", &["--format=stack"]),
    ("runtime", &["--format=stack", "--runtime"]),
    ("sigquit", &["--format=sigquit"]),
    ("compat", &["--format=compat"]),
    ("threads", &["--threads"]),
    ("machine", &["--threads", "--runtime"]),
    // And the number of each of its goroutines.
    (DETAILS, &[]),
    ("info", &["info"]),
];

const DETAILS: &str = "details";

/// What is wrong with what gopeek says of the cores.
pub(super) fn compare(folder: &Folder) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut complain = |of: &str, what: &str| {
        complaints.push(format!("{}/{of}: {what}", folder.name()));
    };
    if folder.cores.is_empty() {
        complain("", "no core");
    }
    let texts = match folder.texts() {
        Ok(texts) => texts,
        Err(why) => return vec![why],
    };
    for core in &folder.cores {
        let has = |extension: &str| texts.contains(&(core.clone(), extension.to_owned()));
        for (extension, _) in RENDERERS {
            if !has(extension) {
                complain(&format!("{core}.{extension}"), "no golden");
            }
        }
        if !has(truth::STACK) && !has(truth::CRASH) {
            complain(core, "nothing of what Go itself said");
        }
    }
    for (core, extension) in &texts {
        let name = format!("{core}.{extension}");
        if !folder.cores.contains(core) {
            complain(&name, "there is no such core");
        } else if let Err(why) = compare_one(folder, core, extension) {
            complain(&name, &why);
        }
    }
    complaints
}

fn compare_one(folder: &Folder, core: &str, extension: &str) -> Result<(), String> {
    let there = fs::read_to_string(folder.text(core, extension)).map_err(|it| it.to_string())?;
    match extension {
        truth::STACK => truth::stack(&there, &said(folder, core, "stack")?),
        truth::CRASH => same(&there, &said(folder, core, "sigquit")?),
        _ => same(&there, &said(folder, core, extension)?),
    }
}

/// Writes what gopeek says of the cores; returns what kept it from that, and what is then still wrong.
pub(super) fn write(folder: &Folder) -> Vec<String> {
    for core in &folder.cores {
        for (extension, _) in RENDERERS {
            // What can't be had is told by the comparison.
            let text = said(folder, core, extension).unwrap_or_default();
            let _ = fs::write(folder.text(core, extension), text);
        }
    }
    compare(folder)
}

/// What gopeek says of a core, in the way that an extension names.
fn said(folder: &Folder, core: &str, extension: &str) -> Result<String, String> {
    let known = RENDERERS.iter().find(|(name, _)| *name == extension);
    let (_, arguments) = known.ok_or("its extension names no renderer")?;
    let mut arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
    if extension == DETAILS {
        let all = said(folder, core, "stack")?;
        let each = truth::numbers(&all).map(|number| format!("--goroutine={number}"));
        arguments.extend(each);
    }
    let text = folder.gopeek(&arguments, core)?;
    String::from_utf8(text).map_err(|error| error.to_string())
}

/// Whether two texts are the same; where not, the first line in which they differ.
pub(super) fn same(expected: &str, said: &str) -> Result<(), String> {
    if expected == said {
        return Ok(());
    }
    let (mut theirs, mut ours) = (expected.split('\n'), said.split('\n'));
    let mut line = 0;
    loop {
        line += 1;
        let (there, here) = (theirs.next(), ours.next());
        if there != here {
            let end =
                |line: Option<&str>| line.map_or("the end".to_owned(), |it| format!("{it:?}"));
            return Err(format!(
                "line {line} is\n  {}, was\n  {}",
                end(here),
                end(there)
            ));
        }
    }
}
