//! The threads of a report: each thread of the kernel's joined with the M that the runtime runs on it.

use crate::report::{Machine, Syscall, Thread};
use crate::save::note::ThreadPart;
use gopeek_attach::capture::Captured;
use gopeek_attach::core::CoreThread;
use gopeek_attach::syscalls::{Call, Use};
use gopeek_attach::threads::{Activity, Blocked, Thread as Seen};
use gopeek_attach::{Pid, Process, syscalls};
use gopeek_layout::Addr;
use gopeek_layout::arch::Arch;
use gopeek_layout::registers::Registers;
use gopeek_layout::sched::{M, SystemG};
use gopeek_unwind::OnThread;
use std::collections::HashMap;

/// A thread as it was found from outside, before the runtime's side of it is known.
#[derive(Clone, Debug)]
pub struct Found {
    pub(crate) tid: Pid,
    pub(crate) inner_tid: u64,
    pub(crate) activity: Option<Activity>,
    pub(crate) syscall: Option<Syscall>,
    /// Its registers; of one that did not stop, only where it is blocked.
    pub(crate) registers: Option<Registers>,
}

/// What was seen of the threads before the stop, with what the stop showed.
#[must_use]
pub fn found(process: &Process, arch: Arch, seen: &[Seen], captured: &Captured) -> Vec<Found> {
    let words = |tid: Pid, (number, args), activity: Option<&Activity>| {
        let call = Call {
            arch,
            number,
            args,
            channel: activity.and_then(|activity| activity.wait_channel.as_deref()),
            file: &|fd| process.open_on_by(tid, fd),
            path: &|at| process.path_at(Addr::new(at)),
        };
        seen_by(process, tid, &call)
    };
    let asleep: HashMap<Pid, Blocked> = captured
        .asleep
        .iter()
        .map(|asleep| (asleep.tid, asleep.blocked))
        .collect();
    let mut standing: HashMap<Pid, Registers> = captured
        .standing
        .iter()
        .map(|standing| (standing.tid, standing.registers))
        .collect();
    let mut threads: Vec<Found> = seen
        .iter()
        .map(|seen| {
            let registers = standing.remove(&seen.tid);
            let activity = seen.activity.as_ref();
            let blocked = activity.and_then(|activity| activity.blocked);
            let blocked = asleep.get(&seen.tid).copied().or(blocked);
            Found {
                tid: seen.tid,
                inner_tid: seen.inner_tid,
                syscall: syscall(registers.as_ref(), blocked)
                    .map(|call| words(seen.tid, call, activity)),
                activity: seen.activity.clone(),
                registers,
            }
        })
        .collect();
    // Those that came in between. Their number inside is asked for only now.
    threads.extend(standing.into_iter().map(|(tid, registers)| Found {
        tid,
        inner_tid: process.inner_tid(tid),
        activity: None,
        syscall: syscall(Some(&registers), None).map(|call| words(tid, call, None)),
        registers: Some(registers),
    }));
    // One that could not be stopped is blocked in the kernel for longer than we waited, and still shows where.
    let missed = captured.pause.iter().flat_map(|pause| &pause.missed);
    for missed in missed {
        let Some(thread) = threads.iter_mut().find(|thread| thread.tid == missed.tid) else {
            continue;
        };
        if let Some(blocked) = process.blocked_in(missed.tid) {
            let call = syscall(None, Some(blocked));
            thread.syscall = call.map(|call| words(thread.tid, call, thread.activity.as_ref()));
            thread.registers = Some(blocked.registers());
        }
    }
    threads.sort_by_key(|thread| thread.tid);
    threads
}

impl From<&Found> for ThreadPart {
    fn from(found: &Found) -> ThreadPart {
        let activity = found.activity.as_ref();
        ThreadPart {
            tid: found.tid.as_raw(),
            inner_tid: found.inner_tid,
            name: activity.map(|activity| activity.name.clone()),
            state: activity.map(|activity| activity.state),
            wait_channel: activity.and_then(|activity| activity.wait_channel.clone()),
            syscall: found.syscall.clone(),
            only_place: found
                .registers
                .is_some_and(|registers| registers.is_place()),
        }
    }
}

