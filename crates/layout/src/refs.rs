//! Which addresses a function's machine code refers to, in the order of first appearance.
//!
//! Go reaches its globals PC-relatively on both architectures, so the operands tell where they are, with no
//! symbol needed. Not a disassembler: control flow is ignored, and so is what goes through a GOT.

use crate::addr::Addr;
use crate::arch::Arch;
use iced_x86::{Decoder, DecoderOptions};

/// The addresses referred to by `code`, which lies at `at`; each once.
#[must_use]
pub fn data_refs(arch: Arch, code: &[u8], at: Addr) -> Vec<Addr> {
    let mut refs = Vec::new();
    let mut add = |target: u64| {
        let target = Addr::new(target);
        if !refs.contains(&target) {
            refs.push(target);
        }
    };
    match arch {
        Arch::Amd64 => amd64(code, at, &mut add),
        Arch::Arm64 => arm64(code, at, &mut add),
    }
    refs
}

fn amd64(code: &[u8], at: Addr, add: &mut impl FnMut(u64)) {
    for instruction in Decoder::with_ip(64, code, at.get(), DecoderOptions::NONE) {
        if instruction.is_ip_rel_memory_operand() {
            add(instruction.ip_rel_memory_address());
        }
    }
}

/// ADRP puts a page into a register; ADD, LDR and STR with that register as their base make it an address.
fn arm64(code: &[u8], at: Addr, add: &mut impl FnMut(u64)) {
    let mut pages: [Option<u64>; 32] = [None; 32];
    let mut pc = at.get();
    for word in code.as_chunks::<4>().0 {
        let instruction = u32::from_le_bytes(*word);
        let register = |shift: u32| (instruction >> shift & 0x1f) as usize;
        let (rd, rn) = (register(0), register(5));
        let imm12 = u64::from(instruction >> 10 & 0xfff);
        if instruction & 0x9f00_0000 == 0x9000_0000 {
            let low = u64::from(instruction >> 29 & 3);
            let high = u64::from(instruction >> 5 & 0x7_ffff);
            let pages_away = ((high << 2 | low) << 43).cast_signed() >> 43;
            pages[rd] = Some((pc & !0xfff).wrapping_add_signed(pages_away << 12));
        } else if instruction & 0xffc0_0000 == 0x9100_0000 {
            if let Some(page) = pages[rn] {
                add(page.wrapping_add(imm12));
            }
            if rd != rn {
                pages[rd] = None;
            }
        } else if instruction & 0x3b00_0000 == 0x3900_0000 {
            // Load or store with an unsigned offset in units of the access; 128-bit ones set V and opc<1>.
            let vector_128 = instruction & 0x0480_0000 == 0x0480_0000;
            let scale = if vector_128 { 4 } else { instruction >> 30 };
            if let Some(page) = pages[rn] {
                add(page.wrapping_add(imm12 << scale));
            }
        }
        pc = pc.wrapping_add(4);
    }
}

#[cfg(test)]
mod tests {
    use super::data_refs;
    use crate::addr::Addr;
    use crate::arch::Arch;

    #[test]
    fn amd64_rip_relative_operands() {
        // mov rax, [rip+0x10]; lea rcx, [rip+0x8]; mov rax, [rip+0x2] (the first again); nop
        let code = [
            0x48, 0x8b, 0x05, 0x10, 0, 0, 0, 0x48, 0x8d, 0x0d, 0x08, 0, 0, 0, 0x48, 0x8b, 0x05,
            0x02, 0, 0, 0, 0x90,
        ];
        assert_eq!(
            data_refs(Arch::Amd64, &code, Addr::new(0x1000)),
            [Addr::new(0x1017), Addr::new(0x1016)]
        );
    }

    #[test]
    fn arm64_page_and_offset() {
        // adrp x27, +1 page; ldr x0, [x27, #0x10]; add x1, x27, #0x20; adrp x2, -1 page; str w3, [x2, #4]
        let code: Vec<u8> = [
            0xb000_001b_u32,
            0xf940_0b60,
            0x9100_8361,
            0xf0ff_ffe2,
            0xb900_0443,
        ]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
        let refs = data_refs(Arch::Arm64, &code, Addr::new(0x10_0000));
        assert_eq!(refs, [0x10_1010, 0x10_1020, 0x0f_f004].map(Addr::new));
    }
}
