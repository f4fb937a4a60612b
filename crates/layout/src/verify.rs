//! Whether a layout holds against a target: a wrong one contradicts itself within a few goroutines.

use crate::addr::Addr;
use crate::enums::{SCAN, status};
use crate::fields::Fields;
use crate::mem::{GoSlice, Memory, Unreadable, read_bytes, read_word};
use crate::roots::{Roots, m_chain, sample};
use thiserror::Error;

mod polls;
mod queues;

pub use polls::polls;

/// What a layout got wrong about a target.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Contradiction {
    /// A goroutine's status is none that exists.
    #[error("g {0} has the impossible status {1:#x}")]
    Status(Addr, u32),
    /// A goroutine that is not dead has no number.
    #[error("g {0} has no goid")]
    NoGoid(Addr),
    /// A goroutine that does not run goes on outside its stack.
    #[error("g {0} does not lie on its own stack")]
    OffStack(Addr),
    /// A goroutine that waits, waits inside a system call.
    #[error("g {0} waits and is in a system call at once")]
    WaitsInSyscall(Addr),
    /// What should be an address of code is none.
    #[error("g {0} has a {1} that is no code")]
    NotCode(Addr, &'static str),
    /// A goroutine's M is none.
    #[error("g {0} has an M that does not point back")]
    NotAnM(Addr),
    /// The chain of Ms breaks, or does not end at the first one.
    #[error("the chain of Ms is not found or broken")]
    Ms,
    /// A scheduling stack has a goid.
    #[error("g0 of the M {0} has a goid")]
    G0(Addr),
    /// What a goroutine waits by is no sudog, or leads to no channel.
    #[error("g {0} waits by a sudog whose {1} makes no sense")]
    Sudog(Addr, &'static str),
    /// The free records of the network poller are of another length.
    #[error("the records of the network poller at {0} are of another length")]
    PollDesc(Addr),
    /// What had to be read can't be.
    #[error("the runtime's structs can't be read")]
    Unreadable(#[from] Unreadable),
}

/// Checks the first goroutines and all Ms. `is_code` says which addresses are code of the target.
///
/// # Errors
/// The first [`Contradiction`]. The target may run meanwhile, so a goroutine that moves between two reads is
/// looked at again, a few times.
pub fn verify(
    memory: &dyn Memory,
    fields: &Fields,
    roots: &Roots,
    is_code: &dyn Fn(Addr) -> bool,
) -> Result<(), Contradiction> {
    for g in first(memory, roots)? {
        patiently(memory, fields, g, is_code)?;
    }
    threads(memory, fields, roots)
}

/// Checks that the layout holds for most of the first goroutines: enough for one that is known to be the target's,
/// whose memory may be damaged here and there.
///
/// # Errors
/// The first [`Contradiction`], where there are as many as goroutines that hold, or more.
pub fn verify_mostly(
    memory: &dyn Memory,
    fields: &Fields,
    roots: &Roots,
    is_code: &dyn Fn(Addr) -> bool,
) -> Result<(), Contradiction> {
    let sample = first(memory, roots)?;
    let wrong = sample
        .iter()
        .filter_map(|g| patiently(memory, fields, *g, is_code).err());
    let wrong: Vec<_> = wrong.collect();
    if wrong.len() * 2 < sample.len() {
        return Ok(());
    }
    wrong.into_iter().next().map_or(Ok(()), Err)
}

fn first(memory: &dyn Memory, roots: &Roots) -> Result<Vec<Addr>, Contradiction> {
    let slice: GoSlice = read_word(memory, roots.allgs.at)?;
    let sample = sample(memory, slice);
    if sample.is_empty() {
        return Err(Contradiction::Unreadable(Unreadable {
            at: slice.data,
            len: 8,
        }));
    }
    Ok(sample)
}

fn patiently(
    memory: &dyn Memory,
    fields: &Fields,
    g: Addr,
    is_code: &dyn Fn(Addr) -> bool,
) -> Result<(), Contradiction> {
    let mut verdict = Ok(());
    for _ in 0..RETRIES {
        verdict = goroutine(memory, fields, g, is_code);
        if verdict.is_ok() {
            break;
        }
    }
    verdict
}

fn threads(memory: &dyn Memory, fields: &Fields, roots: &Roots) -> Result<(), Contradiction> {
    let allm = roots.allm.ok_or(Contradiction::Ms)?;
    let chain = m_chain(memory, fields, read_word(memory, allm.at)?).ok_or(Contradiction::Ms)?;
    // New Ms go to the front, and the first M of all never ends.
    let first = chain.last().ok_or(Contradiction::Ms)?;
    if fields.m.id.read(memory, *first)? != 0 {
        return Err(Contradiction::Ms);
    }
    for m in chain {
        let g0 = fields.m.g0.read(memory, m)?;
        if !g0.is_null() && fields.g.goid.read(memory, g0)? != 0 {
            return Err(Contradiction::G0(m));
        }
    }
    Ok(())
}

const RETRIES: usize = 5;

fn goroutine(
    memory: &dyn Memory,
    fields: &Fields,
    g: Addr,
    is_code: &dyn Fn(Addr) -> bool,
) -> Result<(), Contradiction> {
    let record = read_bytes(memory, g, usize::try_from(fields.g.size).unwrap_or(0))?;
    let short = Unreadable {
        at: g,
        len: record.len(),
    };
    let word = |field: crate::record::Field<Addr>| field.of(&record).ok_or(short);
    let raw = fields.g.status.of(&record).ok_or(short)?;
    let state = raw & !SCAN;
    if state > status::DEADEXTRA {
        return Err(Contradiction::Status(g, raw));
    }
    if status::has_no_stack(state) {
        return Ok(());
    }
    if fields.g.goid.of(&record) == Some(0) {
        return Err(Contradiction::NoGoid(g));
    }
    let (lo, sp, hi) = (
        word(fields.g.stack_lo)?,
        word(fields.g.sched_sp)?,
        word(fields.g.stack_hi)?,
    );
    if [status::RUNNABLE, status::WAITING].contains(&state) && !(lo < sp && sp <= hi) {
        return Err(Contradiction::OffStack(g));
    }
    if state == status::WAITING {
        if !word(fields.g.syscall_sp)?.is_null() {
            return Err(Contradiction::WaitsInSyscall(g));
        }
        if !is_code(word(fields.g.sched_pc)?) {
            return Err(Contradiction::NotCode(g, "pc"));
        }
        queues::queues(memory, fields, g, word(fields.g.waiting)?)?;
    }
    // The g of a thread that C made was started by nobody.
    let startpc = word(fields.g.startpc)?;
    if !startpc.is_null() && !is_code(startpc) {
        return Err(Contradiction::NotCode(g, "startpc"));
    }
    let m = word(fields.g.m)?;
    if !m.is_null() {
        let g0: Addr = fields.m.g0.read(memory, m)?;
        if fields.g.m.read(memory, g0)? != m {
            return Err(Contradiction::NotAnM(g));
        }
    }
    Ok(())
}
