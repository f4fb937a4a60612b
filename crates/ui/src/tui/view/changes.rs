//! What has changed since the baseline.

use super::{call, headings, in_sight};
use crate::describe::without_path;
use crate::tui::areas::Areas;
use crate::tui::model::Model;
use crate::tui::pen::{Count, Pen, Rest};

const GROWTH: u16 = 10;
const NOW: u16 = 9;
const STATE: u16 = 18;
const FRAME: u16 = 50;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, areas: &Areas) {
    let columns = [
        ("    CHANGE", GROWTH),
        ("      NOW", NOW),
        ("STATE", STATE),
        ("TOP FRAME", FRAME),
        ("CREATED BY", u16::MAX),
    ];
    headings(pen, areas.head, &columns);
    let theme = pen.theme;
    if model.table.changes.is_empty()
        && let Some(row) = Rest::row(areas.rows, 0)
    {
        pen.put(
            row,
            " nothing has changed since the baseline (D: a new one)",
            theme.faint,
        );
    }
    for (index, row, selected) in in_sight(model, areas.rows) {
        let Some(change) = model.table.changes.get(index) else {
            continue;
        };
        let growth = change.growth();
        let style = if growth > 0 {
            theme.warning
        } else {
            theme.good
        };
        let (column, rest) = row.split(GROWTH);
        pen.right(column, format_args!("{growth:+}"), style);
        let (column, rest) = rest.split(NOW);
        pen.right(
            column,
            format_args!("{}", Count(change.now.into())),
            theme.strong,
        );
        let (column, rest) = rest.split(STATE);
        pen.put(column, model.texts.state(change.row.state), theme.plain);
        let (column, rest) = rest.split(FRAME);
        let way = model.texts.way(change.row.way);
        if let Some(top) = way.and_then(|way| way.top()) {
            call(pen, column, top);
        }
        if let Some(place) = model.texts.creator(change.row.creator) {
            pen.put(rest, without_path(&place.call.function), theme.faint);
        }
        if selected {
            pen.tint(row, theme.selected);
        }
    }
}
