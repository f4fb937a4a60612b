//! The binary as a user runs it: exit codes, messages, files. No Go is needed for these.

use std::io::{Read, Write};
use std::process::{Child, Command, Output, Stdio};

fn gopeek(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gopeek"))
        .args(args)
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A process that is not Go, and lives until it is dropped.
struct Cat(Child);

impl Cat {
    /// One that runs: a process that has been made may still be about to become cat.
    fn new() -> Cat {
        let child = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut cat = Cat(child.unwrap());
        cat.0.stdin.as_mut().unwrap().write_all(b"!").unwrap();
        let mut answer = [0];
        cat.0
            .stdout
            .as_mut()
            .unwrap()
            .read_exact(&mut answer)
            .unwrap();
        cat
    }
}

impl Drop for Cat {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn help_documents_every_exit_code() {
    let help = String::from_utf8(gopeek(&["--help"]).stdout).unwrap();
    for code in 0..=12 {
        assert!(help.contains(&format!("\n{code:>3}  ")), "exit code {code}");
    }
}

#[test]
fn a_pid_that_nobody_has_is_exit_code_3_with_a_remedy() {
    for pid in ["0", "2147483647"] {
        let output = gopeek(&[pid]);
        assert_eq!(output.status.code(), Some(3), "pid {pid}");
        assert!(stderr(&output).contains("no process has the pid"));
        assert!(stderr(&output).contains("gopeek ps"));
    }
}

#[test]
fn a_name_that_nobody_has_is_exit_code_3() {
    let output = gopeek(&["no-process-has-this-name"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("no-process-has-this-name"));
}

#[test]
fn a_process_that_is_not_go_is_exit_code_5_and_lives_on() {
    let mut cat = Cat::new();
    for args in [&[][..], &["info"][..]] {
        let pid = cat.0.id().to_string();
        let output = gopeek(&[args, &[&pid]].concat());
        assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
        assert!(stderr(&output).contains("not a Go process"));
    }
    assert_eq!(cat.0.try_wait().unwrap(), None);
}

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    for args in [&["--nonsense"][..], &["-p", "abc"], &["1", "2"]] {
        assert_eq!(gopeek(args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn a_filter_that_means_nothing_is_exit_code_2_with_a_caret_under_the_place() {
    let output = gopeek(&["--where", "state=wait and wait=5m", "1"]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(said.contains("wait takes <, <=, > or >="), "{said}");
    assert!(
        said.contains("\n  state=wait and wait=5m\n                     ^"),
        "{said}"
    );
    for args in [["--on", "c000"], ["--limit", "few"]] {
        assert_eq!(gopeek(&args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn no_file_is_left_behind_when_there_is_nothing_to_write() {
    let cat = Cat::new();
    let folder = std::env::temp_dir().join(format!("gopeek-cli-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("dump.txt");
    let output = gopeek(&["-o", file.to_str().unwrap(), &cat.0.id().to_string()]);
    assert_eq!(output.status.code(), Some(5));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    std::fs::remove_dir(&folder).unwrap();
}

#[test]
fn an_output_that_cannot_be_made_is_exit_code_1() {
    let cat = Cat::new();
    let output = gopeek(&["-o", "/no/such/folder/dump.txt", &cat.0.id().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("/no/such/folder/dump.txt"));
}

#[test]
fn ps_lists_or_says_that_there_is_nothing() {
    let output = gopeek(&["ps"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(!output.stdout.is_empty());
}

#[test]
fn a_command_without_a_target_is_exit_code_2_with_a_remedy() {
    let commands: [&[&str]; 12] = [
        &[""],
        &[" "],
        &["--check"],
        &["--check", ""],
        &["--json", ""],
        &["--format=report", ""],
        &["-g", "1"],
        &["save"],
        &["save", ""],
        &["top", "--once", ""],
        &["info"],
        &["--samples", "2"],
    ];
    for command in commands {
        let output = gopeek(command);
        assert_eq!(output.status.code(), Some(2), "{command:?}");
        assert!(output.stdout.is_empty(), "{command:?}");
        assert!(stderr(&output).contains("no target was given"));
        assert!(stderr(&output).contains("gopeek ps"), "{command:?}");
    }
}

#[test]
fn gopeek_alone_lists() {
    let output = gopeek(&[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(!output.stdout.is_empty());
}

#[test]
fn a_profile_is_refused_on_a_terminal() {
    let me = std::process::id().to_string();
    // The other end of a terminal is one, too.
    let output = gopeek(&["--format=pprof", "-o", "/dev/ptmx", &me]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no text for a terminal"));
    assert!(stderr(&output).contains("-o FILE"));
}

#[test]
fn one_format_at_a_time() {
    let output = gopeek(&["--json", "--format=stack", "1"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn what_is_wrong_with_the_command_line_is_said_and_what_helps() {
    let ours = std::process::id().to_string();
    let cases: [(&[&str], &str); 9] = [
        (&["1", "2"], "one target at a time"),
        (&["report", "1", "2"], "one target at a time"),
        (&["dmup", &ours], "did you mean: gopeek dump PID"),
        (&["frobnicate", &ours], "see the commands: gopeek --help"),
        (&["save", "-"], "no target was given"),
        (
            &["threads", &ours, "-g", "1"],
            "gopeek threads lists threads",
        ),
        (
            &["--pause-limit", "50", &ours],
            "needs a unit, for example 50ms",
        ),
        (&["--time-limit", "0s", &ours], "longer than zero"),
        (
            &["top", "--interval", "1", &ours],
            "needs a unit, for example 1ms",
        ),
    ];
    for (args, expected) in cases {
        let output = gopeek(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(
            stderr(&output).contains(expected),
            "{args:?}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn a_name_means_only_go_processes() {
    let mut cat = Cat::new();
    let output = gopeek(&["cat"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("not Go") || stderr(&output).contains("none is Go"));
    assert!(cat.0.try_wait().unwrap().is_none());
}

#[test]
fn ps_has_json() {
    let output = gopeek(&["ps", "--json"]);
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(list["schema"], "gopeek-ps/1");
    assert!(list["processes"].is_array() && list["skipped"].is_array());
}

#[test]
fn the_version_tells_which_releases_of_go_are_read() {
    let version = String::from_utf8(gopeek(&["--version"]).stdout).unwrap();
    assert!(version.contains("go1.19.0 to go1."), "{version}");
    assert!(
        version.contains("commit: ") && version.contains("target: "),
        "{version}"
    );
}
