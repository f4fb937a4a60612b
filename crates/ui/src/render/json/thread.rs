//! Threads, in JSON.

use super::index::Index;
use super::stack::Frames;
use super::words::{self, Hex, Named};
use crate::report::{self, Report};
use gopeek_layout::registers::Registers;
use serde::Serialize;

/// An item of `threads`.
#[derive(Serialize)]
pub(super) struct Thread<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    tid: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<char>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait_channel: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    syscall: Option<Syscall<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registers: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    machine: Option<Machine<'r>>,
}

#[derive(Serialize)]
struct Syscall<'r> {
    number: u64,
    args: [Hex; 6],
    text: &'r str,
}

#[derive(Serialize)]
struct Machine<'r> {
    id: u64,
    address: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    running: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locked: Option<u64>,
    spinning: bool,
    blocked: bool,
    in_c: bool,
    extra: bool,
    c_calls: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    duty: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    g0: Option<SystemStack<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gsignal: Option<SystemStack<'r>>,
}

#[derive(Serialize)]
struct SystemStack<'r> {
    gp: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<Frames<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<&'static str>,
}

impl<'r> Thread<'r> {
    pub(super) fn of(index: &Index<'r>, thread: &'r report::Thread) -> Thread<'r> {
        let activity = thread.activity.as_ref();
        Thread {
            tid: thread.tid,
            name: activity.map(|activity| activity.name.as_str()),
            state: activity.map(|activity| activity.state),
            wait_channel: activity.and_then(|activity| activity.wait_channel.as_deref()),
            syscall: thread.syscall.as_ref().map(|call| Syscall {
                number: call.number,
                args: call.args.map(Hex),
                text: &call.text,
            }),
            registers: thread.registers.as_ref().map(registers),
            machine: thread.m.as_ref().map(|machine| Machine::of(index, machine)),
        }
    }
}

impl<'r> Machine<'r> {
    fn of(index: &Index<'r>, machine: &'r report::Machine) -> Machine<'r> {
        let stack = |stack: &'r Option<report::SystemStack>| {
            let stack = stack.as_ref()?;
            Some(SystemStack::of(index.report, stack))
        };
        Machine {
            id: machine.id,
            address: Hex(machine.addr),
            p: machine.p,
            running: index.number_at(machine.running),
            locked: index.number_at(machine.locked),
            spinning: machine.spinning,
            blocked: machine.blocked,
            in_c: machine.in_c,
            extra: machine.is_extra,
            c_calls: machine.c_calls,
            duty: machine.duty.as_deref(),
            g0: stack(&machine.g0),
            gsignal: stack(&machine.gsignal),
        }
    }
}

impl<'r> SystemStack<'r> {
    fn of(report: &'r Report, own: &'r report::SystemStack) -> SystemStack<'r> {
        let stack = own.stack.as_ref();
        SystemStack {
            gp: Hex(own.g),
            frames: stack.map(|stack| Frames { report, stack }),
            end: stack.map(|stack| words::end(&stack.end)),
        }
    }
}

/// Registers by their names; where only the place is known, that.
pub(super) fn registers(registers: &Registers) -> Named {
    Named(if registers.is_place() {
        vec![("pc", registers.pc().get()), ("sp", registers.sp().get())]
    } else {
        registers.named().collect()
    })
}
