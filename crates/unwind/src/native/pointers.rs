//! One step by frame pointers, for code without call frame information. It is a guess: code that keeps other things
//! in that register leads astray.

use super::cfi::Caller;
use super::registers::KnownRegisters;
use gopeek_layout::mem::read_word;
use gopeek_layout::{Addr, Memory};

/// The caller's registers, when the frame pointer leads up the stack to a record whose return address is at `known`
/// code. A record is the caller's frame pointer, and behind it the return address, on both architectures.
pub(super) fn step(
    registers: &KnownRegisters,
    memory: &dyn Memory,
    known: &dyn Fn(Addr) -> bool,
) -> Option<Caller> {
    let cpu = registers.cpu();
    let record = registers.frame_pointer()?;
    if record < registers.sp()? || !record.is_aligned(8) {
        return None;
    }
    let outer: u64 = read_word(memory, record).ok()?;
    let return_address: u64 = read_word(memory, record.checked_add(8)?).ok()?;
    let mut caller = KnownRegisters::none(registers.arch());
    caller.set_pc(return_address);
    caller.set(cpu.frame_pointer, Some(outer));
    caller.set(cpu.sp, record.checked_add(cpu.frame_record).map(Addr::get));
    known(caller.pc()?).then_some(Caller {
        registers: caller,
        interrupted: false,
    })
}
