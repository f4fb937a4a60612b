//! Where on the screen what is shown.

use super::model::{Model, Screen};
use ratatui::layout::Rect;

/// Below these there is nothing but a word about it.
pub(crate) const MIN_WIDTH: u16 = 40;
pub(crate) const MIN_HEIGHT: u16 = 8;
/// Details take no more rows than this.
const DETAIL: u16 = 18;

/// The regions, from top to bottom.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Areas {
    pub(crate) title: Rect,
    pub(crate) tally: Rect,
    pub(crate) warnings: Rect,
    pub(crate) filter: Rect,
    pub(crate) head: Rect,
    pub(crate) rows: Rect,
    pub(crate) detail: Rect,
    pub(crate) footer: Rect,
}

impl Areas {
    /// Those of a model's screen.
    pub(crate) fn of(model: &Model) -> Areas {
        let (width, height) = model.size;
        let mut left = height;
        let mut y = 0;
        let mut take = |rows: u16| {
            let rows = rows.min(left);
            let area = Rect::new(0, y, width, rows);
            left -= rows;
            y += rows;
            area
        };
        let title = take(1);
        let tally = take(1);
        let warnings = take(1);
        let filter = take(1);
        let head = take(u16::from(model.screen != Screen::Runtime));
        let rest = height.saturating_sub(head.y + head.height + 1);
        let detail = if model.detail {
            (rest / 2).min(DETAIL)
        } else {
            0
        };
        let rows = take(rest.saturating_sub(detail));
        let detail = take(detail);
        let footer = take(1);
        Areas {
            title,
            tally,
            warnings,
            filter,
            head,
            rows,
            detail,
            footer,
        }
    }
}
