//! Goroutines in queues (`runtime.sudog`).

use crate::addr::Addr;
use crate::fields::Fields;
use crate::limits::Limits;
use crate::mem::{Memory, read_bytes};
use crate::pending::chain;

/// A goroutine in a queue.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Sudog {
    /// Where the record lies.
    pub addr: Addr,
    /// Who waits.
    pub g: Addr,
    /// The data, or what the semaphore is known by.
    pub elem: Addr,
    /// The channel; nil for a semaphore.
    pub c: Addr,
    /// A case of a `select`.
    pub is_select: bool,
}

impl Sudog {
    /// Whether it is a case, after which others may come. Behind that of a semaphore come others that wait for the same.
    #[must_use]
    pub fn is_a_case(&self) -> bool {
        !self.c.is_null()
    }
}

/// The sudogs by which a goroutine waits: one for each case of a `select`, in the order of their channels.
#[must_use]
pub fn of(memory: &dyn Memory, fields: &Fields, limits: &Limits, g: Addr) -> Vec<Sudog> {
    let first = fields.g.waiting.read(memory, g).unwrap_or(Addr::NULL);
    let all = chain(memory, fields.sudog.wait_link, first, limits);
    let mut found = Vec::new();
    for sudog in all.filter_map(|at| read(memory, fields, at)) {
        found.push(sudog);
        if !sudog.is_a_case() {
            break;
        }
    }
    found
}

/// The sudog at `at`.
#[must_use]
pub fn read(memory: &dyn Memory, fields: &Fields, at: Addr) -> Option<Sudog> {
    let sudog = &fields.sudog;
    let record = read_bytes(memory, at, usize::try_from(sudog.size).ok()?).ok()?;
    Some(Sudog {
        addr: at,
        g: sudog.g.of(&record)?,
        elem: sudog.elem.of(&record)?,
        c: sudog.c.of(&record)?,
        is_select: sudog.is_select.of(&record)? != 0,
    })
}
