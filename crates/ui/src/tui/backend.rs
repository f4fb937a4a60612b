//! Cells to the terminal: crossterm's backend, but for what it allocates for each change of style.

use crossterm::cursor::MoveTo;
use crossterm::queue;
use crossterm::style::Print;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier, Style};
use std::io::{self, Write};

/// A backend that writes to `W`.
#[derive(Debug)]
pub(crate) struct Cells<W: Write>(CrosstermBackend<W>);

impl<W: Write> Cells<W> {
    pub(crate) fn new(to: W) -> Cells<W> {
        Cells(CrosstermBackend::new(to))
    }
}

/// The attributes that a theme has, and their numbers (ECMA-48, Select Graphic Rendition).
const ATTRIBUTES: [(Modifier, u8); 3] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::REVERSED, 7),
];

/// The number of a foreground colour; that of a background is greater by ten. Themes have the sixteen, and no others.
fn number(color: Color) -> u8 {
    match color {
        Color::Black => 30,
        Color::Red => 31,
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Blue => 34,
        Color::Magenta => 35,
        Color::Cyan => 36,
        Color::Gray => 37,
        Color::DarkGray => 90,
        Color::LightRed => 91,
        Color::LightGreen => 92,
        Color::LightYellow => 93,
        Color::LightBlue => 94,
        Color::LightMagenta => 95,
        Color::LightCyan => 96,
        Color::White => 97,
        _ => 39,
    }
}

fn write_style(to: &mut impl Write, style: Style) -> io::Result<()> {
    let foreground = number(style.fg.unwrap_or(Color::Reset));
    let background = number(style.bg.unwrap_or(Color::Reset)) + 10;
    write!(to, "\x1b[0;{foreground};{background}")?;
    for (attribute, number) in ATTRIBUTES {
        if style.add_modifier.contains(attribute) {
            write!(to, ";{number}")?;
        }
    }
    write!(to, "m")
}

impl<W: Write> Backend for Cells<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let to = &mut self.0;
        let (mut style, mut next) = (None, None);
        for (x, y, cell) in content {
            if next != Some((x, y)) {
                queue!(to, MoveTo(x, y))?;
            }
            next = x.checked_add(1).map(|x| (x, y));
            if style != Some(cell.style()) {
                write_style(to, cell.style())?;
                style = Some(cell.style());
            }
            queue!(to, Print(cell.symbol()))?;
        }
        match style {
            Some(_) => to.write_all(b"\x1b[0m"),
            None => Ok(()),
        }
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.0.show_cursor()
    }

    /// Not asked for: the terminal's answer would have to be waited for among the keys, which somebody else reads.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.0.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.0.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.0.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.0.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Cells;
    use ratatui::backend::Backend;
    use ratatui::buffer::Cell;
    use ratatui::style::{Color, Modifier, Style};

    #[test]
    fn a_style_is_written_once_for_cells_that_have_it() {
        let mut written = Vec::new();
        let style = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
        let [mut a, mut b] = ["a", "ß"].map(Cell::new);
        a.set_style(style);
        b.set_style(style);
        let plain = Cell::new("c");
        let cells = [(3, 1, &a), (4, 1, &b), (9, 1, &plain)];
        Cells::new(&mut written).draw(cells.into_iter()).unwrap();
        let expected = "\x1b[2;4H\x1b[0;31;49;1maß\x1b[2;10H\x1b[0;39;49mc\x1b[0m";
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }
}
