//! What happens to the screen, and what it asks for in return.

use super::model::Title;
use super::told::Diagnosis;
use crate::error::InspectError;
use crate::sampler::Sample;
use crossterm::event::{KeyEvent, MouseEvent};

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Msg {
    Key(KeyEvent),
    Mouse(MouseEvent),
    /// Columns and rows.
    Resize(u16, u16),
    /// A target was opened: the first one, or what has taken its place.
    Opened(Box<Title>),
    Sampled(Box<Sample>),
    Threads(Vec<[String; 7]>),
    Diagnosed(Box<Diagnosis>),
    /// Where it was saved, or why not.
    Saved(Result<String, String>),
    /// Something to be known.
    Note(String),
    /// The target is gone, or can't be looked at any more.
    Over(InspectError),
    /// gopeek is to end.
    End,
    /// It is to stop, for a while.
    Suspend,
}

/// Something to be done.
#[derive(Debug)]
pub(crate) enum Effect {
    Quit,
    /// Give the terminal back, and stop until told to go on.
    Suspend,
    /// Draw all of the screen anew.
    Redraw,
    /// What the sampler is to do.
    Ask(Ask),
}

/// What the sampler is asked.
#[derive(Debug)]
pub(crate) enum Ask {
    /// Here is room for another sample.
    Room(Box<Sample>),
    /// Look no more, or again.
    Freeze(bool),
    /// Look at threads, too, or no more.
    Threads(bool),
    /// Make a diagnosis with the next sample, whatever it takes.
    Diagnose,
    Save(Save),
    Quit,
}

/// What can be saved.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Save {
    Text,
    Json,
    Pprof,
}
