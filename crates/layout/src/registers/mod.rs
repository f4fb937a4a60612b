//! A thread's registers, as the kernel hands them out: a live thread's, a core's, a signal handler's.
//!
//! Which word is which register is data, one `RegisterFile` for each architecture. Not for walking stacks.

mod amd64;
mod arm64;

use crate::addr::Addr;
use crate::arch::Arch;
use crate::mem::{Memory, Unreadable, Word, read_bytes};

/// The most words that a general-purpose register set has (arm64: x0 to x30, sp, pc, pstate).
const MAX_WORDS: usize = 34;

/// What the kernel answers to itself where a system call is to be made again: ERESTARTSYS and ERESTARTNOINTR, for which a
/// handler finds the call not yet made; ERESTARTNOHAND and ERESTART_RESTARTBLOCK, for which it finds it interrupted.
const RESTARTED: [i64; 2] = [-512, -513];
const INTERRUPTED: [i64; 2] = [-514, -516];
const EINTR: i64 = -4;

/// The general-purpose registers of one thread at one moment.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Registers {
    arch: Arch,
    words: [u64; MAX_WORDS],
    /// Only pc and sp are known.
    is_place: bool,
}

/// A register set's shape: where each register lies among the words of `NT_PRSTATUS`.
#[derive(Debug)]
struct RegisterFile {
    /// Words in all: `user_regs_struct`, `user_pt_regs`.
    words: usize,
    pc: usize,
    sp: usize,
    frame_pointer: usize,
    /// The link register.
    link: Option<usize>,
    /// Where the thread's own variables end, where the set has it.
    thread_pointer: Option<usize>,
    /// By DWARF number (System V ABI for amd64, ABI for the Arm 64-bit architecture).
    dwarf: &'static [usize],
    /// The system call that was entered last, or -1, where the set has it.
    syscall_number: Option<usize>,
    /// The arguments of a system call.
    syscall_args: [usize; 6],
    /// Where a system call's result goes, and how long the instruction is that makes one.
    syscall_result: usize,
    syscall_len: u64,
    /// Where the kernel keeps what a signal interrupted: bytes from the stack pointer of the handler's caller, and
    /// which word each of the words there is.
    signal_frame: (u64, &'static [usize]),
    /// Which registers follow these, of two bytes each.
    signal_segments: &'static [usize],
    /// Likewise, where it says which signal it was (`siginfo_t`).
    siginfo: u64,
    /// What a crash of Go prints, in its order, and how wide it makes the names (`runtime.dumpregs`). The fault's address,
    /// which arm64 prints too, is none of the registers.
    printed: &'static [(&'static str, usize)],
    name_width: usize,
}

fn file(arch: Arch) -> &'static RegisterFile {
    match arch {
        Arch::Amd64 => &amd64::FILE,
        Arch::Arm64 => &arm64::FILE,
    }
}

/// Bytes from the stack pointer of a handler's caller to what the kernel says of the signal.
pub(crate) fn siginfo_at(arch: Arch) -> u64 {
    file(arch).siginfo
}

impl Registers {
    /// Reads the bytes of `NT_PRSTATUS`'s register set; nothing where they are too few.
    #[must_use]
    pub fn decode(arch: Arch, bytes: &[u8]) -> Option<Registers> {
        let mut words = [0; MAX_WORDS];
        for (index, word) in words.iter_mut().enumerate().take(file(arch).words) {
            *word = u64::decode(bytes.get(index * 8..)?)?;
        }
        Some(Registers {
            arch,
            words,
            is_place: false,
        })
    }

