//! Deferred calls that the compiler keeps in the frame itself (open-coded), without a record of the runtime's.
//!
//! A byte of bits in the frame says which `defer` statements were passed, and a slot for each holds what to call.

use crate::code::Code;
use crate::pclntab::function::Function;
use crate::walk::Frame;
use gopeek_layout::arch::FrameShape;
use gopeek_layout::mem::read_word;
use gopeek_layout::rules::{OpenDefers, Rules};
use gopeek_layout::varint::uvarint;
use gopeek_layout::{Addr, Memory};

/// A deferred call that is kept in its frame.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct InFrame {
    /// Entry of the function to call.
    pub function: Addr,
    /// The closure, which begins with that; behind it lie the variables that it has captured.
    pub closure: Addr,
    /// Stack pointer of the frame.
    pub sp: Addr,
    /// Where the frame goes on.
    pub pc: Addr,
}

/// The bits are a byte: no function with more `defer` statements keeps them in its frame.
const MAX: u64 = 8;

/// The calls that `frame` still has to make, the next first. Where its bytes contradict themselves there are none.
#[must_use]
pub fn in_frame(
    memory: &dyn Memory,
    code: &Code<'_>,
    shape: FrameShape,
    rules: &Rules,
    frame: &Frame,
) -> Vec<InFrame> {
    let found = code
        .function(frame.pc)
        .and_then(|function| pending(memory, &function, shape, rules, frame));
    let calls = found.unwrap_or_default().into_iter();
    let is_entry = |at: &Addr| code.function(*at).is_some_and(|of| of.entry() == *at);
    let calls: Option<Vec<InFrame>> = calls
        .map(|closure| {
            Some(InFrame {
                function: read_word(memory, closure).ok().filter(is_entry)?,
                closure,
                sp: frame.sp,
                pc: frame.pc,
            })
        })
        .collect();
    calls.unwrap_or_default()
}

/// The closures whose bits are set.
fn pending(
    memory: &dyn Memory,
    function: &Function<'_, '_>,
    shape: FrameShape,
    rules: &Rules,
    frame: &Frame,
) -> Option<Vec<Addr>> {
    let info = function.open_defers()?;
    // `unwinder.resolveInternal`: below the return address that a call pushed, and the saved frame pointer.
    let mut variables = frame.fp.checked_sub(shape.pushed_by_call)?;
    if variables > frame.sp {
        variables = variables.checked_sub(8)?;
    }
    let (bits, mut info) = uvarint(info)?;
    let bits: u8 = read_word(memory, variables.checked_sub(bits)?).ok()?;
    let mut closures = Vec::new();
    let mut add = |index: u64, slot: Addr| -> Option<()> {
        if bits >> index & 1 != 0 {
            closures.push(read_word(memory, slot).ok()?);
        }
        Some(())
    };
    match rules.open_defers {
        OpenDefers::Offsets => {
            let (count, rest) = uvarint(info)?;
            info = rest;
            for index in (0..count.min(MAX)).rev() {
                let (offset, rest) = uvarint(info)?;
                info = rest;
                add(index, variables.checked_sub(offset)?)?;
            }
        }
        OpenDefers::Slots => {
            let (offset, _) = uvarint(info)?;
            let first = variables.checked_sub(offset)?;
            for index in (0..MAX).rev().filter(|index| bits >> index & 1 != 0) {
                add(index, first.checked_add(index * 8)?)?;
            }
        }
    }
    Some(closures)
}
