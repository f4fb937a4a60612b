//! One frame of the live screen, as text.

use super::model::{Life, Model, Title};
use super::msg::{Ask, Effect, Msg};
use super::source::{Looking, Source};
use super::{Screen, Start, update, view};
use crate::error::InspectError;
use crate::sampler::Pace;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use std::io::{self, Write};

/// Where nothing says how large it is to be.
const SIZE: (u16, u16) = (120, 40);

/// Writes a frame of two samples: what is told per second needs two.
///
/// # Errors
/// [`InspectError`], when there is no Go process to look at, or it can't be written.
pub(crate) fn once(
    looking: Looking,
    start: &Start,
    size: Option<(u16, u16)>,
    out: &mut dyn Write,
) -> Result<(), InspectError> {
    let pace = Pace::new(looking.interval);
    let size = size.unwrap_or(SIZE);
    let mut model = super::model(Title::default(), pace.clone(), start, size);
    let source = Source::start(looking);
    source.begin(start.screen, pace);
    let mut effects = Vec::new();
    let is_whole = |model: &Model| {
        let threads = start.screen != Screen::Threads || !model.threads.is_empty();
        model.samples > 1 && model.diagnosis.is_some() && threads
    };
    while !is_whole(&model) {
        match source.messages.recv() {
            Ok(Msg::Over(error)) if model.samples == 0 => return Err(error),
            Ok(Msg::End) | Err(_) => break,
            Ok(msg) => update::update(&mut model, msg, &mut effects),
        }
        if matches!(model.life, Life::Over(_)) {
            break;
        }
        for effect in effects.drain(..) {
            if let Effect::Ask(wanted) = effect {
                source.ask(wanted);
            }
        }
    }
    source.ask(Ask::Quit);
    let mut cells = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    view::draw(&model, &start.theme, &mut String::new(), &mut cells);
    write(&cells, out).map_err(|source| InspectError::Output {
        what: "to standard output".to_owned(),
        source,
    })
}

fn write(cells: &Buffer, out: &mut dyn Write) -> io::Result<()> {
    let text = text(cells);
    out.write_all(text.trim_end().as_bytes())?;
    out.write_all(b"\n")
}

/// Cells as lines, without blanks at their ends.
pub(crate) fn text(cells: &Buffer) -> String {
    let width = usize::from(cells.area.width.max(1));
    let mut text = String::new();
    for row in cells.content.chunks(width) {
        let line: String = row.iter().map(Cell::symbol).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
