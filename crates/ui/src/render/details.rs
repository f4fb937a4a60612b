//! `-g ID`: a goroutine's block as a dump has it, and beneath it everything else that is known of it.

use super::quote::{Invalid, quoted};
use super::runtime_stack::{Style, Writer};
use super::taken;
use crate::error::InspectError;
use crate::report::{
    Call, Defer, Detail, Fault, FrameVariables, Goroutine, Panic, Place, Report, Stack,
};
use gopeek_unwind::Source;
use gopeek_unwind::locals::Role;
use std::io::{self, Write};

/// More creators of creators than this are a cycle.
const MAX_CREATORS: usize = 100;

/// The goroutines of these numbers, in the order in which they were asked for.
///
/// # Errors
/// [`InspectError::NoGoroutine`] for the first that there is none of.
pub fn select<'r>(report: &'r Report, ids: &[u64]) -> Result<Vec<&'r Goroutine>, InspectError> {
    let find = |id: &u64| {
        let found = report
            .goroutines
            .iter()
            .find(|goroutine| goroutine.id == *id);
        found.ok_or(InspectError::NoGoroutine { id: *id })
    };
    ids.iter().map(find).collect()
}

/// Writes goroutines with all that is known of them.
///
/// # Errors
/// What `out` answers.
pub fn write(
    out: &mut dyn Write,
    report: &Report,
    style: Style,
    goroutines: &[&Goroutine],
) -> io::Result<()> {
    let mut writer = Writer::new(report, style);
    for (index, goroutine) in goroutines.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        writer.goroutine(out, goroutine)?;
        if let Some(detail) = &goroutine.detail {
            writeln!(out)?;
            facts(out, report, goroutine, detail)?;
        }
    }
    Ok(())
}

fn fact(out: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(out, "  {name:<12} {value}")
}

fn facts(
    out: &mut dyn Write,
    report: &Report,
    goroutine: &Goroutine,
    detail: &Detail,
) -> io::Result<()> {
    let Detail {
        status_word,
        status,
        stack: (lo, hi),
        ..
    } = detail;
    fact(
        out,
        "g",
        &format!("{:#x}, status {status_word:#x} ({status})", goroutine.addr),
    )?;
    let waited = report.blocked_for(goroutine).map_or(
        "no garbage collection has seen it so".to_owned(),
        |waited| {
            let seconds = waited.as_secs();
            format!("for at least {seconds} s, since a garbage collection saw it")
        },
    );
    fact(out, "blocked", &waited)?;
    let size = hi.saturating_sub(*lo);
    let used = report.frames(&goroutine.stack).next();
    let used = used.map_or("?".to_owned(), |frame| {
        hi.saturating_sub(frame.sp).to_string()
    });
    fact(
        out,
        "stack",
        &format!("{lo:#x} to {hi:#x}, {used} of {size} bytes used"),
    )?;
    fact(out, "walked from", origin(&goroutine.stack))?;
    fact(out, "looked at", &taken::text(&report.taken))?;
    fact(out, "thread", &thread(report, goroutine.m))?;
    if goroutine.locked_m != 0 {
        fact(out, "locked to", &thread(report, goroutine.locked_m))?;
    }
    if let Some(bubble) = goroutine.bubble {
        fact(out, "synctest", &bubble.to_string())?;
    }
    for label in goroutine.labels.iter() {
        let text = |bytes: &[u8]| quoted(bytes, Invalid::Escaped);
        let label = format!("{}: {}", text(&label.key), text(&label.value));
        fact(out, "label", &label)?;
    }
    if let Some(started) = &detail.started {
        fact(out, "started with", &place(started))?;
    }
    creators(out, report, goroutine)?;
    if let Some(fault) = &detail.signal {
        fact(out, "fault", &signal(fault))?;
    }
    for panic in &detail.panics {
        fact(out, "panic", &panicking(panic))?;
    }
    for defer in &detail.defers {
        fact(out, "deferred", &deferred(defer))?;
    }
    detail
        .variables
        .iter()
        .try_for_each(|frame| variables(out, frame))
}

