//! The threads: what each does for the kernel and for the runtime.

use super::{headings, in_sight};
use crate::render::threads::COLUMNS;
use crate::tui::areas::Areas;
use crate::tui::model::Model;
use crate::tui::pen::{Pen, Rest};

const WIDTHS: [u16; 7] = [9, 5, 6, 5, 16, 20, u16::MAX];

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, areas: &Areas) {
    let mut columns = [("", 0); COLUMNS.len()];
    for (column, named) in columns.iter_mut().zip(COLUMNS.into_iter().zip(WIDTHS)) {
        *column = named;
    }
    headings(pen, areas.head, &columns);
    let theme = pen.theme;
    if model.threads.is_empty()
        && let Some(row) = Rest::row(areas.rows, 0)
    {
        pen.put(row, " looking at threads ...", theme.faint);
    }
    for (index, row, selected) in in_sight(model, areas.rows) {
        let Some(cells) = model.threads.get(index) else {
            continue;
        };
        let mut rest = row;
        for (nth, (cell, width)) in cells.iter().zip(WIDTHS).enumerate() {
            let (column, behind) = rest.split(width);
            if nth == 0 {
                pen.right(column, format_args!("{cell}"), theme.strong);
            } else {
                pen.put(column, cell, theme.plain);
            }
            rest = behind;
        }
        if selected {
            pen.tint(row, theme.selected);
        }
    }
}
