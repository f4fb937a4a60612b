//! The shelf of saved cores (testdata/cores): gopeek says of each what it said when the core was new.
//!
//! With `GOPEEK_BLESS=1` what gopeek says now is written, rather than compared: `cargo xtask bless`.

mod bundle;
mod check;
mod diff;
mod filters;
mod folder;
mod goldens;
mod lines;
mod momentary;
mod truth;

use crate::json;
use folder::{Folder, folders};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

fn shelf() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/cores")
}

#[test]
fn every_core_of_the_shelf_is_shown_as_it_was_when_it_was_new() {
    let look = if std::env::var_os("GOPEEK_BLESS").is_some() {
        goldens::write
    } else {
        goldens::compare
    };
    let complaints = look_at_all(&shelf(), look);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn what_is_said_of_every_core_in_json_is_as_the_schema_says() {
    let complaints = look_at_all(&shelf(), schema);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn what_is_said_of_every_core_in_lines_is_what_is_said_in_one_object() {
    let complaints = look_at_all(&shelf(), lines::compare);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What the schema does not allow of what gopeek says of a folder's cores.
fn schema(folder: &Folder) -> Vec<String> {
    let mut complaints = Vec::new();
    for core in &folder.cores {
        for (format, check) in [
            ("json", json::complaints as fn(&str) -> Vec<String>),
            ("ndjson", json::complaints_of_lines),
        ] {
            let said = folder.gopeek(&[format!("--format={format}")], core);
            let found = match said.map(String::from_utf8) {
                Ok(Ok(text)) => check(&text),
                Ok(Err(error)) => vec![error.to_string()],
                Err(why) => vec![why],
            };
            let name = format!("{}/{core}.{format}", folder.name());
            complaints.extend(found.iter().map(|what| format!("{name}: {what}")));
        }
    }
    complaints
}

/// All that is wrong with a shelf.
fn look_at_all(shelf: &Path, look: fn(&Folder) -> Vec<String>) -> Vec<String> {
    let folders = match folders(shelf) {
        Ok(folders) if folders.is_empty() => return vec!["the shelf is empty".to_owned()],
        Ok(folders) => Mutex::new(folders.into_iter()),
        Err(complaint) => return vec![complaint],
    };
    let complaints = Mutex::new(Vec::new());
    let next = || folders.lock().unwrap().next();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(path) = next() {
                    let found = Folder::unpack(&path).map_or_else(|why| vec![why], |it| look(&it));
                    complaints.lock().unwrap().extend(found);
                }
            });
        }
    });
    complaints.into_inner().unwrap()
}

/// A shelf of one folder, which holds what the shelf's first one does, changed.
fn changed(change: impl FnOnce(&Path)) -> Vec<String> {
    let first = folders(&shelf()).unwrap().remove(0);
    let copy = tempfile::tempdir().unwrap();
    let folder = copy.path().join("1.x/some");
    std::fs::create_dir_all(&folder).unwrap();
    for file in std::fs::read_dir(first).unwrap() {
        let file = file.unwrap();
        let name = file.file_name();
        // One scenario will do.
        if ["shelf", "hang"].contains(&name.to_str().unwrap().split('.').next().unwrap()) {
            std::fs::copy(file.path(), folder.join(name)).unwrap();
        }
    }
    change(&folder);
    look_at_all(copy.path(), goldens::compare)
}

#[test]
fn a_copy_is_as_good_wherever_it_lies() {
    assert_eq!(changed(|_| {}), Vec::<String>::new());
}

#[test]
fn a_golden_that_differs_is_told_with_the_line() {
    let complaints = changed(|folder| {
        let golden = folder.join("hang.stack");
        let text = std::fs::read_to_string(&golden).unwrap();
        let other = text.replacen("[sleep]", "[dream]", 1);
        std::fs::write(golden, other).unwrap();
    });
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(complaints[0].contains("hang.stack: line "));
    assert!(complaints[0].contains("[dream]") && complaints[0].contains("[sleep]"));
}

#[test]
fn what_go_itself_had_said_is_not_for_gopeek_to_change() {
    let complaints = changed(|folder| {
        let oracle = folder.join("hang.oracle");
        let text = std::fs::read_to_string(&oracle).unwrap();
        std::fs::write(oracle, text.replacen("[sleep]", "[dream]", 1)).unwrap();
    });
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(complaints[0].contains("hang.oracle: "));
}

#[test]
fn a_golden_of_no_renderer_and_one_of_no_core_are_told() {
    let complaints = changed(|folder| {
        std::fs::write(folder.join("hang.poem"), "").unwrap();
        std::fs::write(folder.join("hand.stack"), "").unwrap();
    });
    assert_eq!(complaints.len(), 2, "{complaints:?}");
}

#[test]
fn a_core_without_texts_and_a_folder_without_cores_are_told() {
    let without = |which: fn(&str) -> bool| {
        changed(|folder| {
            for file in std::fs::read_dir(folder).unwrap() {
                let file = file.unwrap();
                if which(file.file_name().to_str().unwrap()) {
                    std::fs::remove_file(file.path()).unwrap();
                }
            }
        })
    };
    let no_goldens = without(|name| !name.contains(".zst"));
    assert!(no_goldens[0].contains("no golden"), "{no_goldens:?}");
    assert!(no_goldens.last().unwrap().contains("what Go itself said"));
    let no_core = without(|name| name.contains(".core."));
    assert!(no_core[0].contains("no core"), "{no_core:?}");
    let nothing = tempfile::tempdir().unwrap();
    assert_eq!(look_at_all(nothing.path(), goldens::compare).len(), 1);
}
