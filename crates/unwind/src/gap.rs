//! The middle of a stack with more frames than are kept: its frames are counted, by where in the code they are.

use crate::walk::Frame;
use gopeek_layout::Addr;
use rustc_hash::FxHashMap;

/// The frames that are left out of a stack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gap {
    /// How many of the frames that are kept lie in front of it, nearer to the innermost.
    pub before: usize,
    /// How many frames are left out of each kind.
    pub kinds: Vec<(Kind, u64)>,
}

/// A frame that is left out, as far as a traceback that counts it needs to know it.
#[derive(Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Kind {
    /// Where it goes on, and whether that is a trapped instruction.
    pub at: (Addr, bool),
    /// The same of the frame that it has called.
    pub callee: (Addr, bool),
}

/// A gap in the making. The frames behind it are a ring.
#[derive(Debug, Default)]
pub(crate) struct Middle {
    kinds: FxHashMap<Kind, u64>,
    count: u64,
    /// Where in the ring its first frame is.
    first: usize,
    last: Option<(Addr, bool)>,
}

impl Middle {
    /// How many frames are left out.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Adds a frame to those that are kept, of which there are as many as there may be, and leaves out another one.
    pub(crate) fn push(&mut self, frames: &mut [Frame], frame: Frame) {
        let half = frames.len() / 2;
        let (front, ring) = frames.split_at_mut(half);
        let len = ring.len();
        let Some(place) = ring.get_mut(self.first) else {
            return;
        };
        let out = std::mem::replace(place, frame);
        let at = (out.pc, out.trap);
        let callee = self.last.or(front.last().map(|it| (it.pc, it.trap)));
        let kind = Kind {
            at,
            callee: callee.unwrap_or(at),
        };
        *self.kinds.entry(kind).or_default() += 1;
        self.last = Some(at);
        self.count += 1;
        self.first = (self.first + 1) % len;
    }

    /// Puts the frames in their order, and gives the gap, if there is one.
    pub(crate) fn close(self, frames: &mut [Frame]) -> Option<Gap> {
        if self.count == 0 {
            return None;
        }
        let before = frames.len() / 2;
        if let Some(ring) = frames.get_mut(before..) {
            ring.rotate_left(self.first.min(ring.len()));
        }
        let mut kinds: Vec<(Kind, u64)> = self.kinds.into_iter().collect();
        kinds.sort_unstable();
        Some(Gap { before, kinds })
    }
}

#[cfg(test)]
mod tests {
    use super::{Gap, Kind, Middle};
    use crate::walk::Frame;
    use gopeek_layout::Addr;

    fn frame(at: u64) -> Frame {
        let at = Addr::new(at);
        Frame {
            pc: at,
            sp: at,
            fp: at,
            argp: at,
            trap: false,
        }
    }

    fn kept(count: u64) -> (Vec<u64>, Option<Gap>) {
        let mut frames = Vec::new();
        let mut middle = Middle::default();
        for at in 1..=count {
            if frames.len() < 4 {
                frames.push(frame(at));
            } else {
                middle.push(&mut frames, frame(at));
            }
        }
        let gap = middle.close(&mut frames);
        (frames.iter().map(|it| it.pc.get()).collect(), gap)
    }

    #[test]
    fn both_ends_are_kept_and_the_rest_is_counted() {
        assert_eq!(kept(4), (vec![1, 2, 3, 4], None));
        let kind = |at: u64, callee: u64| Kind {
            at: (Addr::new(at), false),
            callee: (Addr::new(callee), false),
        };
        for (count, ends) in [(5, [1, 2, 4, 5]), (6, [1, 2, 5, 6]), (9, [1, 2, 8, 9])] {
            let (frames, gap) = kept(count);
            assert_eq!(frames, ends);
            let gap = gap.unwrap();
            assert_eq!(gap.before, 2);
            let out: Vec<(Kind, u64)> = (3..=count - 2).map(|at| (kind(at, at - 1), 1)).collect();
            assert_eq!(gap.kinds, out);
        }
    }
}
