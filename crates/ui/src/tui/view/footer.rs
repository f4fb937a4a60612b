//! The last row: what keys do, what is being written, what was done last.

use crate::tui::areas::Areas;
use crate::tui::model::{Model, Over};
use crate::tui::pen::{Pen, Rest};
use ratatui::layout::Position;

const KEYS: [(&str, &str); 14] = [
    ("?", "help"),
    ("/", "filter"),
    ("g", "group"),
    ("s", "sort"),
    ("Enter", "detail"),
    ("2", "list"),
    ("t", "threads"),
    ("o", "objects"),
    ("r", "runtime"),
    ("d", "changes"),
    ("Space", "freeze"),
    ("f", "follow"),
    ("w", "save"),
    ("q", "quit"),
];

/// Draws it; says where one writes.
pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, areas: &Areas) -> Option<Position> {
    let row = Rest::row(areas.footer, 0)?;
    let theme = pen.theme;
    match &model.over {
        Over::Filter(input) => {
            let before = pen.put(row, " / ", theme.heading);
            let at = pen.tail(before, input.before(), theme.strong);
            let after = input.text().get(input.before().len()..);
            let rest = pen.put(at, after.unwrap_or_default(), theme.strong);
            if let Some(wrong) = &input.wrong {
                pen.print(rest, format_args!("   {wrong}"), theme.alarm);
            }
            Some(Position::new(at.x.min(at.end.saturating_sub(1)), at.y))
        }
        Over::Save => {
            pen.put(
                row,
                " save as:  t text   j JSON   p pprof   any other key: not",
                theme.heading,
            );
            None
        }
        Over::Nothing | Over::Help => {
            if let Some(notice) = &model.notice {
                pen.print(row, format_args!(" {notice}"), theme.warning);
                return None;
            }
            let mut rest = row;
            for (key, what) in KEYS {
                // No half of one.
                if usize::from(rest.width()) < key.len() + what.len() + 3 {
                    break;
                }
                rest = pen.print(rest, format_args!(" {key}"), theme.heading);
                rest = pen.print(rest, format_args!(" {what} "), theme.plain);
            }
            None
        }
    }
}
