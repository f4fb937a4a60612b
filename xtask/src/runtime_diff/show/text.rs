//! Texts in columns: padding, and cutting what is too long.

use std::fmt::Write as _;

use super::super::lines::Lines;
use crate::table::count;

/// Cuts a text at the front, where a path says least, so that it fits into so many columns.
pub(super) fn fit_end(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    let kept = text.chars().skip(length - width.saturating_sub(1));
    std::iter::once('…').chain(kept).take(width).collect()
}

/// Cuts a text at its end.
pub(super) fn fit(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept = text.chars().take(width.saturating_sub(1));
    kept.chain(std::iter::once('…')).take(width).collect()
}

/// Added and deleted lines: `+10,876 −3,171`.
pub(super) fn lines(lines: Lines) -> String {
    format!(
        "+{} −{}",
        count(lines.added.into()),
        count(lines.deleted.into())
    )
}

/// `1 file`, `161 files`.
pub(super) fn plural(number: usize, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {what}{s}", count(number as u64))
}

/// A share in percent: `<1 %`, `42 %`.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 1.0 {
        return "<1 %".to_owned();
    }
    format!("{percent:.0} %")
}

/// Escapes a text for HTML and SVG, attributes included. Characters that XML does not allow are replaced.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other if other.is_control() && !matches!(other, '\n' | '\t') => {
                let _ = write!(out, "\u{fffd}");
            }
            other => out.push(other),
        }
    }
    out
}

/// Words with commas, broken into lines of at most so many columns, all but the first indented.
pub(super) fn wrap(words: &[String], width: usize, indent: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for (at, word) in words.iter().enumerate() {
        let comma = if at + 1 < words.len() { "," } else { "" };
        let Some(line) = lines.last_mut() else {
            continue;
        };
        let room = line.chars().count() + word.chars().count() + 2;
        if line.trim().is_empty() {
            line.push_str(word);
        } else if room > width {
            lines.push(format!("{}{word}", " ".repeat(indent)));
        } else {
            line.push(' ');
            line.push_str(word);
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(comma);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_to_their_column() {
        assert_eq!(fit_end("internal/runtime/maps/map.go", 10), "…ps/map.go");
        assert_eq!(fit("findRunnable", 5), "find…");
        assert_eq!([fit("abc", 3), fit_end("abc", 3)], ["abc", "abc"]);
    }

    #[test]
    fn what_html_would_obey_is_escaped() {
        assert_eq!(
            escaped("<b a='1'>&\"\u{1b}"),
            "&lt;b a=&#39;1&#39;&gt;&amp;&quot;\u{fffd}"
        );
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            lines(Lines {
                added: 10_876,
                deleted: 3171
            }),
            "+10,876 −3,171"
        );
        assert_eq!(
            [percent(0.0), percent(0.004), percent(1.0)],
            ["0 %", "<1 %", "100 %"]
        );
        assert_eq!(
            [plural(1, "file"), plural(2, "file")],
            ["1 file", "2 files"]
        );
    }

    #[test]
    fn long_lists_are_broken() {
        let words = ["alpha", "beta", "gamma"].map(str::to_owned);
        assert_eq!(wrap(&words, 13, 2), ["alpha, beta,", "  gamma"]);
    }
}
