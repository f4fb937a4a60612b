//! Work that is done by several threads of ours, side by side.

use std::iter;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ScopedJoinHandle};

/// More than this read no faster, and are more than a target's host can spare.
const MAX: usize = 4;

/// As many as there are cores, within reason.
#[must_use]
pub fn count() -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    cores.min(MAX)
}

/// Has up to `most` threads do the same work, this one among them; returns what each of them made. Where no more threads
/// are to be had, fewer do.
pub fn on_each<R: Send>(most: usize, work: impl Fn() -> R + Sync) -> Vec<R> {
    thread::scope(|scope| {
        let start = |_| thread::Builder::new().spawn_scoped(scope, &work).ok();
        let others: Vec<_> = (1..most).map_while(start).collect();
        let mut made = vec![work()];
        made.extend(others.into_iter().map(joined));
        made
    })
}

/// Does two things side by side, if there is a thread to be had for the second.
pub fn beside<H, T: Send>(here: impl FnOnce() -> H, there: impl Fn() -> T + Sync) -> (H, T) {
    thread::scope(|scope| {
        let other = thread::Builder::new().spawn_scoped(scope, &there);
        let here = here();
        let there = other.map_or_else(|_| there(), joined);
        (here, there)
    })
}

/// What a thread made. Its panic is ours.
fn joined<R>(thread: ScopedJoinHandle<'_, R>) -> R {
    let made = thread.join();
    made.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Has up to `most` threads, and no more than there are cores, take blocks until there are none; returns what each of them
/// made of those that it took.
pub fn share_out<B: Send, R: Send>(
    blocks: impl Iterator<Item = B> + Send,
    most: usize,
    work: impl Fn(&mut dyn Iterator<Item = B>) -> R + Sync,
) -> Vec<R> {
    let blocks = Mutex::new(blocks);
    on_each(count().min(most), || {
        let next = || {
            let mut blocks = blocks.lock().unwrap_or_else(PoisonError::into_inner);
            blocks.next()
        };
        work(&mut iter::from_fn(next))
    })
}

#[cfg(test)]
mod tests {
    use super::{beside, share_out};

    #[test]
    fn two_things_are_done_side_by_side() {
        let (sent, received) = std::sync::mpsc::channel();
        // Neither could be done before the other.
        let done = beside(|| received.recv(), || sent.send(7));
        assert_eq!(done, (Ok(7), Ok(())));
    }

    #[test]
    fn each_block_is_taken_once() {
        let sums = share_out(0..1000u64, 8, |blocks| blocks.sum::<u64>());
        assert_eq!(sums.iter().sum::<u64>(), 999 * 1000 / 2);
        // Nobody else is asked for help with one.
        assert_eq!(share_out(0..1, 1, |blocks| blocks.count()), [1]);
    }
}
