//! The keys, above everything else.

use crate::tui::keys::BINDINGS;
use crate::tui::pen::{Pen, Rest};
use ratatui::layout::Rect;

/// Two columns of keys fit the narrowest screen that is meant to be worked with.
const WIDTH: u16 = 38;
const KEY: u16 = 6;
/// What filters are made of.
const FILTERS: [&str; 4] = [
    "",
    "filters: words find functions; state=wait  wait>5m  fn~regex",
    "  file~store  created~serve  label.tenant=a  id=7  parent=1",
    "  tid=4250  on=0xc000124a80  locked  system  idle  and or not",
];

pub(super) fn draw(pen: &mut Pen<'_>, area: Rect) {
    let halves: u16 = if area.width >= 2 * WIDTH + 4 { 2 } else { 1 };
    let keys = BINDINGS.len().div_ceil(usize::from(halves));
    let height = u16::try_from(keys + FILTERS.len() + 2).unwrap_or(u16::MAX);
    let height = height.min(area.height);
    let width = (2 * WIDTH + 4).min(area.width);
    let at = Rect::new(
        area.x + (area.width - width) / 2,
        area.y + (area.height - height) / 2,
        width,
        height,
    );
    frame(pen, at);
    let inner = Rect::new(at.x + 2, at.y + 1, width - 3, height - 2);
    for (nth, binding) in BINDINGS.iter().enumerate() {
        let half = u16::try_from(nth / keys.max(1)).unwrap_or(0);
        let Some(row) = Rest::row(inner, nth % keys.max(1)) else {
            continue;
        };
        let x = row.x + half * WIDTH;
        let end = if halves == 2 {
            (x + WIDTH - 1).min(row.end)
        } else {
            row.end
        };
        let (column, rest) = Rest { x, end, ..row }.split(KEY);
        pen.put(column, binding.name, pen.theme.heading);
        pen.put(rest, binding.what, pen.theme.plain);
    }
    for (nth, text) in FILTERS.iter().enumerate() {
        if let Some(row) = Rest::row(inner, keys + nth) {
            pen.put(row, text, pen.theme.plain);
        }
    }
}

/// An empty place with a line above and below.
fn frame(pen: &mut Pen<'_>, at: Rect) {
    let theme = pen.theme;
    for y in 0..usize::from(at.height) {
        if let Some(row) = Rest::row(at, y) {
            let edge = y == 0 || y + 1 == usize::from(at.height);
            let symbol = if edge { theme.symbols.line } else { " " };
            pen.fill(row, symbol, theme.faint);
        }
    }
    if let Some(row) = Rest::row(at, 0) {
        let row = Rest {
            x: row.x + 2,
            ..row
        };
        pen.put(row, " keys ", theme.heading);
    }
}
