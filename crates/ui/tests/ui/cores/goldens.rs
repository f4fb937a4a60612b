//! The goldens beside a core: their extensions name what gopeek is asked for.

use super::folder::Folder;
use super::{momentary, truth};
use flate2::read::GzDecoder;
use std::fs;
use std::io::Read;

/// By extension, gopeek's arguments; the core's name comes last. NDJSON has none: it is held against JSON.
const RENDERERS: [(&str, &[&str]); 13] = [
    ("stack", &["--format=stack"]),
    ("runtime", &["--format=stack", "--runtime"]),
    ("sigquit", &["--format=sigquit"]),
    ("compat", &["--format=compat"]),
    ("threads", &["--threads"]),
    ("machine", &["--threads", "--runtime"]),
    // And the number of each of its goroutines.
    (DETAILS, &[]),
    ("info", &["info"]),
    ("report", &["--format=report"]),
    ("json", &["--format=json"]),
    ("gostackparse-json", &["--format=gostackparse-json"]),
    ("folded", &["--format=folded"]),
    (PROFILE, &["--format=pprof"]),
];

const DETAILS: &str = "details";
/// Profiles are kept as they are when they are unpacked.
const PROFILE: &str = "pprof";

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
    let there = fs::read(folder.text(core, extension)).map_err(|it| it.to_string())?;
    let said = |extension| said(folder, core, extension);
    match extension {
        truth::STACK => truth::stack(&text(there)?, &text(said("stack")?)?),
        truth::CRASH => same(&text(there)?, &text(said("sigquit")?)?),
        PROFILE if there == said(extension)? => Ok(()),
        PROFILE => Err("the profile is another".to_owned()),
        _ => same(&text(there)?, &text(said(extension)?)?),
    }
}

fn text(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// Writes what gopeek says of the cores; returns what kept it from that, and what is then still wrong.
pub(super) fn write(folder: &Folder) -> Vec<String> {
    for core in &folder.cores {
        for (extension, _) in RENDERERS {
            // What can't be had is told by the comparison.
            let said = said(folder, core, extension).unwrap_or_default();
            let _ = fs::write(folder.text(core, extension), said);
        }
    }
    compare(folder)
}

/// What gopeek says of a core, in the way that an extension names.
fn said(folder: &Folder, core: &str, extension: &str) -> Result<Vec<u8>, String> {
    let known = RENDERERS.iter().find(|(name, _)| *name == extension);
    let (_, arguments) = known.ok_or("its extension names no renderer")?;
    let mut arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
    if extension == DETAILS {
        let all = text(said(folder, core, "stack")?)?;
        let each = truth::numbers(&all).map(|number| format!("--goroutine={number}"));
        arguments.extend(each);
    }
    let said = folder.gopeek(&arguments, core)?;
    match extension {
        PROFILE => {
            let mut profile = Vec::new();
            let unpacked = GzDecoder::new(&said[..]).read_to_end(&mut profile);
            unpacked.map_err(|error| error.to_string())?;
            Ok(profile)
        }
        "report" | "json" => Ok(momentary::without(&text(said)?).into_bytes()),
        _ => Ok(said),
    }
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
