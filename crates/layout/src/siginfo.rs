//! What the kernel says of a signal (`siginfo_t`) in the frame that it makes for a handler.

use crate::addr::Addr;
use crate::arch::Arch;
use crate::mem::{Memory, read_bytes};
use crate::registers::siginfo_at;

/// `siginfo_t` of 64 bits: `si_signo`, `si_errno`, `si_code`, padding, then what depends on the code.
const LEN: usize = 24;
/// Signals that are about an address when the kernel itself sends them: SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV.
const ABOUT_ADDRESS: [u32; 5] = [4, 5, 7, 8, 11];
/// A code above 0 is the kernel's; these come from a process: SI_USER, SI_QUEUE, SI_TKILL.
const FROM_PROCESS: [i32; 3] = [0, -1, -6];

/// A signal as a handler is told of it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct SignalInfo {
    /// Its number.
    pub number: u32,
    /// Why it came (`si_code`).
    pub code: i32,
    /// The word behind the code, whatever it means: Go prints it as the address in any case.
    pub word: u64,
}

/// Who sent a signal.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Sender {
    /// The process, in the target's own pid namespace; 0 where it has no number there.
    pub pid: i32,
    /// Its user.
    pub uid: u32,
}

impl SignalInfo {
    /// Reads the bytes of a `siginfo_t`; nothing where they are too few, or of no signal.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<SignalInfo> {
        let half = |at: usize| {
            let bytes = bytes.get(at..)?.first_chunk()?;
            Some(u32::from_le_bytes(*bytes))
        };
        let number = half(0).filter(|number| (1..=64).contains(number))?;
        Some(SignalInfo {
            number,
            code: half(8)?.cast_signed(),
            word: u64::from(half(16)?) | u64::from(half(20)?) << 32,
        })
    }

    /// Reads what a handler was told; `at` is the stack pointer of its caller, as for
    /// [`Registers::interrupted`](crate::registers::Registers::interrupted).
    #[must_use]
    pub fn of_handler(memory: &dyn Memory, arch: Arch, at: Addr) -> Option<SignalInfo> {
        let from = at.checked_add(siginfo_at(arch))?;
        SignalInfo::decode(&read_bytes(memory, from, LEN).ok()?)
    }

    /// The address whose access failed, of a signal that is about one.
    #[must_use]
    pub fn address(&self) -> Option<Addr> {
        let has_address = self.code > 0 && ABOUT_ADDRESS.contains(&self.number);
        has_address.then_some(Addr::new(self.word))
    }

    /// Who sent it, where it was a process.
    #[must_use]
    pub fn sender(&self) -> Option<Sender> {
        let (pid, uid) = (self.word & 0xffff_ffff, self.word >> 32);
        let from_process = FROM_PROCESS.contains(&self.code);
        from_process.then_some(Sender {
            pid: u32::try_from(pid).ok()?.cast_signed(),
            uid: u32::try_from(uid).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Sender, SignalInfo};
    use crate::addr::Addr;
    use crate::arch::Arch;
    use crate::testing::Bytes;

    fn bytes(number: u64, code: u64, word: u64) -> Vec<u8> {
        let words = [number, code, word];
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn a_fault_has_an_address_and_no_sender() {
        let fault = SignalInfo::decode(&bytes(11, 1, 0xdead)).unwrap();
        assert_eq!((fault.number, fault.code), (11, 1));
        assert_eq!(fault.address(), Some(Addr::new(0xdead)));
        assert_eq!(fault.sender(), None);
    }

    #[test]
    fn what_a_process_sent_has_a_sender_and_no_address() {
        let word = (1000 << 32) + 77;
        for code in [0, u64::from((-6_i32).cast_unsigned())] {
            let sent = SignalInfo::decode(&bytes(11, code, word)).unwrap();
            let sender = Sender { pid: 77, uid: 1000 };
            assert_eq!((sent.address(), sent.sender()), (None, Some(sender)));
        }
    }

    #[test]
    fn what_is_no_signal_is_none() {
        assert_eq!(SignalInfo::decode(&bytes(0, 0, 0)), None);
        assert_eq!(SignalInfo::decode(&bytes(65, 0, 0)), None);
        assert_eq!(SignalInfo::decode(&bytes(11, 1, 0)[..23]), None);
    }

    #[test]
    fn it_lies_where_the_kernel_puts_it() {
        // Behind the ucontext on amd64, in front of it on arm64 (`struct rt_sigframe`).
        for (arch, words) in [(Arch::Amd64, 38), (Arch::Arm64, 0)] {
            let mut memory = Bytes::at(0x1000);
            for _ in 0..words {
                memory = memory.u64(0);
            }
            let memory = memory.u64(11).u64(2).u64(0x40);
            let found = SignalInfo::of_handler(&memory, arch, Addr::new(0x1000)).unwrap();
            assert_eq!((found.number, found.code, found.word), (11, 2, 0x40));
        }
    }
}
