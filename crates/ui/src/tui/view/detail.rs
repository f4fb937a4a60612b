//! What is known of the selected goroutine, or object.

use crate::describe::{base, without_path};
use crate::report::Call;
use crate::sampler::Row;
use crate::tui::model::{Model, Screen};
use crate::tui::pen::{Pen, Rest};
use crate::tui::told::Thing;
use ratatui::layout::Rect;

/// The stack's part of the width, and what is known besides has the rest.
const STACK: u16 = 55;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let Some(head) = Rest::row(area, 0) else {
        return;
    };
    let theme = pen.theme;
    let start = pen.put(head, theme.symbols.line, theme.faint);
    if model.screen == Screen::Objects && model.follows.is_none() {
        let at = model.cursor().at;
        let object = model.diagnosis.as_ref().and_then(|it| it.objects.get(at));
        if let Some(object) = object {
            of_object(pen, start, area, object);
        }
        return;
    }
    let id = model.selected();
    let row = id.and_then(|id| model.sample.rows.iter().find(|row| row.id == id));
    if let Some(row) = row {
        of_goroutine(pen, model, start, area, row);
    } else {
        let rest = pen.put(start, " nothing is selected, or it has ended ", theme.faint);
        pen.fill(rest, theme.symbols.line, theme.faint);
    }
}

fn of_goroutine(pen: &mut Pen<'_>, model: &Model, head: Rest, area: Rect, row: &Row) {
    let theme = pen.theme;
    let rest = pen.print(
        head,
        format_args!(" goroutine {} [{}", row.id, model.texts.state(row.state)),
        theme.strong,
    );
    let rest = if row.since == 0 {
        rest
    } else {
        let rest = pen.put(rest, ", ", theme.strong);
        pen.wait(rest, row.since, model.sample.now, theme.strong)
    };
    let rest = pen.put(rest, "]", theme.strong);
    let group = model.table.groups.get(model.cursor().at);
    let rest = match group.filter(|_| model.screen == Screen::Groups) {
        Some(group) => {
            let count = usize::try_from(group.count).unwrap_or(usize::MAX);
            let nth = model.nth.min(count.saturating_sub(1)) + 1;
            pen.print(rest, format_args!(" ({nth} of {count})"), theme.plain)
        }
        None => rest,
    };
    let rest = pen.put(rest, " ", theme.plain);
    pen.fill(rest, theme.symbols.line, theme.faint);

    let wide = area.width >= 100;
    let stack_width = if wide {
        area.width * STACK / 100
    } else {
        area.width
    };
    let facts_rows = if wide {
        0
    } else {
        2.min(usize::from(area.height.saturating_sub(2)))
    };
    let stack_rows = usize::from(area.height).saturating_sub(1 + facts_rows);
    stack(pen, model, area, row, stack_rows, stack_width);
    let facts = if wide {
        Rect {
            x: area.x + stack_width,
            y: area.y + 1,
            width: area.width - stack_width,
            height: area.height.saturating_sub(1),
        }
    } else {
        let height = u16::try_from(facts_rows).unwrap_or(0);
        Rect {
            y: area.y + area.height - height,
            height,
            ..area
        }
    };
    told(pen, model, facts, row);
}

fn stack(pen: &mut Pen<'_>, model: &Model, area: Rect, row: &Row, rows: usize, width: u16) {
    let theme = pen.theme;
    let Some(way) = model.texts.way(row.way) else {
        return;
    };
    let area = Rect { width, ..area };
    if way.frames.is_empty()
        && let Some(line) = Rest::row(area, 1)
    {
        pen.put(
            line,
            "  it runs on a CPU: there is no stack of it",
            theme.faint,
        );
    }
    // The frame by which it is known is in sight, whatever is above it.
    let skip = (way.own + 2).saturating_sub(rows);
    for (nth, (index, call)) in way.calls().enumerate().skip(skip).take(rows).enumerate() {
        let Some(line) = Rest::row(area, nth + 1) else {
            break;
        };
        let own = index == way.own;
        frame(pen, line, call, own);
    }
    if way.cut
        && let Some(line) = Rest::row(area, way.calls().count().saturating_sub(skip) + 1)
    {
        pen.put(line, "  ... more frames: gopeek PID -g N", theme.faint);
    }
}

