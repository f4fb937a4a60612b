//! One step, from a frame's registers to its caller's, as a row of call frame information says.

use super::end::NativeEnd;
use super::expression::evaluate;
use super::registers::KnownRegisters;
use super::table::Row;
use gimli::{CfaRule, Register, RegisterRule};
use gopeek_layout::mem::read_word;
use gopeek_layout::{Addr, Memory, Unreadable};

/// What a row makes of a frame.
pub(super) struct Caller {
    pub(super) registers: KnownRegisters,
    /// Whether the frame was made by the kernel, so that its caller was interrupted rather than made a call.
    pub(super) interrupted: bool,
}

/// The registers of the caller of the frame with `registers`.
///
/// # Errors
/// Why there is none.
pub(super) fn step(
    row: &Row<'_>,
    registers: &KnownRegisters,
    memory: &dyn Memory,
) -> Result<Caller, NativeEnd> {
    let frame = Frame {
        row,
        registers,
        memory,
        cfa: cfa(row, registers, memory)?,
    };
    let cpu = registers.cpu();
    let mut caller = KnownRegisters::none(registers.arch());
    for number in 0u16.. {
        if usize::from(number) >= super::cpu::REGISTERS {
            break;
        }
        let kept = cpu.callee_saved.contains(&number);
        let value = match row.rules.register(Register(number)) {
            None if kept => registers.dwarf(number),
            None => None,
            Some(rule) => frame.value(number, &rule).ok().flatten(),
        };
        caller.set(number, value);
    }
    let return_address = frame.return_address()?;
    caller.set_pc(return_address);
    if row.rules.register(Register(cpu.sp)).is_none() {
        caller.set(cpu.sp, Some(frame.cfa));
    }
    Ok(Caller {
        registers: caller,
        interrupted: row.is_signal,
    })
}

/// The canonical frame address: the stack pointer before the call.
fn cfa(row: &Row<'_>, registers: &KnownRegisters, memory: &dyn Memory) -> Result<u64, NativeEnd> {
    match row.rules.cfa() {
        CfaRule::RegisterAndOffset { register, offset } => registers
            .dwarf(register.0)
            .ok_or(NativeEnd::LostRegister(register.0))?
            .checked_add_signed(*offset)
            .ok_or(NativeEnd::BadRule),
        CfaRule::Expression(at) => row
            .section
            .expression(at)
            .and_then(|expression| evaluate(expression, None, registers, memory))
            .ok_or(NativeEnd::BadRule),
    }
}

/// A frame whose canonical address is known.
struct Frame<'a> {
    row: &'a Row<'a>,
    registers: &'a KnownRegisters,
    memory: &'a dyn Memory,
    cfa: u64,
}

impl Frame<'_> {
    /// What `rule` says that register `number` was; nothing where it can't be known.
    fn value(&self, number: u16, rule: &RegisterRule<usize>) -> Result<Option<u64>, Unreadable> {
        let evaluated = |at| {
            let expression = self.row.section.expression(at)?;
            evaluate(expression, Some(self.cfa), self.registers, self.memory)
        };
        let word = |at: u64| read_word(self.memory, Addr::new(at)).map(Some);
        match rule {
            RegisterRule::SameValue => Ok(self.registers.dwarf(number)),
            RegisterRule::Offset(offset) => match self.cfa.checked_add_signed(*offset) {
                Some(at) => word(at),
                None => Ok(None),
            },
            RegisterRule::ValOffset(offset) => Ok(self.cfa.checked_add_signed(*offset)),
            RegisterRule::Register(other) => Ok(self.registers.dwarf(other.0)),
            RegisterRule::Expression(at) => match evaluated(at) {
                Some(at) => word(at),
                None => Ok(None),
            },
            RegisterRule::ValExpression(at) => Ok(evaluated(at)),
            RegisterRule::Constant(value) => Ok(Some(*value)),
            // Undefined, or by rules of an architecture that is none of ours.
            _ => Ok(None),
        }
    }

    fn return_address(&self) -> Result<u64, NativeEnd> {
        let column = self.row.return_address;
        let rule = match self.row.rules.register(Register(column)) {
            // That is how the outermost functions say that nothing called them.
            Some(RegisterRule::Undefined) => return Err(NativeEnd::Root),
            Some(rule) => rule,
            None => RegisterRule::SameValue,
        };
        let value = self.value(column, &rule).map_err(NativeEnd::Unreadable)?;
        value.ok_or(NativeEnd::LostRegister(column))
    }
}
