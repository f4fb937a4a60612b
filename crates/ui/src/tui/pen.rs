//! Writing onto the screen's cells, through one buffer of text that is used again and again.

use super::theme::Theme;
use crate::describe::Short;
use crate::sampler::row::waited;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::fmt::{self, Write};

/// What writes.
pub(crate) struct Pen<'p> {
    pub(crate) cells: &'p mut Buffer,
    pub(crate) text: &'p mut String,
    pub(crate) theme: &'p Theme,
}

/// A row of the screen, or the part of it that is not written yet.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Rest {
    pub(crate) x: u16,
    pub(crate) y: u16,
    /// One past the last column.
    pub(crate) end: u16,
}

impl Rest {
    /// A row of an area, counted from its first.
    pub(crate) fn row(area: Rect, nth: usize) -> Option<Rest> {
        let nth = u16::try_from(nth).ok().filter(|nth| *nth < area.height)?;
        Some(Rest {
            x: area.x,
            y: area.y + nth,
            end: area.x.saturating_add(area.width),
        })
    }

    /// How many columns are left.
    pub(crate) fn width(self) -> u16 {
        self.end.saturating_sub(self.x)
    }

    /// Its first `width` columns, and what is behind them and one more.
    pub(crate) fn split(self, width: u16) -> (Rest, Rest) {
        let cut = self.x.saturating_add(width).min(self.end);
        let behind = cut.saturating_add(1).min(self.end);
        (Rest { end: cut, ..self }, Rest { x: behind, ..self })
    }
}

impl Pen<'_> {
    /// Writes a text as far as there is room; returns what is left.
    pub(crate) fn put(&mut self, rest: Rest, text: &str, style: Style) -> Rest {
        if rest.width() == 0 || !self.cells.area.contains((rest.x, rest.y).into()) {
            return rest;
        }
        let width = usize::from(rest.width());
        let (x, _) = self.cells.set_stringn(rest.x, rest.y, text, width, style);
        Rest { x, ..rest }
    }

    /// Likewise, of what is to be formatted first.
    pub(crate) fn print(&mut self, rest: Rest, text: fmt::Arguments<'_>, style: Style) -> Rest {
        let mut room = std::mem::take(self.text);
        room.clear();
        // Nothing that is written here fails.
        let _ = room.write_fmt(text);
        let rest = self.put(rest, &room, style);
        *self.text = room;
        rest
    }

    /// Writes at the right end of a column.
    pub(crate) fn right(&mut self, column: Rest, text: fmt::Arguments<'_>, style: Style) {
        let mut room = std::mem::take(self.text);
        room.clear();
        let _ = room.write_fmt(text);
        let len = u16::try_from(room.chars().count()).unwrap_or(u16::MAX);
        let x = column.x + column.width().saturating_sub(len);
        self.put(Rest { x, ..column }, &room, style);
        *self.text = room;
    }

    /// Writes a text whose end matters more than its beginning.
    pub(crate) fn tail(&mut self, column: Rest, text: &str, style: Style) -> Rest {
        let width = usize::from(column.width());
        let len = text.chars().count();
        let skip = text
            .char_indices()
            .nth(len.saturating_sub(width))
            .map_or(text.len(), |(at, _)| at);
        self.put(column, text.get(skip..).unwrap_or_default(), style)
    }

    /// Gives a whole row a style.
    pub(crate) fn tint(&mut self, row: Rest, style: Style) {
        let area = Rect::new(row.x, row.y, row.width(), 1).intersection(self.cells.area);
        self.cells.set_style(area, style);
    }

    /// Fills what is left of a row with a symbol.
    pub(crate) fn fill(&mut self, rest: Rest, symbol: &str, style: Style) {
        let mut rest = rest;
        while rest.width() > 0 {
            let next = self.put(rest, symbol, style);
            if next.x == rest.x {
                break;
            }
            rest = next;
        }
    }

    /// Bars for the last of `values`, as many as there is room for.
    pub(crate) fn bars(
        &mut self,
        column: Rest,
        values: impl ExactSizeIterator<Item = f64>,
        style: Style,
    ) -> Rest {
        let skip = values.len().saturating_sub(usize::from(column.width()));
        let mut rest = column;
        let mut shown = [0.0; 256];
        let mut count = 0;
        for (room, value) in shown.iter_mut().zip(values.skip(skip)) {
            *room = value;
            count += 1;
        }
        let shown = shown.get(..count).unwrap_or_default();
        let max = shown.iter().copied().fold(0.0, f64::max);
        for value in shown {
            let bars = self.theme.symbols.bars;
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "from 0 to 7"
            )]
            let level = if max > 0.0 {
                (value / max * 7.0).round().clamp(0.0, 7.0) as usize
            } else {
                0
            };
            rest = self.put(rest, bars.get(level).copied().unwrap_or(" "), style);
        }
        rest
    }

    /// How long something waits: `≥ 47m12s`, or a dash.
    pub(crate) fn wait(&mut self, rest: Rest, since: i64, now: i64, style: Style) -> Rest {
        match waited(since, now) {
            Some(time) => {
                let at_least = self.theme.symbols.at_least;
                self.print(rest, format_args!("{at_least}{}", Short(time)), style)
            }
            None => self.put(rest, "-", style),
        }
    }
}

