//! Waits for a context to end: which channels are a context's.

use crate::report::Frame;
use gopeek_layout::Addr;
use gopeek_layout::types::{Kind, Place, Type, Types};

/// Maximum number of contexts made of one another that are followed.
const DEPTH: usize = 16;
/// Maximum number of frames whose arguments are searched: a context is handed down from call to call.
const FRAMES: usize = 12;

/// Whether the channel at `channel` is what `Done` returns of a context that one of the frames was given.
pub(super) fn is_done_of(types: &Types<'_>, frames: &[Frame<'_>], channel: Addr) -> bool {
    frames.iter().take(FRAMES).any(|frame| {
        let pairs = frame.words.unwrap_or_default().windows(2);
        let mut contexts = pairs.filter_map(|pair| match pair {
            [table, data] => context(types, Addr::new(*table), Addr::new(*data)),
            _ => None,
        });
        contexts.any(|(at, of)| ends_with(types, at, of, channel))
    })
}

/// The struct behind two words that are a `context.Context`.
fn context(types: &Types<'_>, table: Addr, data: Addr) -> Option<(Addr, Type)> {
    let pointer = types.of_itab(table).filter(|it| it.kind == Kind::Pointer)?;
    let of = types.elem(&pointer)?;
    let name = types.full_name(&of)?;
    name.starts_with("context.").then_some((data, of))
}

/// Whether a context, or one that it was made of, has this channel.
fn ends_with(types: &Types<'_>, at: Addr, of: Type, channel: Addr) -> bool {
    let mut place = Place { at, kind: of };
    for _ in 0..DEPTH {
        let done = types.read_path(place.at, &place.kind, "done.v");
        let done = done.ok().and_then(|done| types.target(done));
        if done.and_then(|done| types.address(&done)) == Some(channel) {
            return true;
        }
        let parent = types.read_path(place.at, &place.kind, "Context");
        // From the interface to the pointer in it, and to the struct.
        let Some(parent) = parent.ok().and_then(|it| types.target(it)) else {
            return false;
        };
        place = types.target(parent).unwrap_or(parent);
    }
    false
}
