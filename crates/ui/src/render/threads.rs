//! `--threads`: a line for each thread, the kernel's view and the runtime's side by side.

use super::runtime_stack::{Style, Writer};
use super::taken;
use crate::report::{Machine, Report, Stack, Thread};
use crate::words::{plural, printable};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// What the table's columns are called.
pub(crate) const COLUMNS: [&str; 7] = [
    "TID",
    "STATE",
    "M",
    "P",
    "GOROUTINE",
    "DOING",
    "SYSTEM CALL",
];

/// Writes the table; with `stacks` also what is on each thread's scheduling and signal stack.
///
/// # Errors
/// What `out` answers.
pub fn write(out: &mut dyn Write, report: &Report, stacks: bool) -> io::Result<()> {
    summary(out, report)?;
    row(out, COLUMNS)?;
    for thread in &report.threads {
        line(out, report, thread)?;
        if stacks {
            system_stacks(out, report, thread)?;
        }
    }
    Ok(())
}

fn summary(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for thread in &report.threads {
        *kinds.entry(Doing::of(report, thread).kind()).or_default() += 1;
    }
    let kinds: Vec<String> = kinds
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    let procs = report
        .gomaxprocs
        .map_or("?".to_owned(), |count| count.to_string());
    let threads = report.threads.iter().filter(|thread| thread.tid.is_some());
    writeln!(
        out,
        "{}, GOMAXPROCS {procs}: {}",
        plural(threads.count(), "thread"),
        kinds.join(", ")
    )?;
    writeln!(out, "{}", taken::text(&report.taken))
}

fn row(out: &mut dyn Write, cells: [&str; 7]) -> io::Result<()> {
    let [tid, state, m, p, goroutine, doing, syscall] = cells;
    let line = format!("{tid:>8}  {state:<5}  {m:<5} {p:<4} {goroutine:<14} {doing:<22} {syscall}");
    writeln!(out, "{}", line.trim_end())
}

fn line(out: &mut dyn Write, report: &Report, thread: &Thread) -> io::Result<()> {
    let cells = cells(report, thread);
    let cells = cells.map(|cell| printable(&cell));
    row(out, cells.each_ref().map(String::as_str))
}

/// What a thread's row says: its number, state, M, P, goroutine, what it does, and its system call.
pub(crate) fn cells(report: &Report, thread: &Thread) -> [String; 7] {
    let tid = thread.tid.map_or("-".to_owned(), |tid| tid.to_string());
    let state = thread
        .activity
        .as_ref()
        .map_or("-".to_owned(), |activity| activity.state.to_string());
    let machine = thread.m.as_ref();
    let m = machine.map_or("-".to_owned(), |machine| format!("m{}", machine.id));
    let p = machine.and_then(|machine| machine.p);
    let p = p.map_or("-".to_owned(), |p| format!("p{p}"));
    let goroutine = machine.map_or("-".to_owned(), |machine| goroutine(report, machine));
    let doing = Doing::of(report, thread).to_string();
    [tid, state, m, p, goroutine, doing, in_kernel(thread)]
}

/// The goroutine that it runs, and the one that is locked to it.
fn goroutine(report: &Report, machine: &Machine) -> String {
    let id = |g: u64| report.goroutine_at(g).map(|goroutine| goroutine.id);
    match (id(machine.running), id(machine.locked)) {
        (Some(running), Some(locked)) if running == locked => format!("g{running} (locked)"),
        (Some(running), _) => format!("g{running}"),
        (None, Some(locked)) => format!("- (locked g{locked})"),
        (None, None) => "-".to_owned(),
    }
}

/// The system call, and where in the kernel, if that says more.
fn in_kernel(thread: &Thread) -> String {
    let call = thread.syscall.as_ref().map(|call| call.text.as_str());
    let channel = thread
        .activity
        .as_ref()
        .and_then(|activity| activity.wait_channel.as_deref());
    match (call, channel) {
        (Some(call), Some(channel)) => format!("{call}  [{channel}]"),
        (Some(call), None) => call.to_owned(),
        (None, Some(channel)) => format!("[{channel}]"),
        (None, None) => "-".to_owned(),
    }
}

