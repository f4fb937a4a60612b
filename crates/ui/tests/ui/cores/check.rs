//! `--check` over saved cores: each exit code, and what is printed besides.

use super::folder::Folder;
use super::shelf;

fn folder() -> Folder {
    Folder::unpack(&shelf().join("1.26/amd64")).unwrap()
}

/// The worst weight that gopeek's JSON has of a core, as the exit code that goes with it.
fn expected(folder: &Folder, core: &str) -> i32 {
    let json = folder.end(&["--json", core]);
    assert_eq!(json.status.code(), Some(0), "{core}");
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let is = |weight: &str| findings.iter().any(|finding| finding["weight"] == weight);
    match (is("stuck"), is("suspicious")) {
        (true, _) => 11,
        (_, true) => 10,
        _ => 0,
    }
}

#[test]
fn the_exit_code_of_a_check_is_that_of_the_worst_finding_in_every_format() {
    let folder = folder();
    let mut seen = std::collections::BTreeSet::new();
    for name in &folder.cores {
        let core = format!("{name}.core.zst");
        let worst = expected(&folder, &core);
        seen.insert(worst);
        for format in [
            "report", "stack", "sigquit", "json", "ndjson", "pprof", "folded",
        ] {
            let ended = folder.end(&["--check", &format!("--format={format}"), &core]);
            assert_eq!(ended.status.code(), Some(worst), "{core} as {format}");
            assert!(!ended.stdout.is_empty(), "{core} as {format}");
        }
    }
    assert!(seen.len() > 1, "all cores end alike: {seen:?}");
}

#[test]
fn away_from_a_terminal_a_check_prints_its_findings_and_nothing_else() {
    let folder = folder();
    for name in &folder.cores {
        let core = format!("{name}.core.zst");
        let json = folder.end(&["--json", &core]);
        let report: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        let line = |it: &serde_json::Value| {
            format!(
                "{}: {}\n",
                it["weight"].as_str().unwrap(),
                it["text"].as_str().unwrap()
            )
        };
        let lines: String = findings.map(line).collect();
        let ended = folder.end(&["--check", &core]);
        assert_eq!(String::from_utf8(ended.stdout).unwrap(), lines, "{core}");
        assert_eq!(String::from_utf8(ended.stderr).unwrap(), "", "{core}");
    }
}

#[test]
fn a_check_that_could_not_look_ends_with_the_code_of_its_failure() {
    let ended = folder().end(&["--check", "no-such-program"]);
    assert_eq!(ended.status.code(), Some(3));
}
