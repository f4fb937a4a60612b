//! What each P has to do, and what keeps each M (`runtime.p`, `runtime.m`).

use super::{Room, Source};
use crate::addr::Addr;
use crate::mem::{Word, read_into};
use crate::record::Field;
use crate::sched::{all_ps, chain_into};

/// A P. What is optional, some releases lack.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Processor {
    /// Address of the p.
    pub addr: Addr,
    /// Its index in allp.
    pub id: u32,
    /// `_Pidle` 0, `_Prunning` 1, `_Psyscall` 2, `_Pgcstop` 3, `_Pdead` 4.
    pub status: u32,
    /// Its M; nil when it has none.
    pub m: Addr,
    /// Counted up at each scheduler call.
    pub sched_tick: u32,
    /// Counted up at each system call.
    pub syscall_tick: u32,
    /// Goroutines in its queue, without the one that is next.
    pub queued: u32,
    /// The goroutine that it runs next; nil where none is set.
    pub next: Addr,
    /// Timers in its heap.
    pub timers: Option<u32>,
    /// Those among them that were stopped.
    pub stopped_timers: Option<u32>,
    /// Whether it is asked to go through the scheduler.
    pub preempt: Option<bool>,
    /// When sysmon first saw it at the scheduler call that it is at, in ns of the monotonic clock, with that tick.
    pub seen: Option<(u32, i64)>,
}

/// What keeps an M. What is optional, some releases lack.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Thread {
    /// Address of the m.
    pub addr: Addr,
    /// The number that dumps print.
    pub id: u64,
    /// Thread id inside the target's pid namespace.
    pub procid: u64,
    /// Calls into C so far.
    pub c_calls: u64,
    /// The runtime's locks that it holds, and other reasons not to preempt it.
    pub locks: Option<u32>,
    /// In the allocator.
    pub mallocing: Option<bool>,
    /// Throwing, or dying of a panic.
    pub dying: Option<bool>,
    /// Whether there is a reason written down for its goroutine to stay on it.
    pub preempt_off: Option<bool>,
}

/// The Ps of the target.
pub(super) fn processors(
    source: &Source<'_>,
    mut processors: Vec<Processor>,
    room: &mut Room,
) -> Vec<Processor> {
    processors.clear();
    if let Some(all) = all_ps(source.memory, source.roots, source.limits) {
        let len = usize::try_from(all.len).unwrap_or(usize::MAX);
        let bytes = read_into(source.memory, all.start, len, &mut room.bytes);
        let addrs = bytes.unwrap_or_default().chunks_exact(8);
        let addrs = addrs.filter_map(Addr::decode).filter(|p| !p.is_null());
        processors.extend(addrs.filter_map(|addr| processor(source, addr)));
    }
    processors
}

fn processor(source: &Source<'_>, addr: Addr) -> Option<Processor> {
    let (memory, p) = (source.memory, &source.fields.p);
    let number = |field: Field<u32>| field.read(memory, addr).ok();
    let (head, tail) = (number(p.runq_head)?, number(p.runq_tail)?);
    let tick = p.sysmon_sched_tick.and_then(number);
    let when = p
        .sysmon_sched_when
        .and_then(|field| field.read(memory, addr).ok());
    Some(Processor {
        addr,
        id: number(p.id)?,
        status: number(p.status)?,
        m: p.m.read(memory, addr).ok()?,
        sched_tick: number(p.sched_tick)?,
        syscall_tick: number(p.syscall_tick)?,
        queued: tail.wrapping_sub(head),
        next: p.run_next.read(memory, addr).ok()?,
        timers: p.timers_len.and_then(number),
        stopped_timers: p.timers_zombies.and_then(number),
        preempt: p
            .preempt
            .and_then(|field| field.read(memory, addr).ok())
            .map(|preempt| preempt != 0),
        seen: tick.zip(when),
    })
}

/// The Ms of the target.
pub(super) fn threads(
    source: &Source<'_>,
    mut threads: Vec<Thread>,
    room: &mut Room,
) -> Vec<Thread> {
    let Room { bytes, addrs } = room;
    let (fields, roots) = (source.fields, source.roots);
    chain_into(source.memory, fields, roots, source.limits, addrs);
    threads.clear();
    threads.extend(addrs.iter().filter_map(|addr| thread(source, *addr, bytes)));
    threads
}

fn thread(source: &Source<'_>, addr: Addr, room: &mut Vec<u8>) -> Option<Thread> {
    let m = &source.fields.m;
    let record = read_into(source.memory, addr, usize::try_from(m.size).ok()?, room).ok()?;
    let number = |field: Option<Field<u32>>| field.and_then(|field| field.of(record));
    let throwing = number(m.throwing).zip(number(m.dying));
    let preempt_off = m.preempt_off.and_then(|field| field.of(record));
    Some(Thread {
        addr,
        id: m.id.of(record)?,
        procid: m.procid.of(record)?,
        c_calls: m.ncgocall.of(record)?,
        locks: number(m.locks),
        mallocing: number(m.mallocing).map(|mallocing| mallocing != 0),
        dying: throwing.map(|(throwing, dying)| throwing != 0 || dying != 0),
        preempt_off: preempt_off.map(|reason| reason.len != 0),
    })
}
