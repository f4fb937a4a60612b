//! The threads: what each does for the kernel and for the runtime.

use super::{headings, in_sight};
use crate::tui::areas::Areas;
use crate::tui::model::Model;
use crate::tui::pen::{Pen, Rest};

const WIDTHS: [u16; 7] = [9, 5, 6, 5, 16, 20, u16::MAX];
const NAMES: [&str; 7] = [
    "      TID",
    "STATE",
    "M",
    "P",
    "GOROUTINE",
    "DOING",
    "SYSTEM CALL",
];

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, areas: &Areas) {
    let mut columns = [("", 0); NAMES.len()];
    for (column, named) in columns.iter_mut().zip(NAMES.iter().zip(WIDTHS)) {
        *column = (*named.0, named.1);
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
