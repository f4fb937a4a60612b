//! Work that is shared out among threads, block by block.

use gopeek_attach::workers;
use std::iter;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Has up to `most` threads take blocks until there are none; returns what each of them made of those that it took.
pub(crate) fn share_out<B: Send, R: Send>(
    blocks: impl Iterator<Item = B> + Send,
    most: usize,
    work: impl Fn(&mut dyn Iterator<Item = B>) -> R + Sync,
) -> Vec<R> {
    let blocks = Mutex::new(blocks);
    let work = || {
        let next = || {
            let mut blocks = blocks.lock().unwrap_or_else(PoisonError::into_inner);
            blocks.next()
        };
        work(&mut iter::from_fn(next))
    };
    thread::scope(|scope| {
        // Where no more threads are to be had, fewer do.
        let start = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
        let others = 1..workers::count().min(most);
        let others: Vec<_> = others.map_while(start).collect();
        let mut made = vec![work()];
        made.extend(others.into_iter().map(|other| {
            let made = other.join();
            made.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        }));
        made
    })
}

#[cfg(test)]
mod tests {
    use super::share_out;

    #[test]
    fn each_block_is_taken_once() {
        let sums = share_out(0..1000u64, 8, |blocks| blocks.sum::<u64>());
        assert_eq!(sums.iter().sum::<u64>(), 999 * 1000 / 2);
        // Nobody else is asked for help with one.
        assert_eq!(share_out(0..1, 1, |blocks| blocks.count()), [1]);
    }
}
