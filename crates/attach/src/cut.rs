//! A file that is cut off while it is mapped: an error value, and not the end of gopeek.
//!
//! The kernel answers an access to a page that its file does not have any more, or that its file system cannot provide, with
//! SIGBUS. Whoever may write to the file could end gopeek in this way. A handler maps zeros there instead, and notes it.

use nix::errno::Errno;
use nix::libc::{self, c_int, c_void, siginfo_t};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};

/// The mappings that are watched. Slots are never freed, so that the handler can go through them at any moment.
static SLOTS: AtomicPtr<Slot> = AtomicPtr::new(ptr::null_mut());
/// Whoever takes a slot has this; the handler does not need it.
static TAKING: Mutex<()> = Mutex::new(());
static HANDLER: Once = Once::new();
/// Bytes of a page.
static PAGE: AtomicUsize = AtomicUsize::new(0);

/// Room for a mapping; free where it has no bytes.
#[derive(Debug)]
struct Slot {
    start: AtomicUsize,
    end: AtomicUsize,
    is_cut: AtomicBool,
    next: Option<&'static Slot>,
}

/// A mapping of a file that is watched until this is dropped, which must happen before it is unmapped.
#[derive(Debug)]
pub(crate) struct Watched(&'static Slot);

impl Watched {
    /// Watches a mapping.
    pub(crate) fn new(mapping: &[u8]) -> Watched {
        HANDLER.call_once(install);
        let range = mapping.as_ptr_range();
        let _taking = TAKING.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots().find(|slot| slot.end.load(Ordering::Acquire) == 0);
        let slot = slot.unwrap_or_else(add_slot);
        slot.is_cut.store(false, Ordering::Release);
        slot.start.store(range.start as usize, Ordering::Release);
        slot.end.store(range.end as usize, Ordering::Release);
        Watched(slot)
    }

    /// Whether a part of the file was missing when it was read. Zeros are there instead.
    pub(crate) fn is_cut(&self) -> bool {
        self.0.is_cut.load(Ordering::Acquire)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.end.store(0, Ordering::Release);
    }
}

#[allow(unsafe_code)]
fn slots() -> impl Iterator<Item = &'static Slot> {
    // SAFETY: the pointer is null, or came from a slot that is never freed.
    let first: Option<&'static Slot> = unsafe { SLOTS.load(Ordering::Acquire).as_ref() };
    std::iter::successors(first, |slot| slot.next)
}

/// One more slot. Only who has [`TAKING`] adds one.
fn add_slot() -> &'static Slot {
    let slot = Box::leak(Box::new(Slot {
        start: AtomicUsize::new(0),
        end: AtomicUsize::new(0),
        is_cut: AtomicBool::new(false),
        next: slots().next(),
    }));
    SLOTS.store(slot, Ordering::Release);
    slot
}

#[allow(unsafe_code)]
fn install() {
    PAGE.store(rustix::param::page_size(), Ordering::Release);
    let flags = SaFlags::SA_SIGINFO | SaFlags::SA_ONSTACK;
    let action = SigAction::new(SigHandler::SigAction(on_missing), flags, SigSet::empty());
    // SAFETY: the handler does nothing but load atomics and make system calls.
    // It cannot be refused for this signal; and without it, gopeek merely ends as before.
    let _ = unsafe { sigaction(Signal::SIGBUS, &action) };
}

/// Provides zeros where a watched file has nothing; for anything else, the signal does what it does without us.
#[allow(unsafe_code)]
extern "C" fn on_missing(_: c_int, info: *mut siginfo_t, _: *mut c_void) {
    let before = Errno::last_raw();
    // SAFETY: the kernel gives a handler with SA_SIGINFO a valid siginfo.
    let (by_kernel, at) = unsafe { ((*info).si_code > 0, (*info).si_addr() as usize) };
    if by_kernel && provide(at) {
        Errno::set_raw(before);
        return;
    }
    // SAFETY: both only make a system call. The signal is held back until the handler returns.
    unsafe {
        libc::signal(libc::SIGBUS, libc::SIG_DFL);
        libc::raise(libc::SIGBUS);
    }
}

/// Maps zeros from the page of `at` to the end of the watched mapping that it is in; false where it is in none.
#[allow(unsafe_code)]
fn provide(at: usize) -> bool {
    for slot in slots() {
        let start = slot.start.load(Ordering::Acquire);
        let end = slot.end.load(Ordering::Acquire);
        if !(start..end).contains(&at) {
            continue;
        }
        let page = at - at % PAGE.load(Ordering::Acquire);
        slot.is_cut.store(true, Ordering::Release);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
        // SAFETY: the pages belong to a mapping of ours that is only read, and is unmapped as a whole after it is no
        // longer watched. It stays readable.
        let mapped = unsafe {
            let page = page as *mut c_void;
            libc::mmap(page, end - page as usize, libc::PROT_READ, flags, -1, 0)
        };
        return mapped != libc::MAP_FAILED;
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::files::FileBytes;
    use crate::time_limit::within;
    use std::io::Write;
    use std::time::Duration;

    #[test]
    fn of_a_file_that_is_cut_off_zeros_are_read_and_it_is_noted() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![7; 64 << 10]).unwrap();
        let (bytes, other) = (
            FileBytes::map(&file).unwrap(),
            FileBytes::map(&file).unwrap(),
        );
        assert!(!bytes.is_cut());
        file.set_len(8 << 10).unwrap();
        assert_eq!((bytes[0], bytes.is_cut()), (7, false));
        assert_eq!(bytes[(64 << 10) - 1], 0);
        assert!(bytes.is_cut() && !other.is_cut());
        // From another thread, and one page after the other.
        let sum = move || {
            let sum: u64 = other.iter().map(|byte| u64::from(*byte)).sum();
            (sum, other.is_cut())
        };
        let summed = within(Duration::from_secs(60), sum);
        assert_eq!(summed, Some((7 * (8 << 10), true)));
        drop(bytes);
        // A slot that is used again begins anew.
        file.set_len(16 << 10).unwrap();
        assert!(!FileBytes::map(&file).unwrap().is_cut());
    }
}