fn frame(pen: &mut Pen<'_>, line: Rest, call: &Call, own: bool) {
    let theme = pen.theme;
    let style = if own {
        theme.own
    } else if call.function.starts_with("runtime.") {
        theme.faint
    } else {
        theme.plain
    };
    let place = 26.min(line.width() / 3);
    let (column, rest) = line.split(line.width().saturating_sub(place + 1));
    let column = Rest {
        x: column.x.saturating_add(2).min(column.end),
        ..column
    };
    pen.put(column, without_path(&call.function), style);
    let rest = pen.print(
        rest,
        format_args!("{}:{}", base(&call.file), call.line),
        style,
    );
    if own {
        pen.print(rest, format_args!(" {}", theme.symbols.own), style);
    }
}

/// What is known besides the stack, a line for each.
fn told(pen: &mut Pen<'_>, model: &Model, area: Rect, row: &Row) {
    let theme = pen.theme;
    let mut nth = 0;
    let mut next = |pen: &mut Pen<'_>| {
        let line = Rest::row(area, nth)?;
        nth += 1;
        Some(pen.print(
            line,
            format_args!(" {} ", theme.symbols.between),
            theme.faint,
        ))
    };
    if let Some(diagnosis) = &model.diagnosis {
        for object in diagnosis.waits_of(row.id) {
            let Some(line) = next(pen) else { return };
            let line = pen.print(
                line,
                format_args!("waits at {} {} ", object.kind, object.at),
                theme.strong,
            );
            let line = pen.print(line, format_args!("{} ", object.detail), theme.plain);
            pen.print(
                line,
                format_args!("({} wait there)", object.waiters.len()),
                theme.plain,
            );
            if !object.holder.is_empty() {
                let Some(line) = next(pen) else { return };
                pen.print(
                    line,
                    format_args!("holder or peer: {}", object.holder),
                    theme.warning,
                );
            }
        }
    }
    if let Some(place) = model.texts.creator(row.creator) {
        let Some(line) = next(pen) else { return };
        let call = &place.call;
        let line = pen.print(
            line,
            format_args!(
                "created by {} {}:{}",
                without_path(&call.function),
                base(&call.file),
                call.line
            ),
            theme.plain,
        );
        if row.parent != 0 {
            pen.print(line, format_args!(" in g{}", row.parent), theme.plain);
        }
    }
    if row.m != 0 {
        let Some(line) = next(pen) else { return };
        let threads = &model.sample.health.threads;
        match threads.iter().find(|it| it.addr.get() == row.m) {
            Some(m) => pen.print(
                line,
                format_args!("on m{}, thread {}", m.id, m.procid),
                theme.plain,
            ),
            None => pen.put(line, "on a thread", theme.plain),
        };
    }
    if row.locked {
        let Some(line) = next(pen) else { return };
        pen.put(line, "locked to a thread", theme.plain);
    }
    let labels = model.texts.labels(row.labels);
    if !labels.is_empty() {
        let Some(mut line) = next(pen) else { return };
        line = pen.put(line, "labels", theme.plain);
        for label in labels {
            let [key, value] =
                [&label.key, &label.value].map(|bytes| std::str::from_utf8(bytes).unwrap_or("?"));
            line = pen.print(line, format_args!(" {key}={value}"), theme.good);
        }
    }
    if let Some(line) = next(pen) {
        let pid = model.title.pid;
        pen.print(
            line,
            format_args!("all of it: gopeek {pid} -g {}", row.id),
            theme.faint,
        );
    }
}

fn of_object(pen: &mut Pen<'_>, head: Rest, area: Rect, object: &Thing) {
    let theme = pen.theme;
    let rest = pen.print(
        head,
        format_args!(" {} {} {} ", object.kind, object.at, object.detail),
        theme.strong,
    );
    pen.fill(rest, theme.symbols.line, theme.faint);
    let mut nth = 1;
    let mut next = || {
        let line = Rest::row(area, nth);
        nth += 1;
        line
    };
    for why in &object.why {
        let Some(line) = next() else { return };
        pen.print(line, format_args!("  held by {why}"), theme.warning);
    }
    let Some(line) = next() else { return };
    let mut rest = pen.print(
        line,
        format_args!("  {} wait, the longest first:", object.waiters.len()),
        theme.plain,
    );
    for id in &object.waiters {
        if rest.width() < 12 {
            pen.put(rest, " ...", theme.faint);
            break;
        }
        rest = pen.print(rest, format_args!(" g{id}"), theme.strong);
    }
    if object.addr != 0
        && let Some(line) = next()
    {
        pen.print(
            line,
            format_args!("  what touches it: / on={:#x}", object.addr),
            theme.faint,
        );
    }
}
