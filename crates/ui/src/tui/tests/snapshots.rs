//! Every view at several sizes, against what it looked like.
//!
//! With `GOPEEK_BLESS=1` what it looks like now is written, rather than compared: `cargo xtask bless`.

use super::scene::{model, press};
use crate::tui::once::text;
use crate::tui::theme::Theme;
use crate::tui::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::fs;
use std::path::Path;

const SIZES: [(u16, u16); 4] = [(80, 24), (60, 12), (200, 60), (1, 1)];

/// Each view, and the keys that lead to it.
const VIEWS: [(&str, &str); 13] = [
    ("groups", ""),
    ("groups-by-creator", "gg"),
    ("groups-by-label", "gggg"),
    ("detail", "\n"),
    ("list", "2"),
    ("list-detail", "2jj\n"),
    ("threads", "t"),
    ("objects", "o"),
    ("object-detail", "o\n"),
    ("runtime", "r"),
    ("filter", "/wait>5m and fn~pool"),
    ("filter-refused", "/wait>soon\n"),
    ("help", "?"),
];

#[test]
fn every_view_at_every_size() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui/tests/snapshots");
    let bless = std::env::var_os("GOPEEK_BLESS").is_some();
    let mut wrong = Vec::new();
    for (name, keys) in VIEWS {
        for (width, height) in SIZES {
            let drawn = draw(keys, width, height, true);
            let path = folder.join(format!("{name}-{width}x{height}.txt"));
            if bless {
                fs::create_dir_all(&folder).unwrap();
                fs::write(&path, drawn).unwrap();
            } else if fs::read_to_string(&path).ok() != Some(drawn.clone()) {
                wrong.push(format!("{}:\n{drawn}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn ascii_is_ascii() {
    for (name, keys) in VIEWS {
        let drawn = draw(keys, 130, 40, false);
        // What the target calls itself, or its labels, is shown as it is.
        let drawn = drawn.replace("größe", "");
        let keys_of_help = drawn.replace(['↑', '↓', '←', '→'], "");
        assert!(keys_of_help.is_ascii(), "{name}:\n{drawn}");
    }
}

fn draw(keys: &str, width: u16, height: u16, unicode: bool) -> String {
    let mut model = model(width, height);
    press(&mut model, keys);
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let theme = Theme::new(true, unicode);
    let mut room = String::new();
    let frame = terminal.draw(|frame| {
        view::draw(&model, &theme, &mut room, frame.buffer_mut());
    });
    text(frame.unwrap().buffer)
}
