//! The registers of one frame, as far as they are known.
//!
//! A walk loses some: what a function may overwrite without saving it is gone in its caller.

use super::cpu::{Cpu, REGISTERS, cpu};
use gopeek_layout::Addr;
use gopeek_layout::arch::Arch;
use gopeek_layout::registers::Registers;

/// Registers by their DWARF numbers, each of which may be unknown.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct KnownRegisters {
    arch: Arch,
    values: [Option<u64>; REGISTERS],
}

impl KnownRegisters {
    /// None is known.
    pub(super) fn none(arch: Arch) -> KnownRegisters {
        KnownRegisters {
            arch,
            values: [None; REGISTERS],
        }
    }

    /// All of a thread's.
    #[must_use]
    pub fn all(arch: Arch, registers: &Registers) -> KnownRegisters {
        let mut known = KnownRegisters::none(arch);
        for number in 0u16.. {
            let Some(value) = known.values.get_mut(usize::from(number)) else {
                break;
            };
            *value = registers.dwarf(number);
        }
        known
    }

    /// The register that DWARF calls `number`, where it is known.
    #[must_use]
    pub fn dwarf(&self, number: u16) -> Option<u64> {
        self.values.get(usize::from(number)).copied().flatten()
    }

    /// Program counter.
    #[must_use]
    pub fn pc(&self) -> Option<Addr> {
        self.dwarf(self.cpu().pc).map(Addr::new)
    }

    /// Stack pointer.
    #[must_use]
    pub fn sp(&self) -> Option<Addr> {
        self.dwarf(self.cpu().sp).map(Addr::new)
    }

    /// Frame pointer.
    #[must_use]
    pub fn frame_pointer(&self) -> Option<Addr> {
        self.dwarf(self.cpu().frame_pointer).map(Addr::new)
    }

    pub(super) fn arch(&self) -> Arch {
        self.arch
    }

    pub(super) fn cpu(&self) -> &'static Cpu {
        cpu(self.arch)
    }

    /// Sets a register that is kept; others vanish, as there is no use for them.
    pub(super) fn set(&mut self, number: u16, value: Option<u64>) {
        if let Some(slot) = self.values.get_mut(usize::from(number)) {
            *slot = value;
        }
    }

    /// Sets the program counter to a code pointer, without its signature.
    pub(super) fn set_pc(&mut self, pointer: u64) {
        let cpu = self.cpu();
        self.set(cpu.pc, Some(pointer & cpu.code_bits));
    }
}