    /// The bytes of `NT_PRSTATUS`'s register set. Of a place, all but pc and sp are 0.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let words = self.words.iter().take(file(self.arch).words);
        words.flat_map(|word| word.to_le_bytes()).collect()
    }

    /// Only where a thread is, as /proc tells of one that is blocked.
    #[must_use]
    pub fn place(arch: Arch, pc: Addr, sp: Addr) -> Registers {
        let mut words = [0; MAX_WORDS];
        words[file(arch).pc] = pc.get();
        words[file(arch).sp] = sp.get();
        Registers {
            arch,
            words,
            is_place: true,
        }
    }

    /// Whether no more than the place is known.
    #[must_use]
    pub fn is_place(&self) -> bool {
        self.is_place
    }

    /// The registers that a signal interrupted; `at` is the stack pointer of the handler's caller.
    ///
    /// # Errors
    /// [`Unreadable`], as [`Memory::read`].
    pub fn interrupted(
        memory: &(impl Memory + ?Sized),
        arch: Arch,
        at: Addr,
    ) -> Result<Registers, Unreadable> {
        let (offset, order) = file(arch).signal_frame;
        let unreadable = Unreadable { at, len: 8 };
        let from = at.checked_add(offset).ok_or(unreadable)?;
        let bytes = read_bytes(memory, from, order.len() * 8)?;
        let mut words = [0; MAX_WORDS];
        for (bytes, index) in bytes.chunks_exact(8).zip(order) {
            words[*index] = u64::decode(bytes).ok_or(unreadable)?;
        }
        let segments = file(arch).signal_segments;
        if !segments.is_empty() {
            let behind = u64::try_from(order.len() * 8).ok();
            let behind = behind.and_then(|len| from.checked_add(len));
            let bytes = read_bytes(memory, behind.ok_or(unreadable)?, segments.len() * 2)?;
            for (bytes, index) in bytes.as_chunks::<2>().0.iter().zip(segments) {
                words[*index] = u16::from_le_bytes(*bytes).into();
            }
        }
        Ok(Registers {
            arch,
            words,
            is_place: false,
        })
    }

    /// Program counter.
    #[must_use]
    pub fn pc(&self) -> Addr {
        Addr::new(self.words[file(self.arch).pc])
    }

    /// What thread-local variables are found from, and lie below (`fs_base`); nothing where the set does not have it, or
    /// only the place is known.
    #[must_use]
    pub fn thread_pointer(&self) -> Option<Addr> {
        let index = file(self.arch).thread_pointer?;
        let at = Addr::new(self.words[index]);
        (!self.is_place && at != Addr::new(0)).then_some(at)
    }

    /// Stack pointer.
    #[must_use]
    pub fn sp(&self) -> Addr {
        Addr::new(self.words[file(self.arch).sp])
    }

    /// Frame pointer.
    #[must_use]
    pub fn frame_pointer(&self) -> Addr {
        Addr::new(self.words[file(self.arch).frame_pointer])
    }

    /// Link register; nil where the architecture has none.
    #[must_use]
    pub fn link(&self) -> Addr {
        file(self.arch)
            .link
            .map_or(Addr::NULL, |index| Addr::new(self.words[index]))
    }

    /// The register that DWARF calls `number`; nothing for any but the general-purpose ones and the pc.
    #[must_use]
    pub fn dwarf(&self, number: u16) -> Option<u64> {
        let file = file(self.arch);
        let index = *file.dwarf.get(usize::from(number))?;
        let known = !self.is_place || index == file.pc || index == file.sp;
        known.then(|| self.words[index])
    }

    /// Number and arguments of the system call that the thread is in; nothing where it is in none, or the set does
    /// not tell.
    #[must_use]
    pub fn syscall(&self) -> Option<(u64, [u64; 6])> {
        let file = file(self.arch);
        let number = self.words[file.syscall_number.filter(|_| !self.is_place)?];
        let args = file.syscall_args.map(|index| self.words[index]);
        (number.cast_signed() >= 0).then_some((number, args))
    }

    /// The registers that a handler of a signal would find, if one hit the thread now and asks for interrupted system
    /// calls to be made again (SA_RESTART, as Go's handlers do). The kernel gives a tracer what it has before it decides
    /// that: a result of its own, and the pc behind the instruction.
    #[must_use]
    pub fn in_handler(&self) -> Registers {
        let file = file(self.arch);
        let mut handled = *self;
        let result = self.words[file.syscall_result].cast_signed();
        if self.is_place {
            return handled;
        }
        if RESTARTED.contains(&result) {
            handled.words[file.pc] = self.words[file.pc].wrapping_sub(file.syscall_len);
            if let Some(number) = file.syscall_number {
                handled.words[file.syscall_result] = self.words[number];
            }
        } else if INTERRUPTED.contains(&result) {
            handled.words[file.syscall_result] = EINTR.cast_unsigned();
        }
        handled
    }

    /// The registers that a crash of Go prints, by name, in its order; no more than pc and sp where no more is known.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
        let (registers, file) = (*self, file(self.arch));
        let printed = file
            .printed
            .iter()
            .filter(move |(_, index)| !registers.is_place || [file.pc, file.sp].contains(index));
        printed.map(move |(name, index)| (*name, registers.words[*index]))
    }

    /// How wide a crash of Go makes the names.
    #[must_use]
    pub fn name_width(&self) -> usize {
        file(self.arch).name_width
    }
}

#[cfg(test)]
mod tests {
    use super::{Arch, MAX_WORDS, Registers, amd64, arm64};
    use crate::addr::Addr;
    use crate::testing::Bytes;

    /// A set in which each word is its own index.
    fn counted(arch: Arch) -> Registers {
        let bytes: Vec<u8> = (0..MAX_WORDS as u64).flat_map(u64::to_le_bytes).collect();
        Registers::decode(arch, &bytes).expect("enough bytes")
    }

