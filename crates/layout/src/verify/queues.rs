//! Whether what goroutines wait by are sudogs, and what these lead to are channels.
//!
//! What can't be read says nothing: a core need not have it.

use super::Contradiction;
use crate::addr::Addr;
use crate::fields::Fields;
use crate::mem::Memory;
use crate::sync::{channel, sudog};

/// Maximum number of cases of one `select` that are looked at.
const MAX_CASES: usize = 8;

/// Checks the sudogs of a goroutine that waits; `first` is the first of them, or nil.
pub(super) fn queues(
    memory: &dyn Memory,
    fields: &Fields,
    g: Addr,
    first: Addr,
) -> Result<(), Contradiction> {
    let mut next = first;
    for _ in 0..MAX_CASES {
        if next.is_null() {
            break;
        }
        let Some(sudog) = sudog::read(memory, fields, next) else {
            break;
        };
        if sudog.g != g {
            return Err(Contradiction::Sudog(g, "g"));
        }
        if fields.sudog.is_select.read(memory, next)? > 1 {
            return Err(Contradiction::Sudog(g, "isSelect"));
        }
        // That of a semaphore has no channel, and those behind it are others'.
        if !sudog.is_a_case() {
            break;
        }
        if !is_channel(memory, fields, sudog.c) {
            return Err(Contradiction::Sudog(g, "channel"));
        }
        next = fields.sudog.wait_link.read(memory, next)?;
    }
    Ok(())
}

/// Whether the bytes at `at` may be those of a channel: no more in the buffer than fits, and in its queues only who waits for
/// this very channel.
fn is_channel(memory: &dyn Memory, fields: &Fields, at: Addr) -> bool {
    let hchan = &fields.hchan;
    let Ok(closed) = hchan.closed.read(memory, at) else {
        return true;
    };
    let queues = [hchan.recvq_first, hchan.sendq_first];
    let mut firsts = queues
        .iter()
        .filter_map(|first| first.read(memory, at).ok());
    closed <= 1
        && channel::read(memory, fields, at).is_some()
        && firsts.all(|first| {
            let channel = fields.sudog.c.read(memory, first);
            first.is_null() || channel.map_or(true, |channel| channel == at)
        })
}
