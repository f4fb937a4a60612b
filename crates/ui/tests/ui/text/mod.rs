//! Text dumps: what is read of a text that gopeek wrote of a core is what the core itself says.

mod command;
mod waits;

use gopeek_ui::render::runtime_stack::{self, Style};
use gopeek_ui::report::Report;
use gopeek_ui::text::{TextAt, read};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

fn shelf() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/cores")
}

/// The files of the shelf with this extension.
fn files(extension: &str) -> Vec<PathBuf> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let minors = entries(&shelf()).into_iter().filter(|it| it.is_dir());
    let folders = minors.flat_map(|minor| entries(&minor));
    let all = folders.flat_map(|folder| entries(&folder));
    let files: Vec<PathBuf> = all
        .filter(|it| it.extension().is_some_and(|it| it == extension))
        .collect();
    assert!(files.len() > 18, "{extension}: {}", files.len());
    files
}

fn parsed(text: &[u8]) -> Report {
    let at = TextAt {
        path: "dump.txt".into(),
        dump: None,
    };
    read(Cursor::new(text), &at, false).unwrap().unwrap()
}

fn written(report: &Report, runtime: bool) -> Vec<u8> {
    let style = Style {
        runtime,
        addresses: false,
    };
    let mut out = Vec::new();
    runtime_stack::write(&mut out, report, style).unwrap();
    out
}

#[test]
fn a_dump_that_is_read_is_written_as_it_was() {
    for (extension, runtime) in [("stack", false), ("oracle", false), ("runtime", true)] {
        for file in files(extension) {
            let text = fs::read(&file).unwrap();
            let again = written(&parsed(&text), runtime);
            assert!(again == text, "{}", file.display());
        }
    }
}

/// A goroutine as it is compared: what a text and a core both say of it.
#[derive(PartialEq, Eq, Debug)]
struct Seen {
    state: String,
    minutes: u64,
    locked: bool,
    bubble: Option<u64>,
    created_by: Option<(String, u64)>,
    parent: Option<u64>,
    /// Of each frame the function, the line, the arguments.
    frames: Vec<(String, u64, Option<String>)>,
}

/// The goroutines of a document, in which all frames are or only those that a plain dump shows.
fn seen(document: &Value, everything: bool) -> BTreeMap<u64, Seen> {
    let goroutines = document["goroutines"].as_array().unwrap().iter();
    let shown = goroutines.filter(|it| everything || it["system"] == false);
    shown
        .map(|it| (it["id"].as_u64().unwrap(), of(it, document)))
        .collect()
}

fn of(it: &Value, document: &Value) -> Seen {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let version = document["process"]["go_version"].as_str().unwrap();
    // Before 1.21 a text does not tell who has made a goroutine.
    let names_parent = !["go1.19", "go1.20"]
        .iter()
        .any(|old| version.starts_with(old));
    let frames = it["frames"].as_array().unwrap().iter();
    Seen {
        state: text(&it["state"]),
        minutes: it["wait_ns_min"].as_u64().unwrap_or(0) / 60_000_000_000,
        locked: it["locked"] == true,
        bubble: it["bubble"].as_u64(),
        created_by: it["created_by"]
            .as_object()
            .map(|by| (text(&by["func"]), by["line"].as_u64().unwrap())),
        parent: it["parent"].as_u64().filter(|_| names_parent),
        frames: frames
            .map(|frame| {
                let args = frame["args"].as_str().map(str::to_owned);
                (
                    plain(frame["func"].as_str().unwrap()),
                    frame["line"].as_u64().unwrap(),
                    args,
                )
            })
            .collect(),
    }
}

/// A function's name without type arguments.
fn plain(name: &str) -> String {
    match name.split_once('[').zip(name.rsplit_once(']')) {
        Some(((before, _), (_, after))) => format!("{before}[...]{after}"),
        None => name.to_owned(),
    }
}

fn document(report: &Report) -> Value {
    let mut out = Vec::new();
    let all: Vec<_> = report.goroutines.iter().collect();
    gopeek_ui::render::json::write(&mut out, report, &all).unwrap();
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn the_dump_of_a_core_has_the_goroutines_of_the_core() {
    let mut compared = 0;
    for file in files("sigquit") {
        // Of a stack of hundreds a text has a hundred; of the one that a panic began in not all.
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("hang") {
            continue;
        }
        let core = fs::read(file.with_extension("json")).unwrap();
        let core: Value = serde_json::from_slice(&core).unwrap();
        let text = document(&parsed(&fs::read(&file).unwrap()));
        let (mut of_core, mut of_text) = (seen(&core, true), seen(&text, true));
        for (id, theirs) in &mut of_core {
            let ours = of_text.remove(id).unwrap();
            // The runtime's own are not shown with who made them, if the runtime itself did so before `main`.
            if let Some(made) = &ours.created_by {
                assert_eq!(theirs.created_by.as_ref(), Some(made));
            } else {
                theirs.created_by = None;
                theirs.parent = None;
            }
            if ours.parent.is_none() {
                theirs.parent = None;
            }
            assert_eq!(&ours, theirs, "{}: goroutine {id}", file.display());
            compared += 1;
        }
        assert!(
            of_text.is_empty(),
            "{}: {:?}",
            file.display(),
            of_text.keys()
        );
    }
    assert!(compared > 300, "{compared}");
}

/// The groups of a document, as sets of goroutines.
fn groups(document: &Value, without: u64) -> BTreeSet<Vec<u64>> {
    let groups = document["groups"].as_array().unwrap().iter();
    let ids = groups.map(|group| {
        let list = group["goroutines"].as_array().unwrap().iter();
        let mut ids: Vec<u64> = list.map(|id| id.as_u64().unwrap()).collect();
        ids.retain(|id| *id != without);
        ids.sort_unstable();
        ids
    });
    ids.filter(|ids| !ids.is_empty()).collect()
}

#[test]
fn the_dump_of_a_core_has_the_groups_of_the_core() {
    let mut compared = 0;
    for file in files("stack") {
        let core = fs::read(file.with_extension("json")).unwrap();
        let core: Value = serde_json::from_slice(&core).unwrap();
        let text = command::json(&file);
        // Of that one a dump shows less than a core: what the runtime did to end the process is left out.
        let crashed = core["crash"]["goroutine"].as_u64().unwrap_or(0);
        assert_eq!(
            groups(&text, crashed),
            groups(&core, crashed),
            "{}",
            file.display()
        );
        compared += 1;
    }
    assert!(compared >= 72, "{compared}");
}
