//! The runtime's threads (`runtime.m`) and processors (`runtime.p`), decoded from captured bytes.

use crate::addr::{Addr, Span};
use crate::fields::Fields;
use crate::goroutine::Context;
use crate::limits::Limits;
use crate::mem::{GoSlice, Memory, read_addrs, read_bytes, read_word};
use crate::roots::Roots;

/// A g that the runtime keeps for a thread itself: g0, on which it schedules, or gsignal, on which it handles signals.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct SystemG {
    /// Address of the g.
    pub addr: Addr,
    /// Its stack. Where C made the thread, or cgo is linked in, its bounds are the runtime's guess.
    pub stack: Span,
    /// Where it goes on when the thread switches to it.
    pub sched: Context,
}

/// `runtime.m`: a thread of the runtime.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct M {
    /// Address of the m.
    pub addr: Addr,
    /// The number that dumps print.
    pub id: u64,
    /// Thread id inside the target's pid namespace; 0 while it has no thread.
    pub procid: u64,
    /// Its scheduling stack.
    pub g0: Option<SystemG>,
    /// Its signal stack.
    pub gsignal: Option<SystemG>,
    /// The goroutine it runs; nil when it runs none.
    pub curg: Addr,
    /// The P it has; nil when it has none.
    pub p: Addr,
    /// The goroutine that is locked to it.
    pub locked_g: Addr,
    /// The closure that it was started for; nil for most.
    pub start_fn: Addr,
    /// Looking for work.
    pub spinning: bool,
    /// Waiting on a note.
    pub blocked: bool,
    /// In C code.
    pub in_c: bool,
    /// Made for a thread that C made.
    pub is_extra: bool,
    /// Calls into C so far.
    pub c_calls: u64,
}

/// `runtime.p`: a processor, the right to run Go code.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct P {
    /// Address of the p.
    pub addr: Addr,
    /// Its index in allp.
    pub id: u32,
    /// `_Pidle` 0, `_Prunning` 1, `_Psyscall` 2, `_Pgcstop` 3, `_Pdead` 4.
    pub status: u32,
    /// Its M; nil when it has none.
    pub m: Addr,
}

/// The Ms of allm, as far as they were captured, newest first.
#[must_use]
pub fn ms(memory: &dyn Memory, fields: &Fields, roots: &Roots, limits: &Limits) -> Vec<M> {
    let (addrs, _) = chain(memory, fields, roots, limits);
    let decoded = addrs.into_iter().filter_map(|addr| m(memory, fields, addr));
    decoded.collect()
}

/// The Ms of allm whose records can be read, and the one behind them that can't.
#[must_use]
pub fn chain(
    memory: &dyn Memory,
    fields: &Fields,
    roots: &Roots,
    limits: &Limits,
) -> (Vec<Addr>, Option<Addr>) {
    let mut addrs = Vec::new();
    let unread = chain_into(memory, fields, roots, limits, &mut addrs);
    (addrs, unread)
}

/// Likewise, into room that is used again; says which can't be read.
pub(crate) fn chain_into(
    memory: &dyn Memory,
    fields: &Fields,
    roots: &Roots,
    limits: &Limits,
    addrs: &mut Vec<Addr>,
) -> Option<Addr> {
    addrs.clear();
    let first = roots.allm.map(|root| read_word::<Addr>(memory, root.at));
    let mut m = first.and_then(Result::ok).unwrap_or(Addr::NULL);
    // A cycle in a corrupt list ends at the limit.
    while !m.is_null() && (addrs.len() as u64) < limits.threads {
        let Ok(next) = fields.m.all_link.read(memory, m) else {
            return Some(m);
        };
        addrs.push(m);
        m = next;
    }
    None
}

/// What the runtime takes for the size of the stack of a thread that it did not make itself, in bytes (`needm`,
/// `runtime/proc.go`). Go 1.19 does not say otherwise which those are.
const GUESSED: u64 = (32 << 10) + 1024;

fn m(memory: &dyn Memory, fields: &Fields, addr: Addr) -> Option<M> {
    let record = read_bytes(memory, addr, usize::try_from(fields.m.size).ok()?).ok()?;
    let (m, bytes) = (&fields.m, &record[..]);
    let flag = |field: crate::record::Field<u8>| Some(field.of(bytes)? != 0);
    let g0 = system_g(memory, fields, m.g0.of(bytes)?);
    Some(M {
        addr,
        id: m.id.of(bytes)?,
        procid: m.procid.of(bytes)?,
        g0,
        gsignal: system_g(memory, fields, m.gsignal.of(bytes)?),
        curg: m.curg.of(bytes)?,
        p: m.p.of(bytes)?,
        locked_g: m.locked_g.of(bytes)?,
        start_fn: m.start_fn.of(bytes)?,
        spinning: flag(m.spinning)?,
        blocked: flag(m.blocked)?,
        in_c: flag(m.incgo)?,
        is_extra: match m.is_extra {
            Some(field) => flag(field)?,
            None => g0.is_some_and(|g0| g0.stack.len == GUESSED),
        },
        c_calls: m.ncgocall.of(bytes)?,
    })
}

fn system_g(memory: &dyn Memory, fields: &Fields, addr: Addr) -> Option<SystemG> {
    if addr.is_null() {
        return None;
    }
    let record = read_bytes(memory, addr, usize::try_from(fields.g.size).ok()?).ok()?;
    let (g, bytes) = (&fields.g, &record[..]);
    let (lo, hi) = (g.stack_lo.of(bytes)?, g.stack_hi.of(bytes)?);
    Some(SystemG {
        addr,
        stack: Span::between(lo, hi)?,
        sched: Context {
            pc: g.sched_pc.of(bytes)?,
            sp: g.sched_sp.of(bytes)?,
            lr: g.sched_lr.of(bytes)?,
        },
    })
}

/// The Ps of allp, as far as they were captured.
#[must_use]
pub fn ps(memory: &dyn Memory, fields: &Fields, roots: &Roots, limits: &Limits) -> Vec<P> {
    let addrs = p_addrs(memory, roots, limits);
    let decoded = addrs.into_iter().filter_map(|addr| p(memory, fields, addr));
    decoded.collect()
}

/// Addresses of the Ps: the elements of allp that are not nil.
#[must_use]
pub fn p_addrs(memory: &dyn Memory, roots: &Roots, limits: &Limits) -> Vec<Addr> {
    let addrs = all_ps(memory, roots, limits).and_then(|array| {
        let len = usize::try_from(array.len / 8).ok()?;
        read_addrs(memory, array.start, len).ok()
    });
    let mut addrs = addrs.unwrap_or_default();
    addrs.retain(|p| !p.is_null());
    addrs
}

/// Where allp's elements lie.
pub(crate) fn all_ps(memory: &dyn Memory, roots: &Roots, limits: &Limits) -> Option<Span> {
    let slice: GoSlice = read_word(memory, roots.allp?.at).ok()?;
    Some(Span::new(slice.data, slice.len.min(limits.processors) * 8))
}

/// The part of a P that is looked at: all that lies before its run queue.
pub(crate) fn p_span(fields: &Fields, addr: Addr) -> Span {
    Span::new(addr, u64::from(fields.p.runq.offset()))
}

fn p(memory: &dyn Memory, fields: &Fields, addr: Addr) -> Option<P> {
    let p = &fields.p;
    Some(P {
        addr,
        id: p.id.read(memory, addr).ok()?,
        status: p.status.read(memory, addr).ok()?,
        m: p.m.read(memory, addr).ok()?,
    })
}
