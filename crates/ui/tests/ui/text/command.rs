//! The command line of text dumps.

use crate::json;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn gopeek(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_gopeek"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It may refuse before it has read all.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What `--json` says of a text.
pub(super) fn json(file: &Path) -> Value {
    let output = gopeek(&["--json", file.to_str().unwrap()], b"");
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn hang(minor: &str, extension: &str) -> String {
    let path = super::shelf()
        .join(minor)
        .join("amd64/hang")
        .with_extension(extension);
    path.to_str().unwrap().to_owned()
}

#[test]
fn standard_input_is_read_and_what_text_cannot_tell_is_said() {
    let dump = fs::read(hang("1.27", "oracle")).unwrap();
    let output = gopeek(&["-", "--format=report"], &dump);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for words in [
        "text dump in standard input, lines 1 to ",
        "read 20 goroutines (those of the runtime are not in it)",
        "names no process, Go release or object's state",
        "whose address is not in the text",
        "3 goroutines wait for mutex 0x2a392358a078; who holds it does not show",
    ] {
        assert!(said.contains(words), "{words}:\n{said}");
    }
}

#[test]
fn json_is_as_the_schema_says() {
    for extension in ["oracle", "sigquit"] {
        let file = hang("1.26", extension);
        let said = gopeek(&["--json", &file], b"");
        assert_eq!(json::complaints(&text(&said.stdout)), Vec::<String>::new());
        let lines = gopeek(&["--format=ndjson", &file], b"");
        assert_eq!(
            json::complaints_of_lines(&text(&lines.stdout)),
            Vec::<String>::new()
        );
    }
}

#[test]
fn filters_go_by_goroutines_without_addresses() {
    let file = hang("1.27", "oracle");
    let output = gopeek(&["--on", "0x2a392358a078", "--format=folded", &file], b"");
    let said = text(&output.stdout);
    assert!(
        said.trim_end().ends_with(" 3") && said.lines().count() == 1,
        "{said}"
    );
    let output = gopeek(&["--check", "--format=folded", &file], b"");
    assert_eq!(output.status.code(), Some(10));
}

#[test]
fn a_file_that_is_no_dump_is_called_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let program = env!("CARGO_BIN_EXE_gopeek").to_owned();
    for (path, words) in [
        (file("a.xz", b"\xfd7zXZ\0\0\0"), "packed by xz"),
        (file("a.gz", b"\x1f\x8b\x08\0"), "packed by gzip"),
        (file("a.zip", b"PK\x03\x04"), "packed by zip"),
        (
            file("a.txt", b"no goroutine here\n"),
            "is text without a goroutine",
        ),
        (file("empty", b""), "is empty"),
        (
            file("debug1", b"goroutine profile: total 1\n1 @ 0x1\n"),
            "debug=1",
        ),
        (folder.path().to_str().unwrap().to_owned(), "is a folder"),
        (program, "is an ELF program, not a core"),
    ] {
        let output = gopeek(&[&path], b"");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(8), "{said}");
        assert!(said.contains(words) && said.contains(&path), "{said}");
    }
    let output = gopeek(&["-"], b"");
    assert!(text(&output.stderr).contains("is empty"));
}

#[test]
fn what_makes_no_sense_for_a_text_is_refused() {
    let file = hang("1.27", "oracle");
    for option in ["--threads", "--deep", "--native", "--format=sigquit"] {
        let output = gopeek(&[option, &file], b"");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(option), "{said}");
    }
    let output = gopeek(&["--dump", "2", &file], b"");
    assert_eq!(output.status.code(), Some(8));
    assert!(text(&output.stderr).contains("has no dump 2: it has 1"));
}

#[test]
fn two_dumps_are_compared_and_a_dump_with_a_core() {
    let dump = fs::read_to_string(hang("1.27", "stack")).unwrap();
    let later = dump
        .replace("goroutine 22 [chan send]", "goroutine 99 [chan send]")
        .replace("hang.go:96\n", "hang.go:97\n");
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("app.log");
    fs::write(&log, format!("{dump}\nlater\nSIGQUIT: quit\n\n{later}")).unwrap();
    let log = log.to_str().unwrap();
    let diff = |args: &[&str]| -> Value {
        let output = gopeek(&[&["diff", "--json"], args].concat(), b"");
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let of_log = diff(&[log, log, "--dump", "1", "--dump", "2"]);
    let fates = &of_log["changes"]["fates"];
    let counts = ["moved", "new", "gone"].map(|fate| fates[fate].clone());
    assert_eq!(
        counts.map(|it| it.to_string()),
        ["[23]", "[99]", "[22]"],
        "{fates}"
    );

    let core = diff(&[&hang("1.27", "json"), &hang("1.27", "stack")]);
    let fates = &core["changes"]["fates"];
    for fate in ["moved", "new", "gone"] {
        assert_eq!(fates[fate].to_string(), "[]", "{fate}: {fates}");
    }
}