/// What a thread is there for at this moment.
enum Doing<'r> {
    /// Not one of the runtime's.
    Foreign(&'r str),
    /// A duty of the runtime's that never ends: `sysmon`.
    Duty(&'r str),
    /// Nothing: parked until there is work.
    Idle,
    /// Waits in the network poller, with nothing else to do.
    Polling,
    /// Looks for work.
    Spinning,
    /// Runs a goroutine's Go code.
    Go,
    /// Runs the scheduler or the collector on its own stack.
    Runtime,
    /// Runs a goroutine that is in C.
    C,
    /// Runs a goroutine that is in a system call.
    Syscall,
    /// Waits for the goroutine that is locked to it.
    Locked,
    /// Kept for a thread that C may make.
    Spare,
}

/// Functions of the scheduler by which an idle thread is known.
const PARKED: [&str; 3] = ["runtime.mPark", "runtime.stopm", "runtime.stoplockedm"];
const POLLS: &str = "runtime.netpoll";

impl<'r> Doing<'r> {
    fn of(report: &'r Report, thread: &'r Thread) -> Doing<'r> {
        let Some(machine) = &thread.m else {
            let name = thread
                .activity
                .as_ref()
                .map(|activity| activity.name.as_str());
            return Doing::Foreign(name.unwrap_or("?"));
        };
        let on_g0 = machine.g0.as_ref().and_then(|g0| g0.stack.as_ref());
        let runs = |functions: &[&str]| {
            on_g0.is_some_and(|stack| calls(report, stack).any(|name| functions.contains(&name)))
        };
        let goroutine = report.goroutine_at(machine.running);
        let in_syscall = thread.syscall.is_some();
        // A function that a thread was started for and that is still on its stack never returns.
        if let Some(duty) = machine.duty.as_deref().filter(|duty| runs(&[duty])) {
            return Doing::Duty(duty.strip_prefix("runtime.").unwrap_or(duty));
        }
        if thread.tid.is_none() && machine.is_extra {
            return Doing::Spare;
        }
        match goroutine {
            Some(_) if machine.in_c => Doing::C,
            Some(_) if in_syscall && on_g0.is_none() => Doing::Syscall,
            Some(_) if on_g0.is_none() => Doing::Go,
            None if machine.locked != 0 => Doing::Locked,
            None if runs(&PARKED) => Doing::Idle,
            None if runs(&[POLLS]) => Doing::Polling,
            None if machine.spinning => Doing::Spinning,
            None if machine.blocked => Doing::Idle,
            _ => Doing::Runtime,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Doing::Foreign(_) => "of C",
            Doing::Duty(_) => "with a duty of the runtime's",
            Doing::Idle => "idle",
            Doing::Polling => "in the network poller",
            Doing::Spinning => "looking for work",
            Doing::Go => "running Go",
            Doing::Runtime => "in the runtime",
            Doing::C => "in C",
            Doing::Syscall => "in a system call",
            Doing::Locked => "waiting for its locked goroutine",
            Doing::Spare => "spare",
        }
    }
}

impl std::fmt::Display for Doing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Doing::Foreign(name) => write!(f, "C thread {name}"),
            Doing::Duty(duty) => f.write_str(duty),
            Doing::Locked => f.write_str("waits for its g"),
            other => f.write_str(other.kind()),
        }
    }
}

fn calls<'r>(report: &'r Report, stack: &'r Stack) -> impl Iterator<Item = &'r str> {
    let sites = report.frames(stack).map(|frame| frame.site);
    sites.flat_map(|site| site.calls.iter().map(|call| &*call.function))
}

fn system_stacks(out: &mut dyn Write, report: &Report, thread: &Thread) -> io::Result<()> {
    let Some(machine) = &thread.m else {
        return Ok(());
    };
    let style = Style {
        runtime: true,
        addresses: false,
    };
    for (name, stack) in [("g0", &machine.g0), ("gsignal", &machine.gsignal)] {
        let Some(stack) = stack.as_ref().and_then(|stack| stack.stack.as_ref()) else {
            continue;
        };
        writeln!(out, "{name}:")?;
        let frames: Vec<_> = report.frames(stack).collect();
        let gap = stack.gap.as_deref();
        Writer::new(report, style).stack(out, (&frames, gap), true)?;
        writeln!(out)?;
    }
    Ok(())
}
