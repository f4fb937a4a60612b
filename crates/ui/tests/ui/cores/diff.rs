//! `gopeek diff` of saved cores, and of what `--json` prints of them.

use super::folder::Folder;
use super::shelf;
use crate::json::complaints_of_diff;
use std::process::Output;

fn folder() -> Folder {
    Folder::unpack(&shelf().join("1.26/amd64")).unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let diff = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(complaints_of_diff(&diff), [""; 0], "{diff}");
    diff
}

#[test]
fn the_schema_holds_and_bars() {
    let folder = folder();
    let core = "hang.core.zst";
    let diff = json(&folder.end(&["diff", "--json", core, core]));
    for part in ["schema", "gopeek", "changes"] {
        let mut lacks = diff.clone();
        assert!(lacks.as_object_mut().unwrap().remove(part).is_some());
        assert!(!complaints_of_diff(&lacks).is_empty(), "without {part}");
    }
    let mut more = diff;
    more["changes"]["fates"]["lost"] = serde_json::json!(1);
    assert!(!complaints_of_diff(&more).is_empty());
}

#[test]
fn nothing_has_changed_between_a_core_and_its_own_json() {
    let folder = folder();
    for name in ["hang", "deep"] {
        let core = format!("{name}.core.zst");
        let saved = format!("{name}.json");
        let printed = folder.end(&["--json", "-o", &saved, &core]);
        assert_eq!(printed.status.code(), Some(0));
        for (a, b) in [(&core, &saved), (&saved, &core), (&core, &core)] {
            let diff = json(&folder.end(&["diff", "--json", a, b]));
            assert_eq!(diff["schema"], "gopeek-diff/1");
            let changes = &diff["changes"];
            let fates = &changes["fates"];
            for list in ["new", "gone"] {
                assert_eq!(fates[list].as_array().unwrap().len(), 0, "{diff}");
            }
            assert_eq!(changes["before"], changes["after"]);
            assert_eq!(changes["creators"].as_array().unwrap().len(), 0);
            // Only what was on a CPU counts as moved.
            let moved = fates["moved"].as_array().unwrap().len() as u64;
            let stayed = fates["stayed"].as_u64().unwrap();
            assert_eq!(Some(moved + stayed), changes["after"].as_u64());
            assert!(stayed > moved, "{diff}");
        }
    }
}

#[test]
fn of_two_processes_the_counts_are_compared() {
    let folder = folder();
    let (a, b) = ("hang.core.zst", "deep.core.zst");
    let diff = json(&folder.end(&["diff", "--json", a, b]));
    let changes = &diff["changes"];
    assert!(changes.get("fates").is_none(), "{diff}");
    assert!(
        !changes["creators"].as_array().unwrap().is_empty(),
        "{diff}"
    );
    let text = folder.end(&["diff", a, b]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.starts_with("CHANGES  2 samples"), "{text}");
    assert!(text.contains("of different processes"), "{text}");
}

#[test]
fn what_is_no_saved_look_and_several_looks_at_a_core_are_refused() {
    let folder = folder();
    let core = "hang.core.zst";
    let said = |ended: &Output| String::from_utf8_lossy(&ended.stderr).into_owned();
    let no_json = folder.end(&["diff", core, "shelf"]);
    assert_eq!(no_json.status.code(), Some(8), "{}", said(&no_json));
    assert!(said(&no_json).contains("shelf is an ELF program, not a core"));
    let missing = folder.end(&["diff", core, "nothing-here"]);
    assert_eq!(missing.status.code(), Some(1), "{}", said(&missing));
    let samples = folder.end(&["--json", "--samples=2", core]);
    assert_eq!(samples.status.code(), Some(2), "{}", said(&samples));
    assert!(said(&samples).contains("gopeek diff"));
}