/// The variables of a frame, under the name of each function that stands in it.
fn variables(out: &mut dyn Write, frame: &FrameVariables) -> io::Result<()> {
    let scopes = frame.scopes.iter();
    for scope in scopes.filter(|scope| !scope.variables.is_empty()) {
        writeln!(out, "  frame {}: {}", frame.frame, scope.function)?;
        for variable in &scope.variables {
            let role = match variable.role {
                Role::Argument => "argument",
                Role::Result => "result",
                Role::Local => "local",
            };
            let (name, kind, value) = (&variable.name, &variable.type_name, &variable.value);
            writeln!(out, "    {role:<8} {name} {kind} = {value}")?;
        }
    }
    Ok(())
}

fn origin(stack: &Stack) -> &'static str {
    match stack.from {
        Some(Source::Scheduler) => "where the scheduler saved it",
        Some(Source::Syscall) => "where it entered a system call or C",
        Some(Source::Vdso) => "where it entered the vDSO",
        Some(Source::Registers | Source::OwnStack) => "its thread's registers",
        None => "nowhere: it runs, and its thread's registers are not known",
    }
}

fn thread(report: &Report, m: u64) -> String {
    let Some(thread) = report.thread_of(m) else {
        return "none".to_owned();
    };
    let m = thread.m.as_ref().map_or(0, |machine| machine.id);
    let p = thread.m.as_ref().and_then(|machine| machine.p);
    let p = p.map_or(String::new(), |p| format!(", p{p}"));
    let tid = thread
        .tid
        .map_or("no thread".to_owned(), |tid| format!("tid {tid}"));
    let call = thread.syscall.as_ref();
    let call = call.map_or(String::new(), |call| format!(", in {}", call.text));
    format!("{tid}, m{m}{p}{call}")
}

/// Who made it, and who made them, for as long as they live.
fn creators(out: &mut dyn Write, report: &Report, goroutine: &Goroutine) -> io::Result<()> {
    let mut made = goroutine;
    for _ in 0..MAX_CREATORS {
        // The runtime itself makes the first one, and names nobody.
        let Some(creator) = made.created_by.as_ref().filter(|_| made.id != 1) else {
            break;
        };
        let parent = report
            .goroutines
            .iter()
            .find(|other| other.id == creator.goroutine && creator.goroutine != 0);
        let by = match (creator.goroutine, parent) {
            (0, _) => String::new(),
            (id, Some(parent)) => format!(", in goroutine {id} [{}]", parent.state),
            (id, None) => format!(", in goroutine {id}, which has ended"),
        };
        fact(out, "created by", &format!("{}{by}", place(&creator.place)))?;
        match parent {
            Some(parent) => made = parent,
            None => break,
        }
    }
    Ok(())
}

fn place(place: &Place) -> String {
    located(&place.call)
}

fn located(call: &Call) -> String {
    format!("{} {}:{}", call.function, call.file, call.line)
}

fn signal(fault: &Fault) -> String {
    let at = fault.place.as_ref().map_or("?".to_owned(), place);
    let Fault {
        signal,
        code,
        address,
        ..
    } = fault;
    format!("signal {signal}, code {code:#x}, address {address:#x}, at {at}")
}

fn panicking(panic: &Panic) -> String {
    let recovered = if panic.recovered { ", recovered" } else { "" };
    match &panic.value {
        None => format!("runtime.Goexit{recovered}"),
        Some(value) => {
            let text = value.text.as_deref().unwrap_or("not readable");
            format!("{} {text}{recovered}", value.type_name)
        }
    }
}

fn deferred(defer: &Defer) -> String {
    let at = defer.place.as_ref();
    let at = at.map_or(String::new(), |at| {
        // A function that defers is not inlined itself, but what it is in the middle of may be.
        let (how, call) = if defer.exact {
            ("at", &at.call)
        } else {
            ("in", &at.function)
        };
        format!("  deferred {how} {}", located(call))
    });
    format!("{}{at}", defer.function)
}
