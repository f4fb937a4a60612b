//! From pcs, addresses and words to their numbers: each once, named when it first comes.

use super::row::Does;
use super::texts::{Texts, Way};
use crate::assemble::state_text;
use crate::diagnose::own_call;
use crate::find::Found;
use crate::places::Places;
use crate::report::Call;
use gopeek_layout::Addr;
use gopeek_layout::goroutine::Goroutine;
use gopeek_layout::labels::Label;
use gopeek_unwind::{End, Frame};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// More than this of everything together is forgotten, and begun anew: a program with ever new stacks or labels must not
/// make us grow for ever.
const MAX_TEXTS: usize = 200_000;

/// Numbers for what rows have in common.
pub(super) struct Interner<'a, 'd> {
    found: &'a Found<'d>,
    places: Places<'a, 'd>,
    /// The path of the main module, where it is known.
    main: &'a str,
    /// Where frames are: each place by its number, and the calls there.
    sites: FxHashMap<Pc, (u32, Arc<[Call]>)>,
    /// By the places of their frames.
    ways: FxHashMap<Box<[u32]>, u32>,
    /// The places of the frames that are looked up.
    wanted: Vec<u32>,
    creators: FxHashMap<Addr, u32>,
    labels: FxHashMap<Arc<[Label]>, u32>,
    states: FxHashMap<(u32, u8), u16>,
    /// How much of each kind there is, what says nothing included.
    counts: [u32; 4],
    /// What was not told yet.
    pub(super) new: Texts,
}

/// Where a frame is, as ways are told apart by.
type Pc = (Addr, bool);

impl<'a, 'd> Interner<'a, 'd> {
    pub(super) fn new(found: &'a Found<'d>, places: Places<'a, 'd>) -> Interner<'a, 'd> {
        let main = found.build.main.as_ref();
        Interner {
            found,
            places,
            main: main.map_or("", |main| &main.path),
            sites: FxHashMap::default(),
            ways: FxHashMap::default(),
            wanted: Vec::new(),
            creators: FxHashMap::default(),
            labels: FxHashMap::default(),
            states: FxHashMap::default(),
            counts: [1; 4],
            new: Texts::nothing(),
        }
    }

    /// Whether there is so much that it is to be begun anew.
    pub(super) fn is_full(&self) -> bool {
        self.counts.iter().sum::<u32>() as usize > MAX_TEXTS
    }

    /// The number of the way that these frames take.
    pub(super) fn way(&mut self, frames: &[Frame], end: &End) -> u32 {
        if frames.is_empty() {
            return 0;
        }
        let mut wanted = std::mem::take(&mut self.wanted);
        wanted.clear();
        wanted.extend(frames.iter().map(|frame| self.site(frame)));
        let known = self.ways.get(&wanted[..]).copied();
        let number = known.unwrap_or_else(|| self.new_way(&wanted, frames, end));
        self.wanted = wanted;
        number
    }

    fn new_way(&mut self, wanted: &[u32], frames: &[Frame], end: &End) -> u32 {
        let number = next(&mut self.counts[0]);
        self.ways.insert(wanted.into(), number);
        let calls = frames.iter().filter_map(|frame| {
            let (_, calls) = self.sites.get(&(frame.pc, frame.trap))?;
            Some(calls.clone())
        });
        let mut way = Way {
            frames: calls.collect(),
            own: 0,
            cut: *end == End::TooDeep,
        };
        let own = own_call(&way.calls().map(|call| &*call.function), self.main);
        way.own = own.unwrap_or(0);
        self.new.ways.push(way);
        number
    }

    /// The number of the place that a frame is at.
    fn site(&mut self, frame: &Frame) -> u32 {
        let (places, next) = (&self.places, self.sites.len());
        let (number, _) = self.sites.entry((frame.pc, frame.trap)).or_insert_with(|| {
            let calls = places.calls(frame.pc, frame.trap);
            (u32::try_from(next).unwrap_or(u32::MAX), calls.into())
        });
        *number
    }

    /// The number of the `go` statement that returns to `gopc`.
    pub(super) fn creator(&mut self, gopc: Addr) -> u32 {
        if let Some(known) = self.creators.get(&gopc) {
            return *known;
        }
        let place = self.places.go_statement(gopc);
        let number = if place.is_some() {
            self.new.creators.push(place);
            next(&mut self.counts[1])
        } else {
            0
        };
        self.creators.insert(gopc, number);
        number
    }

    /// The number of these labels.
    pub(super) fn labels(&mut self, labels: &Arc<[Label]>) -> u32 {
        if labels.is_empty() {
            return 0;
        }
        if let Some(known) = self.labels.get(labels) {
            return *known;
        }
        let number = next(&mut self.counts[2]);
        self.labels.insert(labels.clone(), number);
        self.new.labels.push(labels.clone());
        number
    }

    /// The number of what a header calls the state of a goroutine.
    pub(super) fn state(&mut self, goroutine: &Goroutine) -> u16 {
        // What does not wait has the reason of its last wait.
        let waits = Does::of(goroutine.status) == Does::Waits;
        let reason = if waits { goroutine.wait_reason } else { 0 };
        let key = (goroutine.status, reason);
        if let Some(known) = self.states.get(&key) {
            return *known;
        }
        let number = u16::try_from(next(&mut self.counts[3])).unwrap_or(0);
        let text = state_text(&self.found.layout, key.0, key.1);
        self.new.states.push(text);
        self.states.insert(key, number);
        number
    }
}

fn next(count: &mut u32) -> u32 {
    let number = *count;
    *count = number.saturating_add(1);
    number
}
