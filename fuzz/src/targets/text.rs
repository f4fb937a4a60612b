//! Any bytes as a log with a text dump of goroutines.

use gopeek_ui::render::runtime_stack::{self, Style};
use gopeek_ui::report::Report;
use gopeek_ui::text::{TextAt, read};
use std::io::Cursor;

/// The tables of a diagnosis, and what JSON in JSON is copied into.
pub const MEMORY: usize = 32 << 20;

/// Reads a dump, writes it, and reads that again.
///
/// # Panics
/// When it finds something.
pub fn run(input: &[u8]) {
    let Some(report) = dump(input, None) else {
        return;
    };
    check(&report, input.len());
    let first = dump(input, Some(1)).expect("there is one");
    check(&first, input.len());
    let mut again = Vec::new();
    let style = Style {
        runtime: true,
        addresses: false,
    };
    runtime_stack::write(&mut again, &report, style).expect("a Vec takes all");
    let again = dump(&again, None).expect("what Go would print is a dump");
    assert!(!again.goroutines.is_empty());
}

fn dump(input: &[u8], dump: Option<usize>) -> Option<Report> {
    let at = TextAt {
        path: "log".into(),
        dump,
    };
    read(Cursor::new(input), &at, true)
        .expect("bytes can be read")
        .ok()
}

fn check(report: &Report, len: usize) {
    assert!(!report.goroutines.is_empty() && report.goroutines.len() * 10 < len);
    let frames = report
        .goroutines
        .iter()
        .map(|it| report.frames(&it.stack).count());
    assert!(frames.sum::<usize>() < len);
    let waiters = report.objects.iter().map(|object| object.waiters.len());
    assert!(waiters.sum::<usize>() <= report.goroutines.len());
}

/// Dumps of several releases, as they are and as logs have them.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let dump = "goroutine 1 [running]:\nmain.main()\n\t/src/main.go:9 +0x31\n\n\
                goroutine 7 gp=0xc0001 m=nil [sync.Mutex.Lock, 2 minutes, locked to thread] {a: \"b\"}:\n\
                sync.(*Mutex).lockSlow(0xc000012080)\n\t/go/mutex.go:149 +0x15a fp=0x20 sp=0x10 pc=0x40\n\
                sync.(*Mutex).Lock(...)\n\t/go/mutex.go:46\nmain.f({0x1?, _}, ...)\n\t/x.go:1 +0x1\n\
                ...12 frames elided...\ncreated by main.main in goroutine 1\n\t/src/main.go:7 +0x25\n\
                [originating from goroutine 1]:\nmain.g(...)\n\t/x.go:2 +0x2\n\n\
                goroutine 8 [running]:\n\tgoroutine running on other thread; stack unavailable\n";
    let prefixed = dump
        .lines()
        .map(|line| format!("t 1Z stderr F {line}\r\n"))
        .collect::<Vec<_>>()
        .concat();
    let quoted = dump.replace('\\', "\\\\").replace('"', "\\\"");
    let quoted = quoted.replace('\n', "\\n").replace('\t', "\\t");
    let texts = [
        dump.to_owned(),
        format!("panic: boom\n\n{dump}\nrax 0x1\n-----\n\n{dump}"),
        prefixed,
        format!("{{\"log\":\"{quoted}\"}}\n"),
        format!("level=error msg=\"{quoted}\"\n"),
        format!("x: {}\n", dump.replace('\n', "#012").replace('\t', "#011")),
        "goroutine profile: total 3\n1 @ 0x1\n".to_owned(),
    ];
    texts.into_iter().map(String::into_bytes).collect()
}
