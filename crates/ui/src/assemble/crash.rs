//! What a process died of, from its core: which thread, which signal, and what Go was doing about it.
//!
//! A crash of Go under GOTRACEBACK=crash ends in a SIGABRT that it sends itself, whatever began it. What began it is told
//! by the stack of the thread: a signal that a handler of Go is at (`sighandler`), or a function that ends the process for
//! a panic (`fatalpanic`) or an error of the runtime (`fatalthrow`).

use super::begun::{Begun, Died};
use super::{Assembly, Bytes, Look, Scene};
use crate::crash_text;
use crate::report::crash::ENDS;
use crate::report::{Cause, Crash, Fault, Stack};
use crate::signals::{DEADLY, name};
use gopeek_layout::goroutine::{Goroutine as Decoded, Goroutines, Signal};
use gopeek_layout::mem::Layered;
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::panicking::{self, Target};
use gopeek_layout::registers::Registers;
use gopeek_layout::sched::M;
use gopeek_layout::siginfo::SignalInfo;
use gopeek_layout::{Addr, Memory};
use gopeek_unwind::Start;

/// What the process died of; nothing where nothing says that it has died.
#[must_use]
pub(crate) fn crash<'a, 'd>(
    scene: Scene<'a, 'd>,
    look: Look<'a, 'd, '_>,
    died: Died,
    printed: Option<Vec<u8>>,
) -> Option<Crash> {
    if !DEADLY.contains(&died.killed_by()) {
        return None;
    }
    let memory = &look.captured.snapshot;
    let mut assembly = Assembly::of(scene, look);
    let known = Layered {
        over: memory,
        under: ReadOnly(&scene.found.modules),
    };
    let bytes = Bytes {
        stacks: memory,
        rest: &known,
    };
    let begun = assembly.begun(died, bytes);
    Some(match begun {
        Some(Begun::Signal { m, signal, at }) => assembly.by_signal(&m, signal, &at, bytes, died),
        Some(Begun::End { m, at }) => assembly.by_runtime(&m, &at, bytes, died, printed),
        None => nobodys(died),
    })
}

/// A crash that Go took no part in.
fn nobodys(died: Died) -> Crash {
    let killed_by = died.killed_by();
    let cause = Cause::Killed {
        number: killed_by,
        code: died.signal.code,
        address: died.signal.address.map(Addr::get),
    };
    Crash {
        head: name(killed_by),
        cause,
        fault: None,
        tid: died.tid,
        m: 0,
        goroutine: 0,
        system: None,
        printed: None,
        in_c: false,
        registers: None,
        killed_by,
    }
}