/// The threads of a core: what it has of each, and what gopeek's note says of it.
#[must_use]
pub(crate) fn of_core(arch: Arch, threads: &[CoreThread], parts: &[ThreadPart]) -> Vec<Found> {
    let place = |registers: Registers| Registers::place(arch, registers.pc(), registers.sp());
    let mut registers: HashMap<i32, Registers> = threads
        .iter()
        .map(|thread| (thread.tid, thread.registers))
        .collect();
    let mut found: Vec<Found> = parts
        .iter()
        .map(|part| Found {
            tid: Pid::from_raw(part.tid),
            inner_tid: part.inner_tid,
            activity: part.activity(),
            syscall: part.syscall.clone(),
            registers: registers.remove(&part.tid).map(|registers| {
                if part.only_place {
                    place(registers)
                } else {
                    registers
                }
            }),
        })
        .collect();
    // What has no note says only what its registers say.
    found.extend(registers.into_iter().map(|(tid, registers)| Found {
        tid: Pid::from_raw(tid),
        inner_tid: u64::try_from(tid).unwrap_or(0),
        activity: None,
        syscall: registers.syscall().map(|(number, args)| {
            in_words(&Call {
                arch,
                number,
                args,
                channel: None,
                file: &|_| None,
                path: &|_| None,
            })
        }),
        registers: Some(registers),
    }));
    found.sort_by_key(|thread| thread.tid);
    found
}

/// A system call of a live thread: with what its own descriptors are open on, and who has locked what it waits to lock.
fn seen_by(process: &Process, tid: Pid, call: &Call<'_>) -> Syscall {
    let mut known = in_words(call);
    let about = syscalls::descriptor(call.arch, call.number, call.args);
    if let Some((fd, does)) = about {
        known.own_file = process.own_file(tid, u64::from(fd));
        if does == Use::Lock {
            let holders = process.lock_holders(tid, u64::from(fd));
            let holders = holders.iter().map(|it| {
                let own = if it.pid == process.pid().as_raw() {
                    ", this process"
                } else {
                    ""
                };
                format!("pid {} ({}{own})", it.pid, it.name)
            });
            let holders: Vec<String> = holders.collect();
            if !holders.is_empty() {
                known.text = format!("{}, locked by {}", known.text, holders.join(" and "));
            }
        }
    }
    known
}

fn in_words(call: &Call<'_>) -> Syscall {
    Syscall {
        number: call.number,
        args: call.args,
        text: syscalls::describe(call),
        own_file: None,
    }
}

/// The system call that a thread is in. /proc was read while it ran; where its registers say otherwise, they are right.
fn syscall(registers: Option<&Registers>, blocked: Option<Blocked>) -> Option<(u64, [u64; 6])> {
    let still = |blocked: &Blocked| {
        registers.is_none_or(|registers| {
            (registers.pc().get(), registers.sp().get()) == (blocked.pc, blocked.sp)
        })
    };
    let blocked = blocked.filter(still);
    let blocked = blocked.and_then(|blocked| blocked.call);
    blocked.or_else(|| registers?.syscall())
}

/// The threads by the numbers that the target itself gives them.
pub(crate) fn by_inner_tid(threads: &[Found]) -> HashMap<u64, &Found> {
    threads
        .iter()
        .map(|thread| (thread.inner_tid, thread))
        .collect()
}

/// What is known of the thread that `m` runs on, for the walk of its goroutine. `registers` knows those of a thread by
/// the number that the target itself gives it.
pub(crate) fn on_thread(
    m: &M,
    registers: impl FnOnce(u64) -> Option<Registers>,
) -> Option<OnThread> {
    let procid = Some(m.procid).filter(|procid| *procid != 0)?;
    Some(OnThread {
        registers: registers(procid)?,
        signal_stack: m.gsignal.map(|gsignal| gsignal.stack),
    })
}

/// Joins the two sides: each thread with its M, then the Ms without a thread. `machine` makes an M's part of the report.
pub(crate) fn join(
    found: &[Found],
    ms: &[M],
    mut machine: impl FnMut(&M, Option<&Registers>) -> Machine,
) -> Vec<Thread> {
    let mut by_procid: HashMap<u64, &M> = ms
        .iter()
        .filter(|m| m.procid != 0)
        .map(|m| (m.procid, m))
        .collect();
    let mut threads: Vec<Thread> = found
        .iter()
        .map(|thread| {
            let m = by_procid.remove(&thread.inner_tid);
            Thread {
                tid: Some(thread.tid.as_raw()),
                m: m.map(|m| machine(m, thread.registers.as_ref())),
                activity: thread.activity.clone(),
                syscall: thread.syscall.clone(),
                registers: thread.registers,
            }
        })
        .collect();
    let with_thread = |m: &&M| {
        let known = |thread: &Thread| thread.m.as_ref().is_some_and(|it| it.addr == m.addr.get());
        threads.iter().any(known)
    };
    let (_, without): (Vec<&M>, Vec<&M>) = ms.iter().partition(with_thread);
    threads.extend(without.into_iter().map(|m| Thread {
        tid: None,
        activity: None,
        syscall: None,
        registers: None,
        m: Some(machine(m, None)),
    }));
    threads
}

/// Whether a thread with these registers is on the stack of `g`.
pub(crate) fn is_on(registers: Option<&Registers>, g: &SystemG) -> bool {
    registers.is_some_and(|registers| g.stack.contains(registers.sp()))
}
