//! What began a crash, and on which thread: a signal that Go's handler is at, or a function that ends the process.

use super::{Assembly, Bytes};
use crate::report::crash::ENDS;
use crate::signals::{DEADLY, QUIT, SI_USER};
use gopeek_attach::core::Signal as CoreSignal;
use gopeek_layout::Memory;
use gopeek_layout::registers::Registers;
use gopeek_layout::sched::M;
use gopeek_layout::siginfo::SignalInfo;
use gopeek_unwind::Start;

/// What sends a signal to its own thread or process (`runtime.raise`, `runtime.raiseproc`).
const RAISE: &str = "runtime.raise";

/// What prints a crash (`runtime.dopanic_m`), and waits for ever behind it for other threads that do.
const PRINTS: &str = "runtime.dopanic_m";
const WAITS: &str = "runtime.lock";

/// The end of a process takes no more frames than this.
const END_FRAMES: usize = 100;

/// How a core says that its process died.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Died {
    /// The thread that the kernel puts first: it was killed.
    pub(crate) tid: i32,
    /// The process, in its own pid namespace.
    pub(crate) pid: i32,
    /// What it was killed by.
    pub(crate) signal: CoreSignal,
}

impl Died {
    pub(super) fn killed_by(&self) -> u32 {
        u32::try_from(self.signal.number).unwrap_or(0)
    }
}

/// What began a crash, and where the thread was then.
pub(super) enum Begun {
    /// A signal that Go's handler was told of.
    Signal {
        m: M,
        signal: SignalInfo,
        at: Registers,
    },
    /// Something else, in the thread that died.
    End { m: M, at: Registers },
}

impl Assembly<'_, '_, '_> {
    /// What began the crash of a process that died so; nothing where no thread of Go's had a part in it.
    pub(super) fn begun(&mut self, died: Died, bytes: Bytes<'_>) -> Option<Begun> {
        let mut ms: Vec<M> = self.ms.values().copied().collect();
        let is_first = |m: &M| i32::try_from(m.procid) == Ok(died.tid);
        // The thread that died is the likeliest. Up to Go 1.21 it is the one that was the last to print its stack.
        ms.sort_by_key(|m| (!is_first(m), m.id));
        let mut relayed = None;
        for m in &ms {
            let Some((signal, at)) = self.received(m, bytes.stacks) else {
                continue;
            };
            let by_itself = signal.sender().is_some_and(|it| it.pid == died.pid);
            let begun = Begun::Signal { m: *m, signal, at };
            // A crashing Go sends this to itself, so that all its threads print their stacks.
            if (signal.number, signal.code, by_itself) == (QUIT, SI_USER, true) {
                relayed = relayed.or(Some(begun));
            } else {
                return Some(begun);
            }
        }
        relayed.or_else(|| self.ended(&ms, is_first, bytes))
    }

    /// The thread that ended the process. Of several that came to that at once, those that have printed all wait for the
    /// last one, which dies: one that waits was earlier.
    fn ended(
        &mut self,
        ms: &[M],
        is_first: impl Fn(&M) -> bool,
        bytes: Bytes<'_>,
    ) -> Option<Begun> {
        let mut died = None;
        for m in ms {
            let Some(thread) = self.on_threads.get(&m.addr).copied() else {
                continue;
            };
            let Some(at) = self.walker.outside_of_handler(bytes.stacks, &thread) else {
                continue;
            };
            if is_first(m) {
                died = Some(Begun::End { m: *m, at });
                continue;
            }
            let names = self.names(Start::on_own_stack(&at), bytes);
            let has = |begin: &str| names.iter().any(|name| name.starts_with(begin));
            if has(PRINTS) && has(WAITS) && ENDS.iter().any(|end| has(end)) {
                return Some(Begun::End { m: *m, at });
            }
        }
        died
    }

    /// The signal that the thread of `m` was hit by, and where that was; nothing of those that it sent itself to die.
    fn received(&mut self, m: &M, memory: &dyn Memory) -> Option<(SignalInfo, Registers)> {
        let thread = *self.on_threads.get(&m.addr)?;
        let handlers = self.walker.handlers(memory, &thread)?;
        let outermost = handlers.last()?;
        let found = self.scene.found;
        let function = found.code.function(outermost.interrupted.pc());
        if function.is_some_and(|function| function.name().starts_with(RAISE)) {
            return None;
        }
        let signal = SignalInfo::of_handler(memory, found.arch, outermost.frame)?;
        let deadly = DEADLY.contains(&signal.number);
        deadly.then_some((signal, outermost.interrupted))
    }

    /// The functions on top of a stack, innermost first.
    pub(super) fn names(&mut self, start: Start, bytes: Bytes<'_>) -> Vec<String> {
        let walked = self.walk(Some(start), bytes);
        let code = &self.scene.found.code;
        let frames = walked.frames.iter().take(END_FRAMES).enumerate();
        let names = frames.filter_map(|(index, frame)| {
            // A return address may be that of the next function, behind a call that never returns.
            let pc = if index == 0 {
                frame.pc
            } else {
                frame.pc.checked_sub(1).unwrap_or(frame.pc)
            };
            Some(code.function(pc)?.name().into_owned())
        });
        names.collect()
    }
}
