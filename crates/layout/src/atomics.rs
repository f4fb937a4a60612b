//! What words a piece of machine code changes atomically: where a lock lies that it takes.
//!
//! Only amd64 shows it in the instruction itself. On arm64 the address is in a register, which earlier code has made.

use crate::addr::Addr;
use crate::arch::Arch;
use iced_x86::{Decoder, DecoderOptions, Instruction, OpKind, Register};

/// Where a word lies that an instruction works on.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Operand {
    /// At an address that is known.
    Global(Addr),
    /// So many bytes from a pointer that is in a register.
    Offset(i64),
}

/// The word that the first locked instruction of `code`, which lies at `at`, works on.
#[must_use]
pub fn first_atomic(arch: Arch, code: &[u8], at: Addr) -> Option<Operand> {
    match arch {
        Arch::Amd64 => Decoder::with_ip(64, code, at.get(), DecoderOptions::NONE)
            .into_iter()
            .find(Instruction::has_lock_prefix)
            .and_then(|instruction| operand(&instruction)),
        Arch::Arm64 => None,
    }
}

fn operand(instruction: &Instruction) -> Option<Operand> {
    if instruction.is_ip_rel_memory_operand() {
        return Some(Operand::Global(Addr::new(
            instruction.ip_rel_memory_address(),
        )));
    }
    let of_memory = instruction.op_kinds().any(|kind| kind == OpKind::Memory);
    let simple =
        instruction.memory_index() == Register::None && instruction.memory_base() != Register::None;
    (of_memory && simple)
        .then(|| Operand::Offset(instruction.memory_displacement64().cast_signed()))
}

#[cfg(test)]
mod tests {
    use super::{Operand, first_atomic};
    use crate::addr::Addr;
    use crate::arch::Arch;

    fn first(code: &[u8]) -> Option<Operand> {
        first_atomic(Arch::Amd64, code, Addr::new(0x1000))
    }

    #[test]
    fn a_compare_and_swap_says_where_its_word_is() {
        // nop; lock cmpxchg [rcx+0x18], edx
        assert_eq!(
            first(&[0x90, 0xf0, 0x0f, 0xb1, 0x51, 0x18]),
            Some(Operand::Offset(0x18))
        );
        // lock xadd [rax], ecx
        assert_eq!(first(&[0xf0, 0x0f, 0xc1, 0x08]), Some(Operand::Offset(0)));
        // lock cmpxchg [rip+0x10], ecx: of eight bytes
        assert_eq!(
            first(&[0xf0, 0x0f, 0xb1, 0x0d, 0x10, 0, 0, 0]),
            Some(Operand::Global(Addr::new(0x1018)))
        );
    }

    #[test]
    fn what_has_an_index_or_is_not_locked_says_nothing() {
        // lock cmpxchg [rax+rcx*4], edx
        assert_eq!(first(&[0xf0, 0x0f, 0xb1, 0x14, 0x88]), None);
        // cmpxchg [rcx+0x18], edx
        assert_eq!(first(&[0x0f, 0xb1, 0x51, 0x18]), None);
        assert_eq!(first(&[]), None);
    }
}
