//! Numbers and bools, from their bytes.

use super::types::{Shape, Type};
use super::value::{Missing, Value};

/// A number, from all of its bytes.
pub(super) fn number(kind: &Type, bytes: &[u8]) -> Result<Value, Missing> {
    let mut wide = [0; 8];
    for (to, from) in wide.iter_mut().zip(bytes) {
        *to = *from;
    }
    let unsigned = u64::from_le_bytes(wide);
    let single = |from: usize| Some(f32::from_le_bytes(*bytes.get(from..)?.first_chunk()?));
    let double = |from: usize| Some(f64::from_le_bytes(*bytes.get(from..)?.first_chunk()?));
    let unused = 64 - 8 * u32::try_from(bytes.len().clamp(1, 8)).unwrap_or(8);
    let value = match (&kind.shape, bytes.len()) {
        (Shape::Bool, 1) => Some(Value::Bool(unsigned != 0)),
        (Shape::Uint, 1..=8) => Some(Value::Uint(unsigned)),
        (Shape::Uintptr, 8) => Some(Value::Uintptr(unsigned)),
        (Shape::Int, 1..=8) => Some(Value::Int((unsigned << unused).cast_signed() >> unused)),
        (Shape::Float, 4) => single(0).map(Value::Float32),
        (Shape::Float, 8) => double(0).map(Value::Float64),
        (Shape::Complex, 8) => single(0)
            .zip(single(4))
            .map(|(real, imaginary)| Value::Complex64(real, imaginary)),
        (Shape::Complex, 16) => double(0)
            .zip(double(8))
            .map(|(real, imaginary)| Value::Complex128(real, imaginary)),
        _ => None,
    };
    value.ok_or(Missing::Implausible)
}
