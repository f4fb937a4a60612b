//! Reports made by hand, as small as a test needs them.

use gopeek_layout::rules::rules;
use gopeek_ui::render::runtime_stack::{self, Style};
use gopeek_ui::report::{
    Call, CodeFile, Creator, Goroutine, Machine, Path, Place, Report, Role, Site, Stack, Step,
    Taken, Target, Thread,
};
use gopeek_unwind::{End, Source};
use std::sync::Arc;

/// A report of one minor, without goroutines.
pub(crate) fn report(minor: u16) -> Report {
    Report {
        target: Target {
            pid: 1,
            name: String::new(),
            go_version: format!("go1.{minor}"),
            age: None,
            arch: "amd64",
            stripped: true,
            layout_from: String::new(),
            layout_exact: true,
            allgs_by: "code",
            files: vec![CodeFile {
                path: "/usr/bin/orders".to_owned(),
                start: 0x40_0000,
                limit: 0x50_0000,
                offset: 0,
                build_id: Some("c0ffee".to_owned()),
                go_build_id: Some("a/b/c/d".to_owned()),
            }],
        },
        rules: rules(minor),
        taken: Taken::default(),
        crash: None,
        goroutines: Vec::new(),
        threads: Vec::new(),
        gomaxprocs: None,
        process: None,
        health: None,
        now: 0,
        prints_labels: true,
        sites: Vec::new(),
        paths: vec![Path::default()],
        objects: Vec::new(),
        groups: Vec::new(),
        findings: Vec::new(),
        deep: false,
        changes: None,
        problems: Vec::new(),
    }
}

/// A goroutine that waits in a channel receive, with no frames and no creator.
pub(crate) fn goroutine(id: u64) -> Goroutine {
    Goroutine {
        id,
        addr: 0xc000,
        state: Arc::from("chan receive"),
        status: 4,
        leaked: false,
        scanned: false,
        durable: false,
        waited: None,
        m: 0,
        locked_m: 0,
        bubble: None,
        labels: Arc::from([]),
        system: false,
        moved: false,
        stack: Stack {
            path: 0,
            sp: 0xc000_1000,
            words: Box::from([]),
            end: End::Root,
            from: Some(Source::Scheduler),
            native: Vec::new(),
            gap: None,
        },
        created_by: None,
        ancestors: Vec::new(),
        wait: None,
        group: None,
        detail: None,
    }
}

/// A call of `function` at line 1 of main.go.
pub(crate) fn call(function: &str) -> Call {
    Call {
        function: Arc::from(function),
        file: Arc::from("main.go"),
        line: 1,
        start_line: 0,
        role: Role::Other,
    }
}

/// The `go` statement in `function`, executed by the goroutine `parent`.
pub(crate) fn creator(function: &str, parent: u64) -> Creator {
    let place = Place {
        call: call(function),
        function: call(function),
        offset: 0x20,
    };
    Creator {
        place: Arc::new(place),
        goroutine: parent,
    }
}

/// Appends a physical frame to a goroutine's stack, in which `calls` stand, innermost first.
pub(crate) fn push_frame(report: &mut Report, goroutine: &mut Goroutine, calls: &[&str]) {
    let site = u32::try_from(report.sites.len()).unwrap();
    let calls = calls.iter().map(|name| call(name)).collect();
    report.sites.push(Site {
        pc: 0x40_1010,
        trap: false,
        frame_size: 0x20,
        offset: 0x10,
        calls,
        args: Vec::new(),
    });
    let before = usize::try_from(goroutine.stack.path).unwrap();
    let mut path = report.paths[before].clone();
    path.steps.push(Step {
        site,
        above: 0,
        words: Some(0),
    });
    goroutine.stack.path = u32::try_from(report.paths.len()).unwrap();
    report.paths.push(path);
}

/// The text of a report.
pub(crate) fn text(report: &Report) -> String {
    let mut out = Vec::new();
    runtime_stack::write(&mut out, report, Style::default()).unwrap();
    String::from_utf8(out).unwrap()
}

/// The text of a report with one goroutine.
pub(crate) fn text_of(mut report: Report, goroutine: Goroutine) -> String {
    report.goroutines.push(goroutine);
    text(&report)
}

/// A thread without anything that is known of it.
pub(crate) fn thread(tid: i32) -> Thread {
    Thread {
        tid: Some(tid),
        activity: None,
        syscall: None,
        registers: None,
        m: None,
    }
}

/// An M that has nothing.
pub(crate) fn machine(id: u64, addr: u64) -> Machine {
    Machine {
        id,
        addr,
        p: None,
        running: 0,
        locked: 0,
        spinning: false,
        blocked: false,
        in_c: false,
        is_extra: false,
        c_calls: 0,
        duty: None,
        g0: None,
        gsignal: None,
    }
}
