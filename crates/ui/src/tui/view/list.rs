//! Single goroutines.

use super::{call, headings, in_sight};
use crate::describe::without_path;
use crate::tui::areas::Areas;
use crate::tui::model::Model;
use crate::tui::pen::Pen;

const ID: u16 = 10;
const STATE: u16 = 20;
const WAIT: u16 = 9;
const FRAME: u16 = 50;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, areas: &Areas) {
    let columns = [
        (" GOROUTINE", ID),
        ("STATE", STATE),
        ("WAIT", WAIT),
        ("TOP FRAME", FRAME),
        ("CREATED BY", u16::MAX),
    ];
    headings(pen, areas.head, &columns);
    let sample = &model.sample;
    for (index, row, selected) in in_sight(model, areas.rows) {
        let Some(goroutine) = model.table.list_row(index, sample) else {
            continue;
        };
        let theme = pen.theme;
        let (column, rest) = row.split(ID);
        pen.right(column, format_args!("{}", goroutine.id), theme.strong);
        let (column, rest) = rest.split(STATE);
        let style = if goroutine.moved {
            theme.warning
        } else {
            theme.plain
        };
        let next = pen.put(column, model.texts.state(goroutine.state), style);
        if goroutine.moved {
            pen.put(next, " (moves)", style);
        }
        let (column, rest) = rest.split(WAIT);
        pen.wait(column, goroutine.since, sample.now, theme.plain);
        let (column, rest) = rest.split(FRAME);
        let way = model.texts.way(goroutine.way);
        if let Some(top) = way.and_then(|way| way.top()) {
            call(pen, column, top);
        }
        if let Some(place) = model.texts.creator(goroutine.creator) {
            pen.put(rest, without_path(&place.call.function), theme.faint);
        }
        if selected {
            pen.tint(row, theme.selected);
        }
    }
}
