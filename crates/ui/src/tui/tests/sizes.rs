//! Any keys, on a screen of any size, at any time: nothing panics.

use super::scene::{key, model, sample, send};
use crate::tui::msg::Msg;
use crate::tui::theme::Theme;
use crate::tui::view;
use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

fn code() -> impl Strategy<Value = KeyCode> {
    prop_oneof![
        prop::char::range(' ', '~').prop_map(KeyCode::Char),
        Just(KeyCode::Enter),
        Just(KeyCode::Esc),
        Just(KeyCode::Tab),
        Just(KeyCode::BackTab),
        Just(KeyCode::Left),
        Just(KeyCode::Right),
        Just(KeyCode::Up),
        Just(KeyCode::Down),
        Just(KeyCode::PageDown),
        Just(KeyCode::Home),
        Just(KeyCode::End),
        Just(KeyCode::Backspace),
        Just(KeyCode::Delete),
    ]
}

fn msg() -> impl Strategy<Value = Msg> {
    let mouse = (0u16..210, 0u16..70, 0u8..3).prop_map(|(column, row, kind)| {
        Msg::Mouse(MouseEvent {
            kind: match kind {
                0 => MouseEventKind::Down(MouseButton::Left),
                1 => MouseEventKind::ScrollDown,
                _ => MouseEventKind::ScrollUp,
            },
            column,
            row,
            modifiers: KeyModifiers::NONE,
        })
    });
    prop_oneof![
        8 => code().prop_map(key),
        1 => mouse,
        1 => (0u16..210, 0u16..70).prop_map(|(width, height)| Msg::Resize(width, height)),
        1 => (0i64..5).prop_map(|second| Msg::Sampled(Box::new(sample(second)))),
        1 => (0usize..3).prop_map(|_| Msg::Threads(Vec::new())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn nothing_panics(msgs in prop::collection::vec(msg(), 1..25)) {
        let mut model = model(80, 24);
        let theme = Theme::new(true, true);
        let mut room = String::new();
        for msg in msgs {
            send(&mut model, msg);
            let (width, height) = model.size;
            let mut cells = Buffer::empty(Rect::new(0, 0, width, height));
            let cursor = view::draw(&model, &theme, &mut room, &mut cells);
            prop_assert!(cursor.is_none_or(|at| cells.area.contains(at)));
            prop_assert!(model.cursor().at < model.len().max(1));
        }
    }
}
