//! What is waited for: by how many, since when, and who may hold it.

use super::{headings, in_sight};
use crate::describe::Short;
use crate::tui::areas::Areas;
use crate::tui::model::Model;
use crate::tui::pen::{Count, Pen, Rest};

const KIND: u16 = 15;
const AT: u16 = 18;
const WAITERS: u16 = 8;
const OLDEST: u16 = 9;
const DETAIL: u16 = 38;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, areas: &Areas) {
    let columns = [
        (" WAITING ON", KIND),
        ("OBJECT", AT),
        (" WAITERS", WAITERS),
        ("OLDEST", OLDEST),
        ("DETAIL", DETAIL),
        ("LIKELY HOLDER / PEER", u16::MAX),
    ];
    headings(pen, areas.head, &columns);
    let theme = pen.theme;
    let Some(diagnosis) = &model.diagnosis else {
        if let Some(row) = Rest::row(areas.rows, 0) {
            pen.put(row, " looking at objects ...", theme.faint);
        }
        return;
    };
    for (index, row, selected) in in_sight(model, areas.rows) {
        let Some(object) = diagnosis.objects.get(index) else {
            continue;
        };
        let (column, rest) = row.split(KIND);
        pen.print(column, format_args!(" {}", object.kind), theme.plain);
        let (column, rest) = rest.split(AT);
        pen.put(column, &object.at, theme.faint);
        let (column, rest) = rest.split(WAITERS);
        let waiters = u64::try_from(object.waiters.len()).unwrap_or(0);
        pen.right(column, format_args!("{}", Count(waiters)), theme.strong);
        let (column, rest) = rest.split(OLDEST);
        match object.oldest {
            Some(oldest) => {
                let at_least = theme.symbols.at_least;
                pen.print(
                    column,
                    format_args!("{at_least}{}", Short(oldest)),
                    theme.plain,
                );
            }
            None => {
                pen.put(column, "-", theme.faint);
            }
        }
        let (column, rest) = rest.split(DETAIL);
        pen.put(column, &object.detail, theme.plain);
        pen.put(rest, &object.holder, theme.warning);
        if selected {
            pen.tint(row, theme.selected);
        }
    }
}
