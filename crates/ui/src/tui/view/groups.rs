//! The groups: how many goroutines do the same.

use super::{call, headings, in_sight};
use crate::describe::{Short, without_path};
use crate::sampler::row::waited;
use crate::tui::areas::Areas;
use crate::tui::group::GroupRow;
use crate::tui::model::Model;
use crate::tui::order::By;
use crate::tui::pen::{Count, Pen, Rest};
use crate::tui::trends;

/// Columns that are there whatever the width.
const COUNT: u16 = 9;
const STATE: u16 = 18;
const WAIT: u16 = 15;
/// Those that fall away, the last first.
const CREATOR: u16 = 30;
const TREND: u16 = 16;
const GROWTH: u16 = 7;

/// Which columns there is room for.
struct Columns {
    creator: bool,
    trend: bool,
    /// What the frame has.
    frame: u16,
}

impl Columns {
    fn of(width: u16) -> Columns {
        let (creator, trend) = (width >= 100, width >= 126);
        let mut taken = COUNT + 1 + STATE + 1 + WAIT + 1;
        taken += if creator { CREATOR + 1 } else { 0 };
        taken += if trend { TREND + 1 + GROWTH + 1 } else { 0 };
        Columns {
            creator,
            trend,
            frame: width.saturating_sub(taken),
        }
    }
}

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, areas: &Areas) {
    let columns = Columns::of(areas.rows.width);
    let mut head = [("", 0); 6];
    let all = [
        ("    COUNT", COUNT),
        ("STATE", STATE),
        ("WAIT max/p50", WAIT),
        ("TOP FRAME", columns.frame),
        ("CREATED BY", if columns.creator { CREATOR } else { 0 }),
        ("TREND", if columns.trend { TREND } else { 0 }),
    ];
    let shown = all.iter().filter(|(_, width)| *width > 0);
    let mut count = 0;
    for (room, column) in head.iter_mut().zip(shown) {
        *room = *column;
        count += 1;
    }
    headings(pen, areas.head, head.get(..count).unwrap_or_default());
    for (index, row, selected) in in_sight(model, areas.rows) {
        let Some(group) = model.table.groups.get(index) else {
            continue;
        };
        draw_row(pen, model, row, group, &columns);
        if selected {
            let style = pen.theme.selected;
            pen.tint(row, style);
        }
    }
}

fn draw_row(pen: &mut Pen<'_>, model: &Model, row: Rest, group: &GroupRow, columns: &Columns) {
    let theme = pen.theme;
    let sample = &model.sample;
    let first = group.row(sample);
    let style = if group.idle { theme.faint } else { theme.plain };
    let (column, rest) = row.split(COUNT);
    pen.right(
        column,
        format_args!("{}", Count(group.count.into())),
        theme.strong,
    );
    let (column, rest) = rest.split(STATE);
    pen.put(column, model.texts.state(first.state), style);
    let (column, rest) = rest.split(WAIT);
    let next = pen.wait(column, group.since, sample.now, style);
    if let Some(middle) = waited(group.middle, sample.now) {
        pen.print(next, format_args!("/{}", Short(middle)), style);
    }
    let (column, mut rest) = rest.split(columns.frame);
    match &model.by {
        By::Label(key) => {
            let labels = model.texts.labels(first.labels);
            let value = labels.iter().find(|label| label.key == *key);
            let value = value.and_then(|it| std::str::from_utf8(&it.value).ok());
            pen.put(column, value.unwrap_or("(without)"), style);
        }
        By::State | By::Stack | By::Function | By::Creator => {
            let way = model.texts.way(first.way);
            match way.and_then(|way| way.top()) {
                Some(top) => call(pen, column, top),
                None => {
                    pen.put(column, "(on a CPU: no stack of it)", theme.faint);
                }
            }
        }
    }
    if columns.creator {
        let (column, behind) = rest.split(CREATOR);
        rest = behind;
        if let Some(place) = model.texts.creator(first.creator) {
            pen.put(column, without_path(&place.call.function), theme.faint);
        }
    }
    if columns.trend {
        let trend = model.trends.of(group.key);
        let (column, behind) = rest.split(TREND);
        let counts = trend.counts().iter().map(|count| f64::from(*count));
        pen.bars(column, counts, theme.good);
        let (column, _) = behind.split(GROWTH);
        if group.growth != 0 {
            let style = if group.growth > 0 {
                theme.warning
            } else {
                theme.plain
            };
            pen.print(column, format_args!("{:+}", group.growth), style);
        }
    }
}

const _: () = assert!(trends::LEN == TREND as usize);
