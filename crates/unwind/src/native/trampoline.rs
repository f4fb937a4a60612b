//! Signal trampolines that call frame information does not mark: the code to which the kernel has a handler return.
//!
//! musl's and arm64's vDSO's have none, or none that says so; their code is always the same two instructions.

use super::cfi::Caller;
use super::end::NativeEnd;
use super::module::Module;
use super::registers::KnownRegisters;
use gopeek_layout::registers::Registers;
use gopeek_layout::{Addr, Memory};

/// Whether a trampoline begins at `pc`.
pub(super) fn is_at(module: &Module<'_>, pc: Addr) -> bool {
    let image = module.image();
    let code = super::cpu::cpu(image.arch()).sigreturn;
    let linked = module.linked(pc).map(Addr::new);
    linked
        .and_then(|linked| image.bytes(linked, code.len() as u64))
        .is_some_and(|bytes| bytes == code)
}

/// The registers that the signal interrupted, from a frame at a trampoline.
///
/// # Errors
/// Why they can't be had.
pub(super) fn interrupted(
    registers: &KnownRegisters,
    memory: &dyn Memory,
) -> Result<Caller, NativeEnd> {
    let cpu = registers.cpu();
    let sp = registers.sp().ok_or(NativeEnd::LostRegister(cpu.sp))?;
    let context = sp.checked_add(cpu.ucontext).ok_or(NativeEnd::BadRule)?;
    let found =
        Registers::interrupted(memory, registers.arch(), context).map_err(NativeEnd::Unreadable)?;
    Ok(Caller {
        registers: KnownRegisters::all(registers.arch(), &found),
        interrupted: true,
    })
}
