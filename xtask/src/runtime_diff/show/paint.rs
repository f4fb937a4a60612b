//! Colours of the terminal, or none.

/// Paints texts if colours are wanted.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Paint(pub(in super::super) bool);

impl Paint {
    /// A heading.
    pub(super) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    /// What matters less.
    pub(super) fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    /// Added lines.
    pub(super) fn added(self, text: &str) -> String {
        self.with("32", text)
    }

    /// Deleted lines.
    pub(super) fn deleted(self, text: &str) -> String {
        self.with("31", text)
    }

    /// The mark of what gopeek depends on.
    pub(super) fn mark(self, text: &str) -> String {
        self.with("1;33", text)
    }

    /// A cell of the heat map, from 0 (nothing) to 1 (most): darker or lighter letters on a ground that glows.
    pub(super) fn heat(self, heat: f64, text: &str) -> String {
        let Some(level) = level(heat, GROUNDS.len()) else {
            return self.dim(text);
        };
        let ground = GROUNDS.get(level).copied().unwrap_or_default();
        let letters = if level < 2 { 231 } else { 16 };
        self.with(&format!("38;5;{letters};48;5;{ground}"), text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.0 {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// From dark to bright, as numbers of the terminal's 256 colours.
const GROUNDS: [u8; 6] = [52, 88, 130, 172, 214, 226];
/// The same levels without colours.
const SHADES: [char; 4] = ['·', '░', '▒', '▓'];

/// Which of so many levels a heat is; `None` for nothing.
fn level(heat: f64, levels: usize) -> Option<usize> {
    if heat <= 0.0 {
        return None;
    }
    let (mut level, mut bound) = (0, 0.0);
    let step = 1.0 / f64::from(u32::try_from(levels).unwrap_or(1));
    while level + 1 < levels && heat > bound + step {
        level += 1;
        bound += step;
    }
    Some(level)
}

/// The shade of a cell without colours; a space for nothing.
pub(super) fn shade(heat: f64) -> char {
    level(heat, SHADES.len())
        .and_then(|level| SHADES.get(level).copied())
        .unwrap_or(' ')
}

/// How hot a number is where `most` is the largest, from 0 to 1. The logarithm, so that small ones are told apart.
pub(in super::super) fn heat(number: u32, most: u32) -> f64 {
    let log = |number: u32| f64::from(number).ln_1p();
    if number == 0 || most == 0 {
        return 0.0;
    }
    (log(number) / log(most)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heat_grows_with_the_number() {
        let heats = [0, 1, 10, 100, 1000].map(|number| heat(number, 1000));
        assert!(heats.is_sorted());
        assert!(heats[0] <= 0.0 && heats[4] >= 1.0);
        assert_eq!(
            [shade(heats[0]), shade(heats[1]), shade(heats[4])],
            [' ', '·', '▓']
        );
        assert_eq!([level(0.01, 6), level(1.0, 6)], [Some(0), Some(5)]);
    }

    #[test]
    fn without_colours_nothing_is_added() {
        assert_eq!(Paint(false).bold("x") + &Paint(false).heat(0.5, "y"), "xy");
        assert_eq!(Paint(true).added("x"), "\x1b[32mx\x1b[0m");
    }
}
