//! DWARF expressions in call frame information: where a signal's or a stub's registers lie.

use super::Slice;
use super::registers::KnownRegisters;
use gimli::{Evaluation, EvaluationResult, Expression, Location, Value};
use gopeek_layout::mem::read_uint;
use gopeek_layout::{Addr, Memory};

/// Steps of one expression. Those of real code have a dozen; a loop has no end.
const MAX_STEPS: u32 = 1000;
/// Values that an expression may ask for, one after the other.
const MAX_QUESTIONS: usize = 100;

/// The value of `expression`, with `initial` on its stack; nothing where it needs what a frame does not have.
pub(super) fn evaluate(
    expression: Expression<Slice<'_>>,
    initial: Option<u64>,
    registers: &KnownRegisters,
    memory: &dyn Memory,
) -> Option<u64> {
    let encoding = gimli::Encoding {
        format: gimli::Format::Dwarf32,
        version: 4,
        address_size: 8,
    };
    let mut evaluation: Evaluation<Slice<'_>> = expression.evaluation(encoding);
    evaluation.set_max_iterations(MAX_STEPS);
    if let Some(value) = initial {
        evaluation.set_initial_value(value);
    }
    let mut result = evaluation.evaluate().ok()?;
    for _ in 0..MAX_QUESTIONS {
        result = match result {
            EvaluationResult::Complete => {
                return match evaluation.as_result().first()?.location {
                    Location::Address { address } => Some(address),
                    Location::Value { value } => value.to_u64(u64::MAX).ok(),
                    _ => None,
                };
            }
            EvaluationResult::RequiresRegister { register, .. } => {
                let value = registers.dwarf(register.0)?;
                evaluation.resume_with_register(Value::Generic(value))
            }
            EvaluationResult::RequiresMemory { address, size, .. } => {
                let len = usize::from(size.min(8));
                let value = read_uint(memory, Addr::new(address), len).ok()?;
                evaluation.resume_with_memory(Value::Generic(value))
            }
            _ => return None,
        }
        .ok()?;
    }
    None
}
