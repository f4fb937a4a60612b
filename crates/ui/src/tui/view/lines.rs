//! Figures, one below the other, each with its name and its course over the session.

use crate::tui::history::Series;
use crate::tui::pen::{Count, Pen, Rest, Size};
use ratatui::layout::Rect;
use std::fmt::{self, Arguments};
use std::time::Duration;

pub(super) const NAME: u16 = 13;
pub(super) const FIGURES: u16 = 58;

/// Lines, one below the other.
pub(super) struct Lines {
    pub(super) area: Rect,
    pub(super) nth: usize,
}

impl Lines {
    /// Writes a figure, with its course where there is room.
    pub(super) fn add(
        &mut self,
        pen: &mut Pen<'_>,
        name: &str,
        text: Arguments<'_>,
        series: Option<&Series>,
    ) {
        let Some(row) = Rest::row(self.area, self.nth) else {
            return;
        };
        self.nth += 1;
        let theme = pen.theme;
        let (column, rest) = row.split(NAME);
        pen.print(column, format_args!(" {name}"), theme.heading);
        let Some(series) = series.filter(|_| self.area.width >= NAME + FIGURES + 12) else {
            pen.print(rest, text, theme.plain);
            return;
        };
        let (column, rest) = rest.split(FIGURES);
        pen.print(column, text, theme.plain);
        pen.bars(rest, series.values().iter().copied(), theme.good);
    }
}

pub(super) fn number(count: usize) -> Count {
    Count(u64::try_from(count).unwrap_or(0))
}

#[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(super) fn size(bytes: u64) -> Size {
    Size(bytes as f64)
}

pub(super) fn last(series: &Series) -> f64 {
    series.last().unwrap_or(0.0)
}

/// A short time: `18us`, `1.2ms`, `3.4s`; a dash for none.
pub(super) struct Latency(pub(super) Option<Duration>);

impl fmt::Display for Latency {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(time) = self.0 else {
            return to.write_str("-");
        };
        let seconds = time.as_secs_f64();
        match seconds {
            ..0.001 => write!(to, "{:.0}us", seconds * 1e6),
            0.001..1.0 => write!(to, "{:.1}ms", seconds * 1e3),
            _ => write!(to, "{seconds:.1}s"),
        }
    }
}