/// A number with a blank between groups of three digits.
pub(crate) struct Count(pub(crate) u64);

impl fmt::Display for Count {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Count(count) = *self;
        let mut unit = 1_000_000_000_000_000_000;
        let mut begun = false;
        while unit > 1 {
            let group = count / unit % 1000;
            if begun {
                write!(to, "{group:03} ")?;
            } else if group > 0 {
                write!(to, "{group} ")?;
                begun = true;
            }
            unit /= 1000;
        }
        let last = count % 1000;
        if begun {
            write!(to, "{last:03}")
        } else {
            write!(to, "{last}")
        }
    }
}

/// A size in the largest unit of 1024 that leaves a digit before the point: `1.8G`.
pub(crate) struct Size(pub(crate) f64);

impl fmt::Display for Size {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Size(mut value) = *self;
        for unit in ["", "K", "M", "G", "T"] {
            if value < 1024.0 || unit == "T" {
                let digits = usize::from(value < 10.0 && !unit.is_empty());
                return write!(to, "{value:.digits$}{unit}");
            }
            value /= 1024.0;
        }
        Ok(())
    }
}

/// A rate as people read it: `12`, `3.4k`, `1.2M`.
pub(crate) struct Rate(pub(crate) f64);

impl fmt::Display for Rate {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rate(mut value) = *self;
        for unit in ["", "k", "M", "G"] {
            if value.abs() < 1000.0 || unit == "G" {
                let digits = usize::from(value.abs() < 10.0 && value.fract().abs() > 0.05);
                return write!(to, "{value:.digits$}{unit}");
            }
            value /= 1000.0;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Count, Rate, Size};

    #[test]
    fn numbers_read_well() {
        let counts = [0, 7, 999, 1000, 12_409, 1_000_001, u64::MAX];
        let texts = counts.map(|count| Count(count).to_string());
        assert_eq!(
            texts,
            [
                "0",
                "7",
                "999",
                "1 000",
                "12 409",
                "1 000 001",
                "18 446 744 073 709 551 615"
            ]
        );
        let sizes = [0.0, 1023.0, 1536.0, 20e9].map(|size| Size(size).to_string());
        assert_eq!(sizes, ["0", "1023", "1.5K", "19G"]);
        let rates = [0.0, 0.4, 12.3, -37.0, 3400.0].map(|rate| Rate(rate).to_string());
        assert_eq!(rates, ["0", "0.4", "12", "-37", "3.4k"]);
    }
}
