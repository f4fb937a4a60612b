//! Prints the C and Go frames of the goroutines of a process that are in C, thread by thread, for `cargo xtask native`.
//!
//! `cargo run --example native -- PID`: for each thread a line `thread TID`, then a line for each frame, innermost
//! first: `c`, `go` or `signal`, its pc, and the function's name, or `-`; behind each run of C frames a line `end`
//! that says why they end. It is **not for** users: `gopeek --native` shows the same of the same report.

use gopeek_attach::Pid;
use gopeek_ui::inspect::inspect;
use gopeek_ui::options::Options;
use gopeek_ui::report::{NativeSegment, Report, Stack};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let pid = std::env::args().nth(1).ok_or("usage: native PID")?;
    let options = Options {
        strict: true,
        native: true,
        ..Options::default()
    };
    let report = inspect(Pid::from_raw(pid.parse()?), &options)?;
    for thread in &report.threads {
        let (Some(tid), Some(m)) = (thread.tid, &thread.m) else {
            continue;
        };
        let goroutine = report.goroutine_at(m.running);
        let goroutine = goroutine.or_else(|| report.goroutine_at(m.locked));
        let Some(stack) = goroutine.map(|goroutine| &goroutine.stack) else {
            continue;
        };
        if !stack.native.is_empty() {
            println!("thread {tid}");
            print(&report, stack);
        }
    }
    Ok(())
}

fn print(report: &Report, stack: &Stack) {
    let sites: Vec<_> = report.frames(stack).map(|frame| frame.site).collect();
    for index in 0..=sites.len() {
        let here = stack.native.iter();
        here.filter(|segment| segment.before == index).for_each(c);
        let site = sites.get(index);
        for call in site.iter().flat_map(|site| &site.calls) {
            println!("go {:#x} {}", site.map_or(0, |site| site.pc), call.function);
        }
    }
}

fn c(segment: &NativeSegment) {
    for frame in &segment.frames {
        if frame.signal {
            println!("signal {:#x} -", frame.pc);
        }
        for call in &frame.calls {
            let name = call.function.as_deref().unwrap_or("-");
            println!("c {:#x} {name}", frame.pc);
        }
    }
    let end = segment.broken.as_deref().unwrap_or("whole");
    println!("end {end}");
}
