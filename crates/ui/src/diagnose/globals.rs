//! The globals that may lead to objects.

use super::Ground;
use super::parts::{PAGE, parts};
use gopeek_layout::Span;
use gopeek_layout::mem::read_bytes;

/// So many bytes are read together.
const CHUNK: u64 = 1 << 20;
/// More than this are not searched.
const MOST: u64 = 256 << 20;

/// Calls `each` with the bytes of globals, piece by piece, as they are now.
///
/// # Errors
/// Where there are too many, or none are to be had.
pub(super) fn each(
    ground: &Ground<'_>,
    spans: Vec<Span>,
    each: &mut dyn FnMut(&[u8]),
) -> Result<(), &'static str> {
    let all = spans
        .iter()
        .fold(0u64, |sum, span| sum.saturating_add(span.len));
    if all > MOST {
        return Err("there are too many globals");
    }
    let mut came = false;
    let mut piece = |span: Span| {
        let len = usize::try_from(span.len).unwrap_or(usize::MAX);
        let read = read_bytes(ground.fresh, span.start, len);
        read.is_ok_and(|bytes| {
            came = true;
            each(&bytes);
            true
        })
    };
    for chunk in spans.into_iter().flat_map(|span| parts(span, CHUNK)) {
        if !piece(chunk) {
            // A core lacks the pages that nobody has written to: they lead nowhere but to other globals.
            for page in parts(chunk, PAGE) {
                piece(page);
            }
        }
    }
    if came || all == 0 {
        Ok(())
    } else {
        Err("there are no globals")
    }
}
