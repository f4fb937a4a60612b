//! What rows name by number: ways through the code, `go` statements, labels, states. Numbers are given as they come, and mean
//! the same in all samples that follow.

use crate::report::{Call, Place};
use gopeek_layout::labels::Label;
use std::sync::Arc;

/// A way through the code.
#[derive(Clone, Debug, Default)]
pub(crate) struct Way {
    /// Where its frames are, innermost first: the calls there, those that were inlined, too. Ways share them.
    pub(crate) frames: Box<[Arc<[Call]>]>,
    /// Which call is the first that is the program's own; without one, the first of all.
    pub(crate) own: usize,
    /// There are more frames than these.
    pub(crate) cut: bool,
}

impl Way {
    /// The calls, innermost first.
    pub(crate) fn calls(&self) -> impl Iterator<Item = &Call> + Clone {
        self.frames.iter().flat_map(|calls| calls.iter())
    }

    /// The call by which people know where a goroutine is.
    pub(crate) fn top(&self) -> Option<&Call> {
        self.calls().nth(self.own)
    }
}

/// Texts by number. Each list begins with one that says nothing.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    pub(crate) ways: Vec<Way>,
    pub(crate) creators: Vec<Option<Arc<Place>>>,
    pub(crate) labels: Vec<Arc<[Label]>>,
    pub(crate) states: Vec<Arc<str>>,
}

impl Default for Texts {
    fn default() -> Texts {
        Texts {
            ways: vec![Way::default()],
            creators: vec![None],
            labels: vec![Arc::from([])],
            states: vec![Arc::from("")],
        }
    }
}

impl Texts {
    /// None at all: room for what is new.
    pub(crate) fn nothing() -> Texts {
        Texts {
            ways: Vec::new(),
            creators: Vec::new(),
            labels: Vec::new(),
            states: Vec::new(),
        }
    }

    /// Takes what is new, and leaves the room for it.
    pub(crate) fn absorb(&mut self, new: &mut Texts) {
        self.ways.append(&mut new.ways);
        self.creators.append(&mut new.creators);
        self.labels.append(&mut new.labels);
        self.states.append(&mut new.states);
    }

    pub(crate) fn way(&self, number: u32) -> Option<&Way> {
        self.ways.get(usize::try_from(number).ok()?)
    }

    pub(crate) fn creator(&self, number: u32) -> Option<&Place> {
        let place = self.creators.get(usize::try_from(number).ok()?)?;
        place.as_deref()
    }

    pub(crate) fn labels(&self, number: u32) -> &[Label] {
        let labels = usize::try_from(number)
            .ok()
            .and_then(|at| self.labels.get(at));
        labels.map(|labels| &labels[..]).unwrap_or_default()
    }

    pub(crate) fn state(&self, number: u16) -> &str {
        let state = self.states.get(usize::from(number));
        state.map_or("", |state| state)
    }
}
