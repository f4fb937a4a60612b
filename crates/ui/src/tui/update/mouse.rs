//! What the mouse makes of the model.

use super::keys::{act, go};
use super::select;
use crate::tui::areas::Areas;
use crate::tui::keys::Action;
use crate::tui::model::{Model, Over};
use crate::tui::msg::Effect;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

/// A turn of the wheel, in rows.
const WHEEL: isize = 3;

pub(super) fn on_mouse(model: &mut Model, mouse: MouseEvent, effects: &mut Vec<Effect>) {
    if !matches!(model.over, Over::Nothing) {
        return;
    }
    let areas = Areas::of(model);
    match mouse.kind {
        MouseEventKind::ScrollUp => go(model, -WHEEL),
        MouseEventKind::ScrollDown => go(model, WHEEL),
        MouseEventKind::Down(MouseButton::Left) => {
            let rows = areas.rows;
            if (rows.y..rows.y.saturating_add(rows.height)).contains(&mouse.row) {
                let at = model.cursor().top + usize::from(mouse.row - rows.y);
                if at < model.len() {
                    let again = model.cursor().at == at;
                    model.follows = None;
                    model.cursor_mut().at = at;
                    select(model);
                    model.detail = model.detail || again;
                }
            } else if mouse.row == areas.head.y {
                act(model, Action::Sort, effects);
            } else if mouse.row == areas.filter.y {
                act(model, Action::Filter, effects);
            }
        }
        _ => {}
    }
}
