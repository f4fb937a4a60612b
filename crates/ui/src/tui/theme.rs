//! Colours and symbols, settled once: sixteen colours or none, Unicode or ASCII.

use ratatui::style::{Color, Modifier, Style};

/// How things look.
#[derive(Clone, Debug)]
pub(crate) struct Theme {
    pub(crate) plain: Style,
    pub(crate) faint: Style,
    pub(crate) strong: Style,
    pub(crate) heading: Style,
    pub(crate) selected: Style,
    pub(crate) good: Style,
    pub(crate) warning: Style,
    pub(crate) alarm: Style,
    pub(crate) own: Style,
    pub(crate) symbols: Symbols,
}

/// What is drawn besides letters.
#[derive(Clone, Debug)]
pub(crate) struct Symbols {
    /// From nothing to full.
    pub(crate) bars: [&'static str; 8],
    pub(crate) live: &'static str,
    pub(crate) frozen: &'static str,
    pub(crate) warning: &'static str,
    pub(crate) at_least: &'static str,
    pub(crate) up: &'static str,
    pub(crate) line: &'static str,
    pub(crate) own: &'static str,
    pub(crate) between: &'static str,
}

const UNICODE: Symbols = Symbols {
    bars: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    live: "●",
    frozen: "‖",
    warning: "⚠",
    at_least: "≥",
    up: "▲",
    line: "─",
    own: "◀",
    between: "│",
};

const ASCII: Symbols = Symbols {
    bars: ["_", ".", ",", "-", "=", "+", "*", "#"],
    live: "*",
    frozen: "=",
    warning: "!",
    at_least: ">=",
    up: "^",
    line: "-",
    own: "<",
    between: "|",
};

impl Theme {
    /// With or without colours, with Unicode or without.
    pub(crate) fn new(colors: bool, unicode: bool) -> Theme {
        let plain = Style::new();
        let color = |color: Color| if colors { plain.fg(color) } else { plain };
        let bold = plain.add_modifier(Modifier::BOLD);
        Theme {
            plain,
            faint: if colors {
                color(Color::DarkGray)
            } else {
                plain.add_modifier(Modifier::DIM)
            },
            strong: bold,
            heading: color(Color::Cyan).add_modifier(Modifier::BOLD),
            selected: plain.add_modifier(Modifier::REVERSED),
            good: color(Color::Green),
            warning: color(Color::Yellow),
            alarm: color(Color::Red).add_modifier(Modifier::BOLD),
            own: color(Color::Green).add_modifier(Modifier::BOLD),
            symbols: if unicode { UNICODE } else { ASCII },
        }
    }
}
