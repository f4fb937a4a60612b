//! The matrix as a picture for documents: a heat map in SVG. One step alone is a picture, too.

use std::fmt::Write as _;

use super::super::matrix::{Matrix, Row};
use super::paint::heat;
use super::text::{escaped, fit_end, lines};

/// Rows of a picture that does not show all.
const ROWS: usize = 40;
/// Sizes in pixels.
const ROW: usize = 18;
const CELL: usize = 74;
const PATH: usize = 330;
const TOP: usize = 64;
const MARGIN: usize = 16;
/// Characters of a path that fit.
const PATH_CHARACTERS: usize = 44;

/// The picture.
pub(in super::super) fn picture(matrix: &Matrix, all: bool) -> String {
    let rows: Vec<&Row> = matrix
        .rows
        .iter()
        .take(if all { usize::MAX } else { ROWS })
        .collect();
    let cells = matrix
        .rows
        .iter()
        .flat_map(|row| row.cells.iter().flatten());
    let most = cells
        .map(|cell| cell.lines.churn())
        .max()
        .unwrap_or_default();
    let width = MARGIN * 2 + PATH + (matrix.steps.len() + 1) * CELL;
    let height = TOP + rows.len() * ROW + MARGIN * 2;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"ui-monospace, monospace\" font-size=\"11\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>"
    );
    let (first, last) = matrix.ends();
    let title = format!("Go's runtime, {first} to {last}: changed lines");
    text(
        &mut out,
        MARGIN,
        24,
        "font-size=\"15\" font-weight=\"bold\"",
        &title,
    );
    for (step, (_, to)) in matrix.steps.iter().enumerate() {
        let end = MARGIN + PATH + (step + 1) * CELL - 6;
        text(
            &mut out,
            end,
            TOP - 8,
            "text-anchor=\"end\" font-weight=\"bold\"",
            &to.to_string(),
        );
    }
    let end = MARGIN + PATH + (matrix.steps.len() + 1) * CELL - 6;
    text(
        &mut out,
        end,
        TOP - 8,
        "text-anchor=\"end\" font-weight=\"bold\"",
        "all",
    );
    for (at, row) in rows.iter().enumerate() {
        self::row(&mut out, matrix, row, TOP + at * ROW, most);
    }
    let note = format!(
        "● gopeek depends on it. {} of {} files.",
        rows.len(),
        matrix.rows.len()
    );
    text(&mut out, MARGIN, height - 10, "fill=\"#666666\"", &note);
    out + "</svg>\n"
}

fn row(out: &mut String, matrix: &Matrix, row: &Row, top: usize, most: u32) {
    let base = top + 13;
    if row.used {
        text(out, MARGIN, base, "fill=\"#b45309\"", "●");
    }
    text(
        out,
        MARGIN + 14,
        base,
        "",
        &fit_end(&row.path, PATH_CHARACTERS),
    );
    for (step, (change, (from, to))) in row.cells.iter().zip(&matrix.steps).enumerate() {
        let Some(change) = change else { continue };
        let left = MARGIN + PATH + step * CELL;
        let heat = heat(change.lines.churn(), most);
        let said = format!(
            "{}, Go {from} to {to}: {}, {}",
            row.path,
            change.status.word(),
            lines(change.lines)
        );
        let _ = writeln!(
            out,
            "<g><title>{}</title><rect x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
            escaped(&said),
            CELL - 2,
            ROW - 2,
            colour(heat)
        );
        let letters = if heat > 0.62 {
            "fill=\"#ffffff\" text-anchor=\"end\""
        } else {
            "text-anchor=\"end\""
        };
        text(
            out,
            left + CELL - 8,
            base,
            letters,
            &change.lines.churn().to_string(),
        );
        *out += "</g>\n";
    }
    let end = MARGIN + PATH + (matrix.steps.len() + 1) * CELL - 8;
    text(
        out,
        end,
        base,
        "text-anchor=\"end\"",
        &row.total().churn().to_string(),
    );
}

fn text(out: &mut String, x: usize, y: usize, attributes: &str, words: &str) {
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{y}\" {attributes}>{}</text>",
        escaped(words)
    );
}

/// From pale to deep orange.
pub(super) fn colour(heat: f64) -> String {
    let mix = |pale: f64, deep: f64| pale + (deep - pale) * heat;
    format!(
        "rgb({:.0},{:.0},{:.0})",
        mix(255.0, 154.0),
        mix(247.0, 52.0),
        mix(237.0, 18.0)
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::change::{Pair, Status};
    use super::super::super::matrix;
    use super::*;
    use crate::toolchain::Version;

    #[test]
    fn names_are_escaped_and_every_tag_is_closed() {
        let mut change = matrix::tests::change("runtime/<b>&\".go", None, 7);
        change.status = Status::New;
        let (from, to) = (Version::new(21, 0), Version::new(22, 0));
        let pair = Pair {
            from,
            to,
            files: vec![change],
        };
        let picture = picture(&Matrix::of(&[pair], |_| true), false);
        assert!(
            picture.contains("runtime/&lt;b&gt;&amp;&quot;.go, Go 1.21.0 to 1.22.0: new, +7 −0")
        );
        assert!(!picture.contains("<b>"));
        for tag in ["svg", "text", "title", "g"] {
            let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
            let opened = picture.matches(&format!("{open} ")).count()
                + picture.matches(&format!("{open}>")).count();
            assert_eq!(opened, picture.matches(&close).count(), "{tag}");
        }
    }
}
