//! Reads and writes of connections that wait without a limit: trouble where somebody waits for what the peer is to say.

use super::has_waited;
use crate::describe;
use crate::diagnose::library;
use crate::diagnose::work::{listens_at, port};
use crate::report::{
    Evidence, File, Finding, Grade, Kind, Object, Peer, Purpose, Report, Trouble, Waiter, Weight,
};
use rustc_hash::FxHashSet;
use std::cmp::Reverse;

/// Waits for other processes, of which all that could end one are stopped. `found` are the findings so far: whoever is to blame
/// for one of these is told of there, with the peer.
pub(super) fn stopped(report: &Report, found: &[Finding]) -> Vec<Finding> {
    let told: FxHashSet<u32> = found.iter().flat_map(|it| &it.culprits).copied().collect();
    let objects = report.objects.iter().zip(0u32..);
    let stopped = objects.filter_map(|(object, index)| {
        let Kind::File(file) = &object.kind else {
            return None;
        };
        let is_stopped = |peer: &Peer| ['T', 't'].contains(&peer.state);
        let all = !file.peers.is_empty() && file.peers.iter().all(is_stopped);
        let waiter = object.waiters.first().filter(|_| all)?;
        let is_told = told.contains(&waiter.goroutine);
        // One that is stopped with the target is stopped by the same hand.
        let other = file.peers.iter().all(|peer| peer.pid != report.target.pid);
        (other && !is_told).then(|| Finding {
            what: Trouble::Peer,
            weight: Weight::Suspicious,
            grade: Grade::Likely,
            text: describe::stopped_peer(report, object, *waiter),
            culprits: vec![waiter.goroutine],
            objects: vec![index],
            held_up: object.waiters.len() as u64,
            ..Finding::default()
        })
    });
    stopped.collect()
}

/// A wait at a connection.
struct Pending<'r> {
    object: &'r Object,
    index: u32,
    waiter: Waiter,
    weight: Weight,
}

/// Reads and writes that wait for a peer for long, and may do so for ever. To wait for the next that a peer may want is what
/// readers are for: of those there is but one note. `found` are the findings so far: whoever is told of there is left out.
pub(super) fn no_deadline(report: &Report, found: &[Finding]) -> Vec<Finding> {
    let told = super::told(report, found);
    let mut pending = pending(report);
    pending.retain(|it| !told.contains(&it.waiter.goroutine));
    let (mut notes, worse): (Vec<Pending<'_>>, Vec<Pending<'_>>) = pending
        .into_iter()
        .partition(|pending| pending.weight == Weight::Note);
    notes.sort_by_key(|pending| Reverse(report.waited(pending.waiter.goroutine)));
    let text = match &notes[..] {
        [] => None,
        [only] => Some(describe::no_deadline(report, only.object, only.waiter)),
        [first, ..] => Some(describe::readers(report, notes.len(), first.waiter)),
    };
    let note = text.map(|text| finding(&notes, text));
    let worse = worse.iter().map(|pending| {
        let text = describe::no_deadline(report, pending.object, pending.waiter);
        finding(std::slice::from_ref(pending), text)
    });
    worse.chain(note).collect()
}

fn finding(pending: &[Pending<'_>], text: String) -> Finding {
    let waiting = pending.iter().map(|pending| pending.object.waiters.len());
    Finding {
        what: Trouble::NoDeadline,
        weight: pending.first().map_or(Weight::Note, |first| first.weight),
        grade: Grade::Possible,
        text,
        culprits: pending.iter().map(|it| it.waiter.goroutine).collect(),
        objects: pending.iter().map(|it| it.index).collect(),
        held_up: waiting.sum::<usize>() as u64,
        ..Finding::default()
    }
}

fn pending(report: &Report) -> Vec<Pending<'_>> {
    let idle: FxHashSet<u32> = report.idle().collect();
    let listens: FxHashSet<&str> = report.objects.iter().filter_map(listens_at).collect();
    let waited_for = waited_for(report, &idle);
    let objects = report.objects.iter().zip(0u32..);
    let pending = objects.filter_map(|(object, index)| {
        let Kind::File(file) = &object.kind else {
            return None;
        };
        let socket = file.socket.as_ref()?;
        let connected = file.polled && socket.remote.is_some();
        let waiter = object.waiters.iter().filter(|_| connected).find(|waiter| {
            deadline(file, waiter.purpose).is_none() && !idle.contains(&waiter.goroutine)
        })?;
        // Who was called waits for what others may want of it.
        let called = socket.local.as_deref().and_then(port);
        let called = called.is_some_and(|port| listens.contains(port));
        let matters = waiter.purpose == Purpose::Write
            || !called && waited_for.contains(&waiter.goroutine)
            || !called && answers(report, waiter.goroutine);
        Some(Pending {
            object,
            index,
            waiter: *waiter,
            weight: if matters && has_waited(report, waiter.goroutine) {
                Weight::Suspicious
            } else {
                Weight::Note
            },
        })
    });
    pending.collect()
}

fn deadline(file: &File, purpose: Purpose) -> Option<i64> {
    match purpose {
        Purpose::Write => file.write_deadline,
        _ => file.read_deadline,
    }
}

/// Goroutines of which alone another one has waited for something for long.
fn waited_for(report: &Report, idle: &FxHashSet<u32>) -> FxHashSet<u32> {
    let waits =
        |waiter: &Waiter| !idle.contains(&waiter.goroutine) && has_waited(report, waiter.goroutine);
    let objects = report.objects.iter();
    let objects = objects.filter(|object| object.waiters.iter().any(waits));
    let suspects = objects.flat_map(|object| &object.suspects);
    let clear = suspects.filter(|suspect| {
        suspect.grade > Grade::Possible || suspect.evidence.contains(&Evidence::OnlyOne)
    });
    clear.map(|suspect| suspect.goroutine).collect()
}

/// Whether a goroutine is about to answer a request.
fn answers(report: &Report, index: u32) -> bool {
    let goroutine = report.goroutine(index);
    goroutine.is_some_and(|goroutine| library::serves(report.frames(&goroutine.stack)))
}