    #[test]
    fn registers_by_the_numbers_of_dwarf() {
        let amd64 = counted(Arch::Amd64);
        // rax, rdx, rcx, rbx, rsi, rdi, rbp, rsp, r8, ..., r15, the return address.
        let numbers: Vec<_> = (0..17).filter_map(|number| amd64.dwarf(number)).collect();
        assert_eq!(numbers[..8], [10, 12, 11, 5, 13, 14, 4, 19]);
        assert_eq!(numbers[8..], [9, 8, 7, 6, 3, 2, 1, 0, 16]);
        assert_eq!(amd64.dwarf(17), None);
        let arm64 = counted(Arch::Arm64);
        assert_eq!((arm64.dwarf(29), arm64.dwarf(31)), (Some(29), Some(31)));
        assert_eq!(arm64.link(), Addr::new(30));
        assert_eq!((amd64.pc(), amd64.sp()), (Addr::new(16), Addr::new(19)));
    }

    #[test]
    fn a_system_call_is_told_by_its_number() {
        let mut registers = counted(Arch::Amd64);
        assert_eq!(registers.syscall(), Some((15, [14, 13, 12, 7, 9, 8])));
        registers.words[15] = u64::MAX;
        assert_eq!(registers.syscall(), None);
        assert_eq!(counted(Arch::Arm64).syscall(), None);
    }

    #[test]
    fn a_signal_handlers_context_holds_what_it_interrupted() {
        // linux/amd64: RBP +120, R14 +88, RSP +160, RIP +168 of the ucontext.
        let mut bytes = Bytes::at(0x1000);
        for offset in 0..24u64 {
            bytes = bytes.u64(offset * 8);
        }
        let found = Registers::interrupted(&bytes, Arch::Amd64, Addr::new(0x1000)).expect("there");
        assert_eq!((found.pc(), found.sp()), (Addr::new(168), Addr::new(160)));
        assert_eq!(found.frame_pointer(), Addr::new(120));
        assert_eq!(found.dwarf(14), Some(88));
        // Behind the flags, cs is the low half of a word.
        let cs = found.named().find(|(name, _)| *name == "cs");
        assert_eq!(cs, Some(("cs", 184)));
        assert!(Registers::interrupted(&bytes, Arch::Arm64, Addr::new(0x1000)).is_err());
    }

    #[test]
    fn every_index_is_of_the_set() {
        for file in [&amd64::FILE, &arm64::FILE] {
            let printed = file.printed.iter().map(|(_, index)| index);
            let all = file
                .dwarf
                .iter()
                .chain(file.signal_frame.1)
                .chain(file.signal_segments)
                .chain(printed);
            assert!(
                all.chain(&file.syscall_args)
                    .all(|index| *index < file.words)
            );
        }
    }

    #[test]
    fn where_a_threads_variables_end_is_in_the_set_of_amd64_only() {
        let amd64 = counted(Arch::Amd64);
        assert_eq!(amd64.thread_pointer(), Some(Addr::new(amd64.words[21])));
        assert_eq!(counted(Arch::Arm64).thread_pointer(), None);
    }

    #[test]
    fn a_place_is_no_more_than_that() {
        let place = Registers::place(Arch::Amd64, Addr::new(0x40), Addr::new(0x50));
        assert_eq!((place.pc(), place.sp()), (Addr::new(0x40), Addr::new(0x50)));
        assert_eq!((place.dwarf(7), place.dwarf(16)), (Some(0x50), Some(0x40)));
        assert_eq!((place.dwarf(0), place.syscall()), (None, None));
        assert_eq!(place.thread_pointer(), None);
    }

    #[test]
    fn a_handler_finds_a_system_call_not_yet_made_or_interrupted() {
        let mut amd64 = counted(Arch::Amd64);
        assert_eq!(amd64.in_handler(), amd64);
        amd64.words[10] = (-512_i64).cast_unsigned();
        let restarted = amd64.in_handler();
        assert_eq!(
            (restarted.pc(), restarted.dwarf(0)),
            (Addr::new(14), Some(15))
        );
        amd64.words[10] = (-516_i64).cast_unsigned();
        let interrupted = amd64.in_handler();
        assert_eq!(interrupted.pc(), amd64.pc());
        assert_eq!(interrupted.dwarf(0), Some((-4_i64).cast_unsigned()));
        let mut arm64 = counted(Arch::Arm64);
        arm64.words[0] = (-513_i64).cast_unsigned();
        assert_eq!(arm64.in_handler().pc(), Addr::new(28));
    }

    #[test]
    fn too_few_bytes_are_no_registers() {
        assert_eq!(Registers::decode(Arch::Amd64, &[0; 215]), None);
        assert!(Registers::decode(Arch::Amd64, &[0; 216]).is_some());
    }

    #[test]
    fn what_was_encoded_is_decoded_again() {
        for (arch, len) in [(Arch::Amd64, 216), (Arch::Arm64, 272)] {
            let bytes = counted(arch).encode();
            assert_eq!(bytes.len(), len);
            // The words behind the set are none of it.
            let decoded = Registers::decode(arch, &bytes).expect("enough bytes");
            assert_eq!(
                (decoded.encode(), decoded.pc()),
                (bytes, counted(arch).pc())
            );
        }
    }
}