impl Assembly<'_, '_, '_> {
    fn by_signal(
        &mut self,
        m: &M,
        signal: SignalInfo,
        at: &Registers,
        bytes: Bytes<'_>,
        died: Died,
    ) -> Crash {
        let in_goroutine = self.is_in_goroutine(m, at, bytes.rest);
        let in_c = m.in_c && !in_goroutine && !m.curg.is_null();
        let system = (!in_goroutine && !in_c).then(|| self.own_stack(at, bytes));
        let rules = self.scene.found.layout.rules;
        let head = crash_text::of_signal(rules, signal, at.pc(), m.id, in_c, bytes.rest);
        Crash {
            cause: Cause::Signal(signal),
            head,
            tid: tid(m),
            m: m.addr.get(),
            goroutine: m.curg.get(),
            system,
            in_c,
            registers: Some(*at),
            ..nobodys(died)
        }
    }

    /// A panic, or an error of the runtime; or neither, as when C has killed the process with Go's handler out of the way.
    fn by_runtime(
        &mut self,
        m: &M,
        at: &Registers,
        bytes: Bytes<'_>,
        died: Died,
        printed: Option<Vec<u8>>,
    ) -> Crash {
        let in_goroutine = self.is_in_goroutine(m, at, bytes.rest);
        let start = Start::on_own_stack(at);
        let names = self.names(start, bytes);
        // On the thread's own stack there is either the whole of it, or what systemstack has run for a goroutine.
        let whole = names.iter().any(|name| ENDS.contains(&name.as_str()));
        let system = (!in_goroutine && whole).then(|| self.own_stack(at, bytes));
        let of = match (&system, m.g0) {
            (Some(_), Some(g0)) => g0.addr,
            _ => m.curg,
        };
        let fault = self.decoded(of, bytes.rest).map(|it| it.signal);
        let fault = fault.filter(|signal| signal.number != 0);
        let told = self.told(&names, of, bytes.rest, printed);
        let Some((cause, mut head)) = told else {
            return self.by_nobody(m, at, bytes, died);
        };
        if let Some(signal) = fault {
            head += &crash_text::of_fault(signal);
        }
        Crash {
            cause,
            head,
            fault: fault.map(|signal| self.fault(signal)),
            tid: tid(m),
            m: m.addr.get(),
            goroutine: m.curg.get(),
            system,
            registers: Some(*at),
            ..nobodys(died)
        }
    }

    /// Neither. On a thread that C made, Go's handler gives the signal on to the kernel (`raisebadsignal`).
    fn by_nobody(&mut self, m: &M, at: &Registers, bytes: Bytes<'_>, died: Died) -> Crash {
        let handler = self.walker.handler_on_own_stack(bytes.stacks, at);
        let arch = self.scene.found.arch;
        let signal = handler.and_then(|it| SignalInfo::of_handler(bytes.stacks, arch, it.frame));
        let crash = Crash {
            tid: tid(m),
            registers: Some(handler.map_or(*at, |handler| handler.interrupted)),
            ..nobodys(died)
        };
        // The M was lent to the thread for the handler alone.
        if signal.is_some_and(|signal| signal.number == died.killed_by()) {
            let cause = signal.map(|signal| Cause::Killed {
                number: signal.number,
                code: signal.code,
                address: signal.address().map(Addr::get),
            });
            return Crash {
                cause: cause.unwrap_or(crash.cause),
                ..crash
            };
        }
        Crash {
            m: m.addr.get(),
            goroutine: m.curg.get(),
            ..crash
        }
    }

    /// The cause that `names`, the functions on the stack, tell, and what Go printed of it.
    fn told(
        &self,
        names: &[String],
        g: Addr,
        memory: &dyn Memory,
        printed: Option<Vec<u8>>,
    ) -> Option<(Cause, String)> {
        let [panics, throws] = ENDS;
        let found = self.scene.found;
        if names.iter().any(|name| name.starts_with(panics)) {
            let types = found.types();
            let target = Target {
                memory,
                fields: &found.layout.fields,
                types: &types,
                rules: found.layout.rules,
                limits: &self.scene.limits,
            };
            let panics = panicking::panics(target, g);
            let text = panicking::text(&panics, found.layout.rules);
            return Some((Cause::Panic(text.clone()), text));
        }
        names.iter().any(|name| name.starts_with(throws)).then(|| {
            let (before, text) = crash_text::fatal_error(&printed.unwrap_or_default());
            let head = crash_text::of_fatal_error(&before, text.as_deref());
            (Cause::Fatal { text, before }, head)
        })
    }

    fn is_in_goroutine(&self, m: &M, at: &Registers, memory: &dyn Memory) -> bool {
        let decoded = self.decoded(m.curg, memory);
        decoded.is_some_and(|decoded| decoded.stack.contains(at.sp()))
    }

    fn decoded(&self, g: Addr, memory: &dyn Memory) -> Option<Decoded> {
        let layout = &self.scene.found.layout;
        let (fields, limits) = (&layout.fields, self.scene.limits);
        let mut one = Goroutines::at(memory, fields, layout.rules, limits, vec![g]);
        one.next()?.ok()
    }

    fn own_stack(&mut self, at: &Registers, bytes: Bytes<'_>) -> Stack {
        let start = Some(Start::on_own_stack(at));
        let walked = self.walk(start, bytes);
        self.stack(start, &walked, bytes)
    }

    fn fault(&self, signal: Signal) -> Fault {
        Fault {
            signal: signal.number,
            code: signal.code,
            address: signal.fault.get(),
            place: self.places.call_at(signal.pc),
        }
    }
}

fn tid(m: &M) -> i32 {
    i32::try_from(m.procid).unwrap_or(0)
}
