//! What words a piece of machine code changes atomically: where a lock lies that it takes.
//!
//! Only amd64 shows it in the instruction itself. On arm64 the address is in a register, which earlier code has made.

use crate::addr::Addr;
use crate::arch::Arch;
use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};

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
        Arch::Amd64 => amd64(code, at),
        Arch::Arm64 => None,
    }
}

fn amd64(code: &[u8], at: Addr) -> Option<Operand> {
    let mut addresses = Addresses::default();
    for instruction in Decoder::with_ip(64, code, at.get(), DecoderOptions::NONE) {
        if instruction.has_lock_prefix() {
            return operand(&instruction, &addresses);
        }
        addresses.follow(&instruction);
    }
    None
}

/// The registers that hold an address which the code itself has: the compiler loads a global's before it locks it.
#[derive(Default)]
struct Addresses([Option<u64>; GENERAL]);

/// Number of general registers.
const GENERAL: usize = 16;
/// Their names, those of their lower parts included.
#[rustfmt::skip]
const REGISTERS: [[Register; 4]; GENERAL] = [
    [Register::RAX, Register::EAX, Register::AX, Register::AL],
    [Register::RCX, Register::ECX, Register::CX, Register::CL],
    [Register::RDX, Register::EDX, Register::DX, Register::DL],
    [Register::RBX, Register::EBX, Register::BX, Register::BL],
    [Register::RSP, Register::ESP, Register::SP, Register::SPL],
    [Register::RBP, Register::EBP, Register::BP, Register::BPL],
    [Register::RSI, Register::ESI, Register::SI, Register::SIL],
    [Register::RDI, Register::EDI, Register::DI, Register::DIL],
    [Register::R8, Register::R8D, Register::R8W, Register::R8L],
    [Register::R9, Register::R9D, Register::R9W, Register::R9L],
    [Register::R10, Register::R10D, Register::R10W, Register::R10L],
    [Register::R11, Register::R11D, Register::R11W, Register::R11L],
    [Register::R12, Register::R12D, Register::R12W, Register::R12L],
    [Register::R13, Register::R13D, Register::R13W, Register::R13L],
    [Register::R14, Register::R14D, Register::R14W, Register::R14L],
    [Register::R15, Register::R15D, Register::R15W, Register::R15L],
];

impl Addresses {
    /// Notes what an instruction does to the registers. One that it writes to holds an address only after a load of that.
    fn follow(&mut self, instruction: &Instruction) {
        if instruction.mnemonic() == Mnemonic::Call {
            *self = Addresses::default();
            return;
        }
        let known = match instruction.mnemonic() {
            Mnemonic::Lea if instruction.is_ip_rel_memory_operand() => {
                Some(instruction.ip_rel_memory_address())
            }
            Mnemonic::Mov if instruction.op1_kind() == OpKind::Register => {
                self.at(instruction.op1_register())
            }
            // Neither writes to a register.
            Mnemonic::Test | Mnemonic::Cmp | Mnemonic::Nop => return,
            _ => None,
        };
        if instruction.op0_kind() == OpKind::Register
            && let Some(slot) = self.slot(instruction.op0_register())
        {
            *slot = known;
        }
    }

    fn slot(&mut self, register: Register) -> Option<&mut Option<u64>> {
        self.0.get_mut(number(register)?)
    }

    fn at(&self, register: Register) -> Option<u64> {
        self.0.get(number(register)?).copied().flatten()
    }
}

/// The number of a general register, whichever part of it is named.
fn number(register: Register) -> Option<usize> {
    REGISTERS.iter().position(|parts| parts.contains(&register))
}

fn operand(instruction: &Instruction, addresses: &Addresses) -> Option<Operand> {
    if instruction.is_ip_rel_memory_operand() {
        return Some(Operand::Global(Addr::new(
            instruction.ip_rel_memory_address(),
        )));
    }
    let of_memory = instruction.op_kinds().any(|kind| kind == OpKind::Memory);
    let simple =
        instruction.memory_index() == Register::None && instruction.memory_base() != Register::None;
    if !of_memory || !simple {
        return None;
    }
    let offset = instruction.memory_displacement64().cast_signed();
    let global = addresses.at(instruction.memory_base());
    Some(match global {
        Some(base) => Operand::Global(Addr::new(base.checked_add_signed(offset)?)),
        None => Operand::Offset(offset),
    })
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
    fn a_register_may_hold_the_address_of_a_global() {
        // xor eax, eax; lea rcx, [rip+0x100]; mov edx, 1; lock cmpxchg [rcx+8], edx
        let code = [
            0x31, 0xc0, 0x48, 0x8d, 0x0d, 0, 1, 0, 0, 0xba, 1, 0, 0, 0, 0xf0, 0x0f, 0xb1, 0x51, 8,
        ];
        assert_eq!(first(&code), Some(Operand::Global(Addr::new(0x1111))));
        // lea rcx, [rip+0x100]; mov rcx, rax; lock cmpxchg [rcx], edx: no longer
        let code = [
            0x48, 0x8d, 0x0d, 0, 1, 0, 0, 0x48, 0x89, 0xc1, 0xf0, 0x0f, 0xb1, 0x11,
        ];
        assert_eq!(first(&code), Some(Operand::Offset(0)));
        // lea rax, [rip+0x100]; mov rcx, rax; lock cmpxchg [rcx], edx: the same address
        let code = [
            0x48, 0x8d, 0x05, 0, 1, 0, 0, 0x48, 0x89, 0xc1, 0xf0, 0x0f, 0xb1, 0x11,
        ];
        assert_eq!(first(&code), Some(Operand::Global(Addr::new(0x1107))));
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
