//! `--format=sigquit`: what the target would print if SIGQUIT hit its main thread now, with everything of the runtime.
//!
//! The target itself can't show a goroutine that runs on another thread; this does. Of a crash, it is
//! what the target has printed.

use super::crash;
use super::runtime_stack::{Style, Writer, write_all};
use crate::report::{Goroutine, Machine, Report, Stack, SystemStack, Thread};
use gopeek_layout::registers::Registers;
use std::io::{self, Write};

/// The status of a g0 (`_Gidle`), which never changes.
pub(super) const G0_STATE: &str = "idle";

/// What it shows.
pub(super) const STYLE: Style = Style {
    runtime: true,
    addresses: true,
};

/// Writes the dump: the thread that is hit, its goroutines, all others, its registers.
///
/// # Errors
/// What `out` answers.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    if let Some(crashed) = &report.crash {
        return crash::write(out, report, crashed);
    }
    let mut writer = Writer::new(report, STYLE);
    let hit = Hit::find(report);
    hit.preamble(out)?;
    if let Some((machine, g0, stack)) = hit.on_g0() {
        writer.header().name(out, 0, g0.g, machine.addr)?;
        writeln!(out, " [{G0_STATE}]:")?;
        let frames: Vec<_> = report.frames(stack).collect();
        writer.stack(out, (&frames, stack.gap.as_deref()), true)?;
    }
    let current = hit.machine().map_or(0, |machine| machine.running);
    let current = report.goroutine_at(current);
    let others = report
        .goroutines
        .iter()
        .filter(|goroutine| current.is_none_or(|current| current.addr != goroutine.addr));
    let all: Vec<&Goroutine> = current.into_iter().chain(others).collect();
    if !all.is_empty() && hit.on_g0().is_some() {
        out.write_all(b"\n")?;
    }
    write_all(out, report, STYLE, &all)?;
    out.write_all(b"\n")?;
    hit.registers(out)
}

/// The thread that is hit: the kernel gives a signal for a process to its main thread, where that takes it.
struct Hit<'r>(Option<&'r Thread>);

impl<'r> Hit<'r> {
    fn find(report: &'r Report) -> Hit<'r> {
        let main = |thread: &&Thread| thread.tid == Some(report.target.pid);
        Hit(report.threads.iter().find(main))
    }

    fn machine(&self) -> Option<&'r Machine> {
        self.0?.m.as_ref()
    }

    /// Its g0 and what is on it, where it schedules or runs the runtime's code at this moment.
    fn on_g0(&self) -> Option<(&'r Machine, &'r SystemStack, &'r Stack)> {
        let machine = self.machine()?;
        // A goroutine in C is printed itself instead (`runtime.sighandler`).
        let in_c = machine.in_c && machine.running != 0;
        let g0 = machine.g0.as_ref().filter(|_| !in_c)?;
        Some((machine, g0, g0.stack.as_ref()?))
    }

    /// The registers that the handler would find.
    fn found(&self) -> Option<Registers> {
        let registers = self.0?.registers?;
        Some(registers.in_handler())
    }

    fn preamble(&self, out: &mut dyn Write) -> io::Result<()> {
        let pc = self.found().map_or(0, |registers| registers.pc().get());
        let m = self.machine().map_or(0, |machine| machine.id);
        writeln!(out, "SIGQUIT: quit\nPC={pc:#x} m={m} sigcode=0")?;
        if self
            .machine()
            .is_some_and(|machine| machine.in_c && machine.running != 0)
        {
            out.write_all(b"signal arrived during cgo execution\n")?;
        }
        out.write_all(b"\n")
    }

    fn registers(&self, out: &mut dyn Write) -> io::Result<()> {
        self.found().map_or(Ok(()), |found| registers(out, &found))
    }
}

/// Writes registers as Go does (`runtime.dumpregs`).
pub(super) fn registers(out: &mut dyn Write, registers: &Registers) -> io::Result<()> {
    let width = registers.name_width();
    for (name, value) in registers.named() {
        writeln!(out, "{name:<width$} {value:#x}")?;
    }
    Ok(())
}
