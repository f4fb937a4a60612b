//! Goroutines that wait for each other at channels which lie in the structs that their stacks lead to: actors and their inboxes.

use super::pointers::stack;
use crate::diagnose::Ground;
use crate::diagnose::functions::package;
use crate::diagnose::records::Record;
use crate::report::{Evidence, Frame, Grade, Kind, Object, Report, Suspect};
use gopeek_layout::Addr;
use gopeek_layout::mem::{Word, read_bytes};
use rustc_hash::{FxHashMap, FxHashSet};

/// Maximum number of channels that are looked at: a larger number of them is no circle that anybody would understand.
const MAX_CHANNELS: usize = 64;
/// Maximum number of pointers from a word of the stack to a channel.
const MAX_DEPTH: u32 = 3;
/// Bytes of a stack, from its innermost frame on, that are looked through.
const STACK_BYTES: usize = 16 << 10;
/// Bytes of an object of the heap that are looked through.
const OBJECT_BYTES: usize = 128;
/// Maximum number of objects that are looked through for one goroutine.
const MAX_READS: usize = 2048;
/// Words below are no addresses.
const LOWEST: u64 = 1 << 16;

/// A channel at which one goroutine waits, and that nobody is known to hold.
struct Inbox {
    object: u32,
    waiter: u32,
}

/// Adds to channels the only goroutine that leads to them, where it waits at such a channel itself and so on in a circle.
pub(super) fn circles(
    ground: &Ground<'_>,
    report: &Report,
    records: &[Option<Record>],
    objects: &mut [Object],
) {
    let inboxes = inboxes(objects);
    if inboxes.len() < 2 || inboxes.len() > MAX_CHANNELS {
        return;
    }
    let wanted: FxHashMap<u64, usize> = inboxes
        .iter()
        .enumerate()
        .filter_map(|(at, inbox)| Some((object(objects, inbox.object)?.addr, at)))
        .collect();
    // Which of the goroutines lead to each of the channels.
    let mut leads: Vec<Vec<(usize, u32)>> = inboxes.iter().map(|_| Vec::new()).collect();
    for (from, inbox) in inboxes.iter().enumerate() {
        for (to, depth) in reached(ground, report, records, inbox.waiter, &wanted) {
            if to != from
                && let Some(leads) = leads.get_mut(to)
            {
                leads.push((from, depth));
            }
        }
    }
    for (at, inbox) in inboxes.iter().enumerate() {
        let Some([(only, depth)]) = leads.get(at).map(|it| &it[..]) else {
            continue;
        };
        if comes_back(&leads, at, *only)
            && let Some(other) = inboxes.get(*only)
            && let Some(object) = usize::try_from(inbox.object)
                .ok()
                .and_then(|at| objects.get_mut(at))
        {
            object.suspects.push(Suspect {
                goroutine: other.waiter,
                grade: Grade::Possible,
                evidence: vec![
                    Evidence::Reaches {
                        frame: own_frame(report, other.waiter),
                        depth: *depth,
                    },
                    Evidence::OnlyOne,
                ],
            });
        }
    }
}

/// The innermost frame of a goroutine that is not the runtime's.
fn own_frame(report: &Report, index: u32) -> u32 {
    let frames = report.goroutine(index).map(|it| report.frames(&it.stack));
    let is_own = |frame: Frame<'_>| {
        let call = frame.site.calls.last();
        call.is_some_and(|call| package(&call.function) != "runtime")
    };
    let own = frames.and_then(|mut frames| frames.position(is_own));
    own.and_then(|at| u32::try_from(at).ok()).unwrap_or(0)
}

fn object(objects: &[Object], index: u32) -> Option<&Object> {
    objects.get(usize::try_from(index).ok()?)
}

fn inboxes(objects: &[Object]) -> Vec<Inbox> {
    let all = objects.iter().zip(0u32..);
    let inboxes = all.filter_map(|(object, index)| {
        let Kind::Channel(channel) = &object.kind else {
            return None;
        };
        let [waiter] = &object.waiters[..] else {
            return None;
        };
        let open = channel.timer.is_none() && !channel.closed && !object.global;
        (open && waiter.sole && object.suspects.is_empty()).then_some(Inbox {
            object: index,
            waiter: waiter.goroutine,
        })
    });
    // One more than is looked at tells that there are too many.
    inboxes.take(MAX_CHANNELS + 1).collect()
}

/// Whether the way from a channel to the only goroutine that leads to it, and on to what that waits at, comes back.
fn comes_back(leads: &[Vec<(usize, u32)>], start: usize, first: usize) -> bool {
    let mut at = first;
    for _ in 0..leads.len() {
        if at == start {
            return true;
        }
        match leads.get(at).map(|it| &it[..]) {
            Some([(next, _)]) => at = *next,
            _ => return false,
        }
    }
    false
}

/// The channels that a goroutine's stack leads to, and over how many pointers.
fn reached(
    ground: &Ground<'_>,
    report: &Report,
    records: &[Option<Record>],
    index: u32,
    wanted: &FxHashMap<u64, usize>,
) -> Vec<(usize, u32)> {
    let record = usize::try_from(index).ok();
    let record = record.and_then(|at| records.get(at)?.as_ref());
    let span = report
        .goroutine(index)
        .zip(record)
        .and_then(|(goroutine, record)| stack(&ground.limits, goroutine, record));
    let Some(span) = span else {
        return Vec::new();
    };
    let len = usize::try_from(span.len).map_or(STACK_BYTES, |len| len.min(STACK_BYTES));
    let mut level = words(ground, span.start, len);
    let mut seen: FxHashSet<u64> = FxHashSet::default();
    let mut found: Vec<(usize, u32)> = Vec::new();
    for depth in 1..=MAX_DEPTH {
        let mut next = Vec::new();
        for word in level {
            if word < LOWEST || !word.is_multiple_of(8) || !seen.insert(word) {
                continue;
            }
            if let Some(at) = wanted.get(&word) {
                found.push((*at, depth));
            } else if depth < MAX_DEPTH && seen.len() < MAX_READS {
                next.extend(words(ground, Addr::new(word), OBJECT_BYTES));
            }
        }
        level = next;
    }
    found
}

fn words(ground: &Ground<'_>, at: Addr, len: usize) -> Vec<u64> {
    let bytes = read_bytes(ground.memory, at, len).or_else(|_| read_bytes(ground.memory, at, 8));
    let bytes = bytes.unwrap_or_default();
    bytes.chunks_exact(8).filter_map(u64::decode).collect()
}
