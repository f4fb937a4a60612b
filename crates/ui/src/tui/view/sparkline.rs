//! A figure with its course over the session.

use crate::tui::history::Series;
use crate::tui::pen::{Pen, Rest};
use ratatui::style::Style;

/// Draws the course of a figure.
pub(super) fn draw(pen: &mut Pen<'_>, column: Rest, series: &Series, style: Style) -> Rest {
    pen.bars(column, series.values().iter().copied(), style)
}
