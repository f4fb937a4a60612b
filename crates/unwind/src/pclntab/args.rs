//! How a function's arguments print: a small program that the compiler left (FUNCDATA_ArgInfo).

use super::function::Function;
use gopeek_layout::Addr;

/// One step of printing a function's arguments.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum ArgToken {
    /// `{`: an aggregate begins.
    Open,
    /// `}`: it ends.
    Close,
    /// `...`: more than the compiler describes.
    Ellipsis,
    /// `_`: too far from the frame to be described.
    TooFar,
    /// A number.
    Word {
        /// Bytes from the arguments' start.
        offset: u8,
        /// Its size in bytes, at most 8.
        size: u8,
        /// Whether the slot still holds the argument; if not, `?` follows the number.
        live: bool,
    },
}

/// `internal/abi.TraceArgs*`: the operations, and the longest program.
const END: u8 = 0xff;
const OPEN: u8 = 0xfe;
const CLOSE: u8 = 0xfd;
const ELLIPSIS: u8 = 0xfc;
const TOO_FAR: u8 = 0xfb;
const MAX_LEN: usize = (5 * 3 + 2) * 10 + 1;

/// The arguments of `function`, as they print at `pc`; nothing where the compiler described none.
#[must_use]
pub fn arguments(function: &Function<'_, '_>, pc: Addr) -> Vec<ArgToken> {
    let Some(program) = function.arg_info() else {
        return Vec::new();
    };
    decode(
        &program[..program.len().min(MAX_LEN)],
        function.arg_liveness(pc),
    )
}

fn decode(program: &[u8], liveness: Option<(&[u8], usize)>) -> Vec<ArgToken> {
    // Slots below this offset are always alive.
    let first_tracked = liveness.map_or(END, |(info, _)| info.first().copied().unwrap_or(END));
    let mut slot = 0usize;
    let mut tokens = Vec::new();
    let mut bytes = program.iter().copied();
    while let Some(operation) = bytes.next() {
        tokens.push(match operation {
            END => break,
            OPEN => ArgToken::Open,
            CLOSE => ArgToken::Close,
            ELLIPSIS => ArgToken::Ellipsis,
            TOO_FAR => ArgToken::TooFar,
            offset => {
                let Some(size) = bytes.next() else { break };
                let tracked = offset >= first_tracked;
                let live = !tracked || is_live(liveness, slot);
                slot += usize::from(tracked);
                ArgToken::Word {
                    offset,
                    size: size.min(8),
                    live,
                }
            }
        });
    }
    tokens
}

/// The bit of `slot`; alive where there is no information at this pc.
fn is_live(liveness: Option<(&[u8], usize)>, slot: usize) -> bool {
    match liveness {
        Some((info, index)) if index > 0 => info
            .get(index + slot / 8)
            .is_none_or(|bits| bits >> (slot % 8) & 1 != 0),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{ArgToken, decode};

    fn word(offset: u8, size: u8, live: bool) -> ArgToken {
        ArgToken::Word { offset, size, live }
    }

    #[test]
    fn scalars_aggregates_and_the_end() {
        let program = [0, 8, 0xfe, 8, 1, 0xfb, 0xfd, 0xfc, 0xff, 9, 9];
        let expected = [
            word(0, 8, true),
            ArgToken::Open,
            word(8, 1, true),
            ArgToken::TooFar,
            ArgToken::Close,
            ArgToken::Ellipsis,
        ];
        assert_eq!(decode(&program, None), expected);
    }

    #[test]
    fn dead_slots_are_counted_from_the_first_tracked_offset() {
        // Offsets from 8 on are tracked; at index 1, slot 0 is dead and slot 1 alive.
        let program = [0, 8, 8, 8, 16, 8, 0xff];
        let info = [8, 0b10];
        assert_eq!(
            decode(&program, Some((&info, 1))),
            [word(0, 8, true), word(8, 8, false), word(16, 8, true)]
        );
        assert!(
            decode(&program, Some((&info, 0)))
                .iter()
                .all(|token| matches!(token, ArgToken::Word { live: true, .. }))
        );
    }

    #[test]
    fn a_program_that_is_cut_off_ends() {
        assert_eq!(decode(&[0], None), []);
        assert_eq!(decode(&[0, 8], Some((&[], 7))), [word(0, 8, true)]);
    }
}
