//! Archives of all formats: each part is what its renderer prints.

use crate::json::everything::everything;
use crate::reports::report;
use gopeek_ui::bundle::write;
use gopeek_ui::render::pprof::Samples;
use gopeek_ui::render::report::{Paint, Style};
use gopeek_ui::render::{folded, json, pprof, report as hang, runtime_stack, threads};
use gopeek_ui::report::{Goroutine, Report};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};

const STYLE: Style = Style {
    paint: Paint(false),
    all: false,
};

/// The files of an archive by name; they are for their owner only.
pub(crate) fn unpack(archive: impl Read) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(archive);
    let mut files = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        assert_eq!(entry.header().mode().unwrap(), 0o600);
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        assert!(files.insert(name, bytes).is_none());
    }
    files
}

fn printed(print: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Vec<u8> {
    let mut out = Vec::new();
    print(&mut out).unwrap();
    out
}

/// What is to be in the archive of a report, with or without the runtime's own goroutines.
fn expected(report: &Report, runtime: bool) -> BTreeMap<&'static str, Vec<u8>> {
    let all: Vec<&Goroutine> = report.goroutines.iter().collect();
    let own: Vec<&Goroutine> = report.user_goroutines().collect();
    let some = if runtime { &all } else { &own };
    let stacks = runtime_stack::Style {
        runtime,
        addresses: false,
    };
    BTreeMap::from([
        (
            "dump.txt",
            printed(|to| runtime_stack::write(to, report, stacks)),
        ),
        ("folded.txt", printed(|to| folded::write(to, report, some))),
        (
            "goroutines.pprof",
            printed(|to| pprof::write(to, report, some, Samples::Aggregated)),
        ),
        ("report.json", printed(|to| json::write(to, report, &all))),
        ("report.txt", printed(|to| hang::write(to, report, STYLE))),
        (
            "threads.txt",
            printed(|to| threads::write(to, report, runtime)),
        ),
    ])
}

#[test]
fn each_part_is_what_its_renderer_prints() {
    for report in everything() {
        for runtime in [false, true] {
            let archive = printed(|to| write(to, &report, STYLE, runtime));
            let mut files = unpack(&archive[..]);
            let folder = format!("{}.{}", report.target.name, report.target.pid);
            for (name, text) in expected(&report, runtime) {
                let found = files.remove(&format!("{folder}/{name}"));
                assert_eq!(found, Some(text), "{name}");
            }
            assert!(files.is_empty(), "{:?}", files.keys());
        }
    }
}

#[test]
fn the_parts_lie_in_a_folder_whatever_the_process_calls_itself() {
    let mut report = report(26);
    for (name, folder) in [
        ("../../etc/cron.d/x", "______etc_cron_d_x.1"),
        ("", ".1"),
        ("ordérs ", "ord_rs_.1"),
    ] {
        report.target.name = name.to_owned();
        let files = unpack(&printed(|to| write(to, &report, STYLE, false))[..]);
        assert_eq!(files.len(), 6);
        for file in files.keys() {
            assert_eq!(file.split_once('/').unwrap().0, folder);
        }
    }
}
