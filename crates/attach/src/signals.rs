//! Threads of ours that take no signals: none that is held back from others while a target is held may come by them.

use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};
use std::io;
use std::thread;

/// Signals by which the kernel tells a thread of what it did itself. One that is masked ends the process without a word.
const FAULTS: [Signal; 4] = [
    Signal::SIGBUS,
    Signal::SIGSEGV,
    Signal::SIGFPE,
    Signal::SIGILL,
];

/// All signals but those of a thread's own faults.
fn not_faults() -> SigSet {
    let mut masked = SigSet::all();
    for fault in FAULTS {
        masked.remove(fault);
    }
    masked
}

/// From now on, this thread takes none, and neither do those that it starts.
pub(crate) fn take_none() {
    // A mask of known signals cannot be refused.
    let _ = not_faults().thread_block();
}

/// Starts a thread that takes none.
///
/// # Errors
/// Where no thread can be had.
pub(crate) fn start_without(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let mut before = SigSet::empty();
    // The thread inherits the mask, so that none can come before it runs.
    let masked = not_faults();
    let _ = pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&masked), Some(&mut before));
    let started = thread::Builder::new().spawn(work);
    let _ = pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&before), None);
    started.map(drop)
}

#[cfg(test)]
mod tests {
    use super::{FAULTS, start_without, take_none};
    use nix::sys::signal::{SigSet, Signal};
    use std::sync::mpsc::channel;
    use std::thread;

    fn is_as_it_must(mask: &SigSet) -> bool {
        let faults = FAULTS.iter().any(|fault| mask.contains(*fault));
        !faults && mask.contains(Signal::SIGTSTP) && mask.contains(Signal::SIGINT)
    }

    #[test]
    fn a_thread_takes_its_own_faults_alone() {
        let (tell, told) = channel();
        let before = SigSet::thread_get_mask().unwrap();
        start_without(move || tell.send(SigSet::thread_get_mask().unwrap()).unwrap()).unwrap();
        assert!(is_as_it_must(&told.recv().unwrap()));
        assert_eq!(SigSet::thread_get_mask().unwrap(), before);
        let taken = thread::spawn(|| {
            take_none();
            SigSet::thread_get_mask().unwrap()
        });
        assert!(is_as_it_must(&taken.join().unwrap()));
    }
}
