//! Which threads did anything between two looks: a thread that sleeps is not switched to.
//!
//! A look itself stops all threads, and so switches to each. Hence they are looked at before and after that, and what
//! happens meanwhile does not count.

use crate::report::Threads;
use gopeek_attach::threads::Switches;
use gopeek_attach::{Pid, Process};
use std::collections::BTreeMap;

/// What was seen of each thread, by tid: how often it has left a CPU, and its state.
type Seen = BTreeMap<i32, (Switches, char)>;

/// A running account of a process's threads.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// After the last look; nothing before the first.
    since: Option<Seen>,
    /// Whether each thread has moved so far, of those that were always there.
    moved: Option<BTreeMap<i32, bool>>,
}

/// The threads of a process as they are now. One that has ended has none.
pub(super) fn look(pid: Pid) -> Seen {
    let process = Process::open(pid).ok();
    let threads = process
        .as_ref()
        .and_then(|process| process.threads().ok())
        .unwrap_or_default();
    let seen = threads.into_iter().filter_map(|tid| {
        let switches = process.as_ref()?.switches(tid)?;
        Some((tid.as_raw(), switches))
    });
    seen.collect()
}

impl Account {
    /// A look was done, and this is what was to be seen behind it.
    pub(super) fn begin(&mut self, seen: Seen) {
        self.since = Some(seen);
    }

    /// A look is to begin, and this is what is to be seen before it.
    pub(super) fn end(&mut self, seen: &Seen) {
        let Some(since) = self.since.take() else {
            return;
        };
        let before = self.moved.take();
        let both = since.iter().filter_map(|(tid, then)| {
            let now = seen.get(tid)?;
            let known = match &before {
                Some(before) => *before.get(tid)?,
                None => false,
            };
            // One that has run all the time has left no CPU.
            let runs = then.1 == 'R' || now.1 == 'R';
            Some((*tid, known || runs || then.0 != now.0))
        });
        self.moved = Some(both.collect());
    }

    /// What came of it.
    pub(super) fn threads(self) -> Option<Threads> {
        let moved = self.moved.filter(|moved| !moved.is_empty())?;
        let still = moved.values().filter(|moved| !**moved).count();
        let moved = moved.into_iter().filter(|(_, moved)| *moved);
        Some(Threads {
            still,
            moved: moved.map(|(tid, _)| tid).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Account, Seen, Switches};

    fn seen(threads: &[(i32, u64, char)]) -> Seen {
        let each = threads.iter().map(|(tid, voluntary, state)| {
            let switches = Switches {
                voluntary: *voluntary,
                involuntary: 0,
            };
            (*tid, (switches, *state))
        });
        each.collect()
    }

    #[test]
    fn what_a_look_does_to_threads_does_not_count() {
        let mut account = Account::default();
        account.end(&seen(&[(1, 1, 'S')]));
        account.begin(seen(&[(1, 5, 'S'), (2, 5, 'S'), (3, 9, 'R'), (4, 1, 'S')]));
        account.end(&seen(&[(1, 5, 'S'), (2, 5, 'S'), (3, 9, 'R')]));
        account.begin(seen(&[(1, 8, 'S'), (2, 8, 'S'), (3, 9, 'R'), (5, 1, 'S')]));
        account.end(&seen(&[(1, 8, 'S'), (2, 9, 'S'), (3, 9, 'R'), (5, 1, 'S')]));
        let threads = account.threads().unwrap();
        assert_eq!((threads.still, threads.moved), (1, vec![2, 3]));
    }

    #[test]
    fn one_look_says_nothing() {
        let mut account = Account::default();
        account.end(&seen(&[(1, 1, 'S')]));
        account.begin(seen(&[(1, 1, 'S')]));
        assert_eq!(account.threads(), None);
    }
}
