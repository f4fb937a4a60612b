//! From what DWARF says of a variable's location to its place: lists by pc, and expressions.

use super::Frame;
use super::dies::{Die, Slice};
use super::place::{Content, Piece, Place};
use super::value::Missing;
use gimli::{AttributeValue, EvaluationResult, Expression, Location, Value};
use gopeek_layout::mem::read_uint;
use gopeek_layout::{Addr, Memory};

/// Go's own expressions have three operations for each piece.
const MAX_OPERATIONS: u32 = 1000;

/// A variable that moves more often than this is not looked for.
const MAX_LIST: usize = 10_000;

/// What is said of a variable's location at a pc.
#[derive(Clone, Debug)]
pub(super) enum Whereabouts<'s> {
    /// The same at every pc: said of what may not have been set yet.
    Fixed(Expression<Slice<'s>>),
    /// At this pc.
    Now(Expression<Slice<'s>>),
    /// Nothing.
    Nowhere,
}

impl<'s> Whereabouts<'s> {
    /// What `variable` says of `pc`.
    pub(super) fn of(variable: &Die<'_, 's>, pc: u64) -> Whereabouts<'s> {
        let Some(value) = variable.attr(gimli::DW_AT_location) else {
            return Whereabouts::Nowhere;
        };
        if let AttributeValue::Exprloc(expression) = value {
            return if expression.0.is_empty() {
                Whereabouts::Nowhere
            } else {
                Whereabouts::Fixed(expression)
            };
        }
        let (dwarf, unit) = (&variable.program.dwarf, variable.unit);
        let Ok(Some(mut list)) = dwarf.attr_locations(unit, value) else {
            return Whereabouts::Nowhere;
        };
        for _ in 0..MAX_LIST {
            let Ok(Some(entry)) = list.next() else {
                break;
            };
            if (entry.range.begin..entry.range.end).contains(&pc) {
                return Whereabouts::Now(entry.data);
            }
        }
        Whereabouts::Nowhere
    }
}

/// Evaluates `expression`, in `frame`.
pub(super) fn evaluate(
    expression: Expression<Slice<'_>>,
    encoding: gimli::Encoding,
    frame: &Frame<'_>,
    memory: &dyn Memory,
) -> Result<Place, Missing> {
    let mut evaluation = expression.evaluation(encoding);
    evaluation.set_max_iterations(MAX_OPERATIONS);
    let mut step = evaluation.evaluate();
    loop {
        step = match step.map_err(|_| Missing::Implausible)? {
            EvaluationResult::Complete => break,
            // The frame base is the CFA, in all of Go's functions.
            EvaluationResult::RequiresFrameBase => {
                evaluation.resume_with_frame_base(frame.cfa.get())
            }
            EvaluationResult::RequiresCallFrameCfa => {
                evaluation.resume_with_call_frame_cfa(frame.cfa.get())
            }
            EvaluationResult::RequiresRegister { register, .. } => {
                let word = register_word(frame, register.0)?;
                evaluation.resume_with_register(Value::Generic(word))
            }
            EvaluationResult::RequiresMemory { address, size, .. } => {
                let at = Addr::new(address);
                let value = read_uint(memory, at, usize::from(size.min(8)));
                let value = value.map_err(|_| Missing::Unreadable { at })?;
                evaluation.resume_with_memory(Value::Generic(value))
            }
            EvaluationResult::RequiresRelocatedAddress(linked) => {
                evaluation.resume_with_relocated_address(linked.wrapping_add(frame.bias))
            }
            // Nothing else is in what Go's compiler writes.
            _ => return Err(Missing::Implausible),
        };
    }
    let mut pieces = Vec::new();
    for piece in evaluation.result() {
        let content = match piece.location {
            Location::Address { address } if piece.size_in_bits.is_none() => {
                return Ok(Place::Memory(Addr::new(address)));
            }
            Location::Address { address } => Content::Memory(Addr::new(address)),
            Location::Register { register } => match register_word(frame, register.0) {
                Ok(word) => Content::Bytes(word.to_le_bytes().into()),
                Err(why) => Content::Missing(why),
            },
            Location::Value { value } => match value.to_u64(u64::MAX) {
                Ok(word) => Content::Bytes(word.to_le_bytes().into()),
                Err(_) => Content::Missing(Missing::Implausible),
            },
            Location::Bytes { value } => Content::Bytes(value.slice().into()),
            Location::Empty | Location::ImplicitPointer { .. } => {
                Content::Missing(Missing::OptimisedOut)
            }
        };
        pieces.push(Piece {
            len: piece.size_in_bits.map_or(u64::MAX, |bits| bits / 8),
            content,
        });
    }
    Ok(Place::pieces(pieces))
}

fn register_word(frame: &Frame<'_>, number: u16) -> Result<u64, Missing> {
    let known = frame
        .registers
        .and_then(|registers| registers.dwarf(number));
    known.ok_or(Missing::Register { number })
}
