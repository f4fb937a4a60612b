//! Who waits for semaphores: the runtime's table of them (`runtime.semtable`).

use super::sudog;
use crate::addr::Addr;
use crate::fields::Fields;
use crate::limits::Limits;
use crate::mem::{Memory, read_word};
use std::collections::HashSet;

/// A goroutine that waits for a semaphore.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Waiter {
    /// Who waits.
    pub g: Addr,
    /// The semaphore.
    pub addr: Addr,
}

/// Where the table lies, and how far its entries lie apart.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Table {
    /// Its first entry.
    pub at: Addr,
    /// Bytes from one to the next.
    pub stride: u64,
    /// Bytes from an entry to its tree.
    pub tree: u64,
}

/// `semTabSize`, in every release.
const ENTRIES: u64 = 251;

/// Everyone in the table: of each entry the tree of semaphores, of each semaphore those that wait.
#[must_use]
pub fn waiters(memory: &dyn Memory, fields: &Fields, limits: &Limits, table: Table) -> Vec<Waiter> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    let roots = (0..ENTRIES).filter_map(|index| {
        let at = table.at.checked_add(index * table.stride + table.tree)?;
        read_word::<Addr>(memory, at).ok()
    });
    let mut nodes: Vec<Addr> = roots.collect();
    while let Some(node) = nodes.pop() {
        if found.len() as u64 > limits.goroutines {
            break;
        }
        if node.is_null() || !seen.insert(node) {
            continue;
        }
        let Some(first) = sudog::read(memory, fields, node) else {
            continue;
        };
        let next =
            |field: crate::record::Field<Addr>, at| field.read(memory, at).unwrap_or(Addr::NULL);
        nodes.push(next(fields.sudog.prev, node));
        nodes.push(next(fields.sudog.next, node));
        let mut waiter = Some(first);
        while let Some(sudog) = waiter {
            found.push(Waiter {
                g: sudog.g,
                addr: first.elem,
            });
            let after = next(fields.sudog.wait_link, sudog.addr);
            let is_new = !after.is_null() && seen.insert(after);
            waiter = is_new.then(|| sudog::read(memory, fields, after)).flatten();
        }
    }
    found
}
