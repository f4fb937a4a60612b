//! `--where`, `--on` and `--limit` over a saved core: what is left out is left out whole, and all else is as it was.

use super::folder::{Folder, folders};
use super::shelf;

/// The core with all of its memory: objects can be found in it.
const CORE: &str = "hang-gcore";

fn folder() -> Folder {
    let folders = folders(&shelf()).unwrap().into_iter();
    let mut whole = folders.filter(|path| path.join(format!("{CORE}.core.zst")).exists());
    Folder::unpack(&whole.next().unwrap()).unwrap()
}

fn said(folder: &Folder, arguments: &[&str]) -> String {
    let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
    String::from_utf8(folder.gopeek(&arguments, CORE).unwrap()).unwrap()
}

/// The blocks of a dump of which this holds, as a dump.
fn blocks(dump: &str, wanted: impl Fn(&str) -> bool) -> String {
    let blocks = dump.trim_end().split("\n\n");
    let blocks: Vec<&str> = blocks.filter(|block| wanted(block)).collect();
    assert!(!blocks.is_empty(), "the core has nothing of this");
    blocks.join("\n\n") + "\n"
}

#[test]
fn a_filter_leaves_the_blocks_of_those_that_match() {
    let folder = folder();
    let all = said(&folder, &[]);
    let chosen = |expr: &str| said(&folder, &["--where", expr]);
    let header = |block: &str, text: &str| block.lines().next().unwrap().contains(text);
    let wanted = [
        (
            "state=wait",
            blocks(&all, |block| !header(block, "[syscall")),
        ),
        (
            "state=syscall",
            blocks(&all, |block| header(block, "[syscall")),
        ),
        (
            "state=\"chan receive\" and not locked",
            blocks(&all, |block| header(block, "[chan receive]")),
        ),
        (
            "state~Mutex or locked",
            blocks(&all, |block| {
                header(block, "Mutex") || header(block, "locked")
            }),
        ),
        (
            "fn=main.(*ledger).record",
            blocks(&all, |block| block.contains("(*ledger).record(")),
        ),
        (
            "(*ledger).audit",
            blocks(&all, |block| block.contains("(*ledger).audit(")),
        ),
        (
            "file~/oracle\\.go$",
            blocks(&all, |block| block.contains("/oracle.go:")),
        ),
        (
            "created=main.readers and parent=1",
            blocks(&all, |block| block.contains("created by main.readers in")),
        ),
        (
            "id=5 or id=31",
            blocks(&all, |block| {
                header(block, "goroutine 5 ") || header(block, "goroutine 31 ")
            }),
        ),
    ];
    for (expr, wanted) in wanted {
        assert_eq!(chosen(expr), wanted, "{expr}");
    }
}

#[test]
fn who_touches_an_object_is_who_waits_for_it_and_who_may_hold_it() {
    let folder = folder();
    let all = said(&folder, &[]);
    let (_, mutex) = all.split_once("(*Mutex).lockSlow(").unwrap();
    let (mutex, _) = mutex.split_once(')').unwrap();
    let chosen = said(&folder, &["--on", mutex]);
    let waiter = format!("(*Mutex).lockSlow({mutex})");
    assert_eq!(
        blocks(&chosen, |block| block.contains(&waiter)),
        blocks(&all, |block| block.contains(&waiter))
    );
    assert!(chosen.contains("main.(*ledger).audit("), "{chosen}");
    assert!(!chosen.contains("[sleep]"), "{chosen}");
    let both = said(&folder, &["--on", mutex, "--where", "audit"]);
    assert_eq!(
        both,
        blocks(&all, |block| block.contains("(*ledger).audit("))
    );
}

#[test]
fn a_limit_leaves_the_first_ones_that_match() {
    let folder = folder();
    let all = said(&folder, &["--where", "state=\"chan receive\""]);
    let first: Vec<&str> = all.split("\n\n").take(2).collect();
    let limited = said(
        &folder,
        &["--where", "state=\"chan receive\"", "--limit", "2"],
    );
    assert_eq!(limited, first.join("\n\n") + "\n");
}

#[test]
fn json_names_only_goroutines_that_are_left() {
    let folder = folder();
    let text = said(&folder, &["--json", "--where", "state~Mutex"]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let list = |name: &str| json[name].as_array().unwrap().clone();
    let ids: Vec<u64> = list("goroutines")
        .iter()
        .map(|goroutine| goroutine["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, [5, 6, 7, 9, 19]);
    let objects = list("objects");
    assert!(!objects.is_empty());
    for goroutine in list("goroutines") {
        for case in goroutine["blocked_on"].as_array().into_iter().flatten() {
            let at = usize::try_from(case["object"].as_u64().unwrap()).unwrap();
            let waiters = objects[at]["waiters"].as_array().unwrap();
            assert!(
                waiters
                    .iter()
                    .any(|waiter| waiter["goroutine"] == goroutine["id"])
            );
        }
    }
    for waiter in objects
        .iter()
        .flat_map(|it| it["waiters"].as_array().unwrap())
    {
        assert!(ids.contains(&waiter["goroutine"].as_u64().unwrap()));
    }
}

#[test]
fn where_nothing_matches_nothing_is_printed() {
    let folder = folder();
    for format in ["stack", "compat", "sigquit", "report"] {
        let format = format!("--format={format}");
        assert_eq!(said(&folder, &[&format, "--where", "nobody.is.here"]), "");
    }
}
