//! Which variables can be seen at a pc: the function's, its blocks', and those of the calls inlined there.

use super::dies::{Die, DieRef};
use super::location::Whereabouts;
use super::program::Program;
use super::{Role, Site};
use std::sync::Arc;

/// More variables, and more calls inlined into one another, than a person can look at.
const MAX_VARIABLES: usize = 1000;
const MAX_INLINED: usize = 1000;

/// The two pcs of a frame.
#[derive(Copy, Clone, Debug)]
struct Pcs {
    /// In the instruction that it is at.
    within: u64,
    /// Where it goes on, if that instruction is a call.
    resumed: Option<u64>,
}

impl Pcs {
    /// In no function.
    const NOWHERE: Pcs = Pcs {
        within: u64::MAX,
        resumed: None,
    };
}

/// A logical frame's names, not yet read.
#[derive(Debug)]
pub(super) struct Names<'p, 's> {
    pub(super) function: Arc<str>,
    /// Without the names that are not for people.
    pub(super) variables: Vec<Found<'p, 's>>,
    /// The dictionary, of a generic function.
    pub(super) dictionary: Option<Found<'p, 's>>,
    /// The function's own entry, where this is one of several instances of it.
    origin: Option<Die<'p, 's>>,
}

/// A variable, not yet read.
#[derive(Debug)]
pub(super) struct Found<'p, 's> {
    pub(super) name: Arc<str>,
    pub(super) role: Role,
    /// Where it is declared; 0 where that is not told.
    pub(super) line: u32,
    pub(super) kind: Option<DieRef>,
    pub(super) whereabouts: Whereabouts<'s>,
    /// The same for the moment when the call has returned.
    pub(super) resumed: Option<Whereabouts<'s>>,
    pub(super) die: Die<'p, 's>,
}

impl<'s> Program<'s> {
    /// The names of all logical frames at `site`, innermost first; none outside of what has DWARF.
    pub(super) fn names_at(&self, site: &Site<'_>) -> Vec<Names<'_, 's>> {
        // A return address belongs to the call before it.
        let pc = site.linked_pc.get();
        let at = Pcs {
            within: pc.saturating_sub(u64::from(!site.trap)),
            resumed: (!site.trap).then_some(pc),
        };
        let function = self.function_at(at.within).and_then(|at| self.die(at));
        let Some(function) = function else {
            return Vec::new();
        };
        let mut frames = collect(&function, at);
        frames.reverse();
        for (index, frame) in frames.iter_mut().enumerate() {
            if let Some(line) = site.lines.get(index) {
                frame.variables.retain(|found| !found.is_ahead(*line));
            }
        }
        frames
    }
}

/// Outermost first.
fn collect<'p, 's>(function: &Die<'p, 's>, at: Pcs) -> Vec<Names<'p, 's>> {
    let mut frames = vec![Names::of(function)];
    // For each entry that we are in: which frame its names belong to, or that it is elsewhere.
    let mut inside: Vec<Option<usize>> = Vec::new();
    let Ok(mut entries) = function.unit.entries_at_offset(function.entry.offset()) else {
        return frames;
    };
    while let Ok(Some(entry)) = entries.next_dfs() {
        let Ok(depth) = usize::try_from(entry.depth()) else {
            break;
        };
        if depth == 0 {
            if !inside.is_empty() {
                break;
            }
            inside.push(Some(0));
            continue;
        }
        inside.truncate(depth);
        let parent = inside.last().copied().flatten();
        let mut own = None;
        if let Some(frame) = parent {
            let die = function.sibling(entry.clone());
            match die.tag() {
                gimli::DW_TAG_lexical_block if die.covers(at.within) => own = Some(frame),
                gimli::DW_TAG_inlined_subroutine
                    if frames.len() < MAX_INLINED && die.covers(at.within) =>
                {
                    own = Some(frames.len());
                    frames.push(Names::of(&die));
                }
                gimli::DW_TAG_formal_parameter | gimli::DW_TAG_variable => {
                    if let Some(names) = frames.get_mut(frame) {
                        names.add(die, at);
                    }
                }
                _ => {}
            }
        }
        inside.push(own);
    }
    frames.iter_mut().for_each(Names::complete);
    frames
}

impl<'p, 's> Names<'p, 's> {
    fn of(function: &Die<'p, 's>) -> Names<'p, 's> {
        Names {
            function: function.name().unwrap_or_else(|| "?".into()),
            variables: Vec::new(),
            dictionary: None,
            origin: function.origin(),
        }
    }

    /// Adds the arguments that this instance of the function lost its word of: they have no place in it.
    fn complete(&mut self) {
        let Some(origin) = self.origin.take() else {
            return;
        };
        let mut lost = Vec::new();
        origin.children(|child| {
            if child.tag() == gimli::DW_TAG_formal_parameter
                && let Some(found) = Found::of(child.clone(), Pcs::NOWHERE)
                && found.role == Role::Argument
                && !self.variables.iter().any(|known| known.name == found.name)
                && !is_of_the_compiler(&found.name)
            {
                lost.push(found);
            }
            lost.len() < MAX_VARIABLES
        });
        self.variables.splice(0..0, lost);
    }

    fn add(&mut self, die: Die<'p, 's>, at: Pcs) {
        let Some(found) = Found::of(die, at) else {
            return;
        };
        if &*found.name == ".dict" {
            self.dictionary = Some(found);
        } else if !is_of_the_compiler(&found.name) && self.variables.len() < MAX_VARIABLES {
            self.variables.push(found);
        }
    }
}

/// Whether a name was made up: results without a name (`~r0`), and what the compiler keeps for itself.
fn is_of_the_compiler(name: &str) -> bool {
    name.is_empty() || name == "_" || name.starts_with(['.', '~'])
}

impl<'p, 's> Found<'p, 's> {
    fn of(die: Die<'p, 's>, at: Pcs) -> Option<Found<'p, 's>> {
        let line = die.number(gimli::DW_AT_decl_line);
        Some(Found {
            name: die.name()?,
            role: match die.tag() {
                _ if die.flag(gimli::DW_AT_variable_parameter) => Role::Result,
                gimli::DW_TAG_variable => Role::Local,
                _ => Role::Argument,
            },
            line: line.and_then(|line| u32::try_from(line).ok()).unwrap_or(0),
            kind: die.reference(gimli::DW_AT_type),
            whereabouts: Whereabouts::of(&die, at.within),
            resumed: at.resumed.map(|pc| Whereabouts::of(&die, pc)),
            die,
        })
    }

    /// Whether the function, at `line`, has not yet come to where this is declared: then its place, if it has one,
    /// holds something else.
    fn is_ahead(&self, line: u32) -> bool {
        let settled = matches!(self.whereabouts, Whereabouts::Now(_));
        self.role == Role::Local && self.line >= line && !settled
    }
}
