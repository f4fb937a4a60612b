//! The live screen: goroutines and the runtime's health, for as long as one looks.
//!
//! One thread looks at the target ([`source`]), one waits for keys, one for signals. They send messages; [`update`] makes
//! of each what the [`model`] says, and [`view`] draws that, after messages and never otherwise.

mod areas;
mod backend;
mod baseline;
mod cursor;
mod group;
mod history;
mod input;
mod keys;
mod model;
mod msg;
mod names;
mod once;
mod order;
mod pen;
mod rows;
mod source;
mod terminal;
#[cfg(test)]
mod tests;
mod theme;
mod told;
mod trends;
mod update;
mod view;

pub(crate) use model::Screen;
pub(crate) use once::once;
pub(crate) use source::Looking;
pub(crate) use theme::Theme;

use crate::error::InspectError;
use crate::filter::Filter;
use crate::sampler::{Pace, Sample};
use gopeek_attach::hold;
use gopeek_attach::time_limit::TimeLimit;
use model::{Model, Title};
use msg::{Ask, Effect, Msg};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use source::Source;
use std::io::IsTerminal;
use std::sync::PoisonError;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;
use terminal::{Taken, failed};

/// How the screen begins.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) theme: Theme,
    pub(crate) screen: Screen,
    pub(crate) filter: Option<(Filter, String)>,
}

/// Shows the screen until it is left. What must be read before there is one ends within `limit`.
///
/// # Errors
/// [`InspectError`], when there is no terminal, or no Go process to look at.
pub(crate) fn run(looking: Looking, start: &Start, limit: TimeLimit) -> Result<(), InspectError> {
    if !(std::io::stdout().is_terminal() && std::io::stdin().is_terminal()) {
        return Err(InspectError::NoTerminal { pid: looking.pid });
    }
    let pace = Pace::new(looking.interval);
    let source = Source::start(looking);
    // What can't be looked at is said where it stays to be read.
    let title = match source.messages.recv() {
        Ok(Msg::Opened(title)) => title,
        Ok(Msg::Over(error)) => return Err(error),
        _ => return Ok(()),
    };
    drop(limit);
    watch_signals(source.to.clone())?;
    let mut taken = Taken::take()?;
    let to = source.to.clone();
    thread::spawn(move || read_keys(&to));
    source.begin(start.screen, pace.clone());
    let size = crossterm::terminal::size().unwrap_or((80, 24));
    let mut screen = Live {
        model: model(*title, pace, start, size),
        text: String::new(),
        source: &source,
    };
    let shown = screen.show(&mut taken, &start.theme);
    source.ask(Ask::Quit);
    // Ended now, we would let the target go all the same; it is kinder to do it ourselves.
    while hold::is_holding() {
        thread::sleep(Duration::from_millis(1));
    }
    shown
}

/// What there is to show before the first sample, on a screen of so many columns and rows.
fn model(title: Title, pace: Pace, start: &Start, size: (u16, u16)) -> Model {
    let sample = Box::new(Sample::empty(pace));
    let mut model = Model::new(title, sample, size);
    model.life = model::Life::Live;
    model.screen = start.screen;
    update::filter_by(&mut model, start.filter.clone());
    model
}

/// The screen while it is shown.
struct Live<'s> {
    model: Model,
    /// Room for what is formatted.
    text: String,
    source: &'s Source,
}

impl Live<'_> {
    fn show(&mut self, taken: &mut Taken, theme: &Theme) -> Result<(), InspectError> {
        let messages = &self.source.messages;
        let mut effects = Vec::new();
        loop {
            self.draw(taken, theme)?;
            let Ok(first) = messages.recv() else {
                return Ok(());
            };
            update::update(&mut self.model, first, &mut effects);
            // What has come meanwhile is drawn once.
            while let Ok(more) = messages.try_recv() {
                update::update(&mut self.model, more, &mut effects);
            }
            for effect in effects.drain(..) {
                match effect {
                    Effect::Quit => return Ok(()),
                    Effect::Suspend => self.suspend(taken)?,
                    Effect::Redraw => taken.terminal.clear().map_err(failed)?,
                    Effect::Ask(ask) => self.source.ask(ask),
                }
            }
        }
    }

    fn draw(&mut self, taken: &mut Taken, theme: &Theme) -> Result<(), InspectError> {
        let Live { model, text, .. } = self;
        let drawn = taken.terminal.draw(|frame| {
            let area = frame.area();
            update::resize(model, area.width, area.height);
            let cursor = view::draw(model, theme, text, frame.buffer_mut());
            if let Some(cursor) = cursor {
                frame.set_cursor_position(cursor);
            }
        });
        drawn.map(drop).map_err(failed)
    }

    /// Stops, with the terminal given back, until told to go on: never while the target is held.
    fn suspend(&self, taken: &mut Taken) -> Result<(), InspectError> {
        let busy = &self.source.busy;
        let _busy = busy.lock().unwrap_or_else(PoisonError::into_inner);
        terminal::give_back();
        let _ = emulate_default_handler(SIGTSTP);
        taken.again()
    }
}

/// Sends keys, clicks and sizes, as they come.
fn read_keys(to: &SyncSender<Msg>) {
    use crossterm::event::{Event, read};
    loop {
        let msg = match read() {
            Ok(Event::Key(key)) => Msg::Key(key),
            Ok(Event::Mouse(mouse)) => Msg::Mouse(mouse),
            Ok(Event::Resize(width, height)) => Msg::Resize(width, height),
            Ok(_) => continue,
            // The terminal is gone.
            Err(_) => Msg::End,
        };
        let end = matches!(msg, Msg::End);
        if to.send(msg).is_err() || end {
            return;
        }
    }
}

/// Signals come as messages: none of them ends or stops us while the target is held, or the terminal ours.
fn watch_signals(to: SyncSender<Msg>) -> Result<(), InspectError> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM, SIGTSTP]).map_err(failed)?;
    thread::spawn(move || {
        for signal in signals.forever() {
            let msg = if signal == SIGTSTP {
                Msg::Suspend
            } else {
                Msg::End
            };
            if to.send(msg).is_err() {
                return;
            }
        }
    });
    Ok(())
}
