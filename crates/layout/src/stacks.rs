//! Which part of each stack is in use: what a capture needs to copy of it.

use crate::addr::{Addr, Span};
use crate::enums::{SCAN, status};
use crate::fields::G;
use crate::sched::M;

/// A stack no larger than this is copied whole when it is not known where in it its goroutine is.
const SMALL: u64 = 1 << 20;

/// So much of a stack of C comes, or does not, in bytes.
const PIECE: u64 = 16 << 10;
/// The smallest page of any architecture here, in bytes.
const PAGE: u64 = 4096;
/// A return address.
const POPPED: u64 = 8;
/// More than the frames of `mstart0` and `mstart` take.
const MSTART: u64 = 512;

/// Where the threads that stand still are: their stack pointers, in order.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    sps: Vec<Addr>,
    /// Whether a goroutine's stack accounts for it.
    known: Vec<bool>,
}

impl Places {
    pub(crate) fn new(sps: &[Addr]) -> Places {
        let mut sps = sps.to_vec();
        sps.sort_unstable();
        let known = vec![false; sps.len()];
        Places { sps, known }
    }

    /// The lowest stack pointer that lies on `stack`.
    fn on(&mut self, stack: Span) -> Option<Addr> {
        let index = self.sps.partition_point(|sp| *sp < stack.start);
        let sp = *self.sps.get(index)?;
        if !stack.contains(sp) {
            return None;
        }
        self.known[index] = true;
        Some(sp)
    }

    /// What to copy of the stacks of those threads that are not on a goroutine's: up to the end of the system stack
    /// that a thread is on, and no more than `limit` bytes. One that is on none of `system` is deep in C.
    pub(crate) fn thread_stacks(&self, system: &[Span], limit: u64) -> Vec<Span> {
        let mut system = system.to_vec();
        system.sort_unstable();
        let places = self.sps.iter().zip(&self.known);
        let elsewhere = places.filter(|(_, known)| !**known).map(|(sp, _)| *sp);
        elsewhere
            .map(|sp| {
                let after = system.partition_point(|stack| stack.start <= sp);
                let stack = after.checked_sub(1).and_then(|index| system.get(index));
                let rest = stack
                    .filter(|stack| stack.contains(sp))
                    .and_then(|stack| outermost(stack.end()?).offset_from(sp));
                Span::new(sp, rest.map_or(limit, |rest| rest.min(limit)))
            })
            .collect()
    }
}

/// Where the outermost frames of a system stack end. Of one that C or the kernel made, the runtime takes the address of a
/// variable for the end (`mstart0`, `runtime/proc.go`), above which lie that function's return address and its caller. One
/// that the runtime made ends with a page, and there.
fn outermost(end: Addr) -> Addr {
    let left = end.get().wrapping_neg() % PAGE;
    end.checked_add(left.min(MSTART)).unwrap_or(end)
}

/// Where the C frames lie that a thread's stack pointer does not lead to: above where its scheduling stack goes on,
/// those that called back into Go; below, those that a handler on another stack interrupted. C may have made that
/// stack, and then the runtime does not know its end. The kernel makes the first thread's as far down as it was used: what
/// lies below comes in pieces, since nothing comes of a span whose front is not there.
pub(crate) fn of_c(ms: &[M], limit: u64) -> Vec<Span> {
    let in_c = ms.iter().filter(|m| has_been_in_c(m));
    let mut spans = Vec::new();
    for g0 in in_c.filter_map(|m| m.g0) {
        let sp = g0.sched.sp;
        let end = sp.checked_add(limit).filter(|_| !sp.is_null());
        spans.extend(end.and_then(|end| Span::between(sp, end)));
        let below = sp.checked_sub(limit).unwrap_or(Addr::NULL);
        let below = below.max(g0.stack.start);
        let mut to = sp;
        while to > below && !sp.is_null() {
            let from = to.checked_sub(PIECE).unwrap_or(below).max(below);
            spans.extend(Span::between(from, to));
            to = from;
        }
    }
    spans
}

/// Whether there may be C's frames on a thread's own stack.
pub(crate) fn has_been_in_c(m: &M) -> bool {
    m.in_c || m.is_extra || m.c_calls > 0
}

/// Where a stack is used from: a function that keeps its return address in a register has popped it from there
/// (`syscall.rawVforkSyscall`), and it still lies below. So it does where only the place of a thread is known, as it sleeps
/// until the process that it made runs another program.
fn with_popped(sp: Addr) -> Addr {
    sp.checked_sub(POPPED).unwrap_or(sp)
}

/// The used part of the stack of the goroutine whose record this is; `Err` with what may be had where its bounds make
/// no sense, or it is longer than `limit`.
pub(crate) fn used(
    g: &G,
    record: &[u8],
    places: &mut Places,
    limit: u64,
) -> Result<Option<Span>, Option<Span>> {
    used_by(g, record, limit, Some(places))
}

/// Likewise, where no thread is known: there is nothing of a goroutine that runs.
pub(crate) fn parked(g: &G, record: &[u8], limit: u64) -> Result<Option<Span>, Option<Span>> {
    used_by(g, record, limit, None)
}

fn used_by(
    g: &G,
    record: &[u8],
    limit: u64,
    places: Option<&mut Places>,
) -> Result<Option<Span>, Option<Span>> {
    let state = g.status.of(record).unwrap_or(status::DEAD) & !SCAN;
    if status::has_no_stack(state) {
        return Ok(None);
    }
    let (lo, hi) = g
        .stack_lo
        .of(record)
        .zip(g.stack_hi.of(record))
        .ok_or(None)?;
    let stack = Span::between(lo, hi).ok_or(None)?;
    // The others go on where they said.
    let saved = [
        g.sched_sp.of(record),
        g.syscall_sp.of(record).filter(|sp| !sp.is_null()),
    ];
    let saved = saved.into_iter().flatten().filter(|sp| stack.contains(*sp));
    let saved = saved.min();
    let used = match state {
        // One that runs is where its thread is, or where it left its stack for a moment; what it saved may be old.
        status::RUNNING => places.and_then(|places| match places.on(stack) {
            Some(sp) => {
                let from = with_popped(sp).max(stack.start);
                Some(saved.map_or(from, |saved| saved.min(from)))
            }
            None if stack.len <= SMALL => Some(stack.start),
            None => saved.or(Some(stack.start)),
        }),
        // Its thread is on its stack, too, but for calls into C.
        status::SYSCALL => {
            let thread = places.and_then(|places| places.on(stack));
            saved.map(|saved| thread.map_or(saved, |sp| saved.min(sp)))
        }
        _ => saved,
    };
    let span = used.and_then(|used| Span::between(used, hi)).ok_or(None)?;
    if span.len > limit {
        return Err(Some(Span::new(span.start, limit)));
    }
    Ok(Some(span))
}
