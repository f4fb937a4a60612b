//! Who waits for semaphores: the runtime's table of them (`runtime.semtable`).

use super::sudog;
use crate::addr::Addr;
use crate::fields::{Fields, SemTable};
use crate::limits::Limits;
use crate::mem::{Memory, read_word};
use crate::record::Field;
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
    /// How many entries there are (`semTabSize`).
    pub entries: u64,
    /// Bytes from one to the next: a line of the cache, which differs by architecture and release.
    pub stride: u64,
    /// Bytes from an entry to its tree.
    pub tree: u64,
}

impl Table {
    /// The table at `at`; nothing where the record of it makes no sense.
    #[must_use]
    pub fn at(fields: &SemTable, at: Addr) -> Option<Table> {
        let (first, second) = (fields.first_tree.offset(), fields.second_tree.offset());
        let stride = second.checked_sub(first)?;
        Some(Table {
            at,
            entries: u64::from(fields.size.checked_div(stride)?),
            stride: u64::from(stride),
            tree: u64::from(first),
        })
    }

    /// Where the roots of the trees lie.
    pub fn trees(self) -> impl Iterator<Item = Addr> {
        (0..self.entries).map_while(move |index| {
            let offset = index.checked_mul(self.stride)?.checked_add(self.tree)?;
            self.at.checked_add(offset)
        })
    }
}

/// Everyone in the table: of each entry the tree of semaphores, of each semaphore those that wait.
///
/// The trees are of sudogs, one for each semaphore: `prev` and `next` are what is below, `waitlink` is who else waits
/// for it (`runtime/sema.go`).
#[must_use]
pub fn waiters(memory: &dyn Memory, fields: &Fields, limits: &Limits, table: Table) -> Vec<Waiter> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    let roots = table.trees();
    let mut nodes: Vec<Addr> = roots.filter_map(|at| read_word(memory, at).ok()).collect();
    let next = |field: Field<Addr>, at| field.read(memory, at).unwrap_or(Addr::NULL);
    let is_full = |found: &Vec<Waiter>| found.len() as u64 >= limits.goroutines;
    while let Some(node) = nodes.pop() {
        if is_full(&found) {
            break;
        }
        if node.is_null() || !seen.insert(node) {
            continue;
        }
        let Some(first) = sudog::read(memory, fields, node) else {
            continue;
        };
        nodes.push(next(fields.sudog.prev, node));
        nodes.push(next(fields.sudog.next, node));
        let mut waiter = Some(first);
        while let Some(sudog) = waiter.filter(|_| !is_full(&found)) {
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
