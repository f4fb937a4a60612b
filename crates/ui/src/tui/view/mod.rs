//! Drawing: a function of the model, onto cells. Nothing is sorted, grouped or kept here.

mod changes;
mod detail;
mod footer;
mod groups;
mod head;
mod help;
mod lines;
mod list;
mod objects;
mod runtime;
mod threads;

use super::areas::{Areas, MIN_HEIGHT, MIN_WIDTH};
use super::model::{Model, Over, Screen};
use super::pen::{Pen, Rest};
use super::theme::Theme;
use crate::describe::{base, without_path};
use crate::report::Call;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// Draws the model; says where the cursor is to be seen.
pub(crate) fn draw(
    model: &Model,
    theme: &Theme,
    text: &mut String,
    cells: &mut Buffer,
) -> Option<Position> {
    let mut pen = Pen { cells, text, theme };
    let area = pen.cells.area;
    if area.width < MIN_WIDTH || area.height < MIN_HEIGHT {
        too_small(&mut pen, area);
        return None;
    }
    let areas = Areas::of(model);
    head::draw(&mut pen, model, &areas);
    match model.screen {
        Screen::Groups => groups::draw(&mut pen, model, &areas),
        Screen::List => list::draw(&mut pen, model, &areas),
        Screen::Threads => threads::draw(&mut pen, model, &areas),
        Screen::Objects => objects::draw(&mut pen, model, &areas),
        Screen::Runtime => runtime::draw(&mut pen, model, areas.rows),
        Screen::Changes => changes::draw(&mut pen, model, &areas),
    }
    if model.detail {
        detail::draw(&mut pen, model, areas.detail);
    }
    let cursor = footer::draw(&mut pen, model, &areas);
    if matches!(model.over, Over::Help) {
        help::draw(&mut pen, area);
    }
    cursor
}

fn too_small(pen: &mut Pen<'_>, area: Rect) {
    if let Some(row) = Rest::row(area, 0) {
        let style = pen.theme.plain;
        pen.print(
            row,
            format_args!("too small: {MIN_WIDTH}x{MIN_HEIGHT} at least"),
            style,
        );
    }
}

/// The part of a table that is in sight: each row's index, where it is, and whether it is selected.
fn in_sight(model: &Model, rows: Rect) -> impl Iterator<Item = (usize, Rest, bool)> + use<> {
    let (top, at, len) = (model.cursor().top, model.cursor().at, model.len());
    let height = usize::from(rows.height);
    (0..height).filter_map(move |nth| {
        let index = top + nth;
        let rest = Rest::row(rows, nth).filter(|_| index < len)?;
        Some((index, rest, index == at))
    })
}

/// Writes a heading for each column, whose widths these are; the last takes what is left.
fn headings(pen: &mut Pen<'_>, area: Rect, columns: &[(&str, u16)]) {
    let Some(mut rest) = Rest::row(area, 0) else {
        return;
    };
    let style = pen.theme.heading;
    pen.tint(rest, style);
    for (name, width) in columns {
        let (column, behind) = rest.split(*width);
        pen.put(column, name, style);
        rest = behind;
    }
}

/// Where a call is: `pool.(*Pool).submit  pool.go:88`, the place at the right.
fn call(pen: &mut Pen<'_>, column: Rest, call: &Call) {
    let (plain, faint) = (pen.theme.plain, pen.theme.faint);
    let rest = pen.put(column, without_path(&call.function), plain);
    if rest.width() > 2 {
        let rest = Rest {
            x: rest.x + 1,
            ..rest
        };
        let file = base(&call.file);
        pen.print(rest, format_args!("{file}:{}", call.line), faint);
    }
}
