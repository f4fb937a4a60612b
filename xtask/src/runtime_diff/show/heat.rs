//! The matrix on a terminal, as a heat map: a row for each file, a column for each step between releases.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::lines::Lines;
use super::super::matrix::{Matrix, Row};
use super::paint::{Paint, heat, shade};
use super::text::fit_end;
use super::{Look, Shown, pair};
use crate::table::count;

/// Rows on one screen.
const ROWS: usize = 36;
/// Columns of a step's churn, and of its added and deleted lines where there is room for both.
const NARROW: usize = 7;
const WIDE: usize = 14;
/// Columns of a total.
const TOTAL: usize = 8;
/// The least and the most that a path gets.
const PATHS: (usize, usize) = (14, 60);

/// The text; `left` says what was left out.
pub(in super::super) fn text(matrix: &Matrix, left: Option<&str>, look: Look) -> String {
    let paint = Paint(look.colour);
    let steps = matrix.steps.len();
    let rest = |cell: usize| look.width.saturating_sub(2 + TOTAL + steps * cell);
    let cell = if rest(WIDE) >= PATHS.0 + 16 {
        WIDE
    } else {
        NARROW
    };
    let path = rest(cell).clamp(PATHS.0, PATHS.1);
    let most = matrix
        .rows
        .iter()
        .flat_map(|row| row.cells.iter().flatten());
    let most = most
        .map(|cell| cell.lines.churn())
        .max()
        .unwrap_or_default();
    let mut out = head(matrix, left, look, paint);
    let mut names = format!("  {:path$}", "");
    for (_, to) in &matrix.steps {
        // The title has the patch releases.
        let name = if cell == WIDE {
            to.to_string()
        } else {
            format!("1.{}", to.minor)
        };
        let _ = write!(names, "{name:>cell$}");
    }
    out.push(paint.bold(&format!("{names}{:>TOTAL$}", "all")));
    let rows = look.rows(ROWS);
    for row in matrix.rows.iter().take(rows) {
        out.push(file(row, (path, cell, most), paint));
    }
    out.extend(pair::more(matrix.rows.len(), rows, "file", paint));
    let mut totals = format!("  {:path$}", "all files");
    let mut sum = Lines::default();
    for step in 0..steps {
        let lines = matrix.step_total(step);
        sum += lines;
        let _ = write!(totals, "{:>cell$}", numbers(lines, cell));
    }
    out.push(paint.bold(&format!("{totals}{:>TOTAL$}", count(sum.churn().into()))));
    out.iter()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

/// What was left out of all steps together.
pub(in super::super) fn left(steps: &[Shown]) -> Option<String> {
    let mut left = BTreeMap::new();
    for (why, number) in steps.iter().flat_map(|shown| &shown.left) {
        *left.entry(*why).or_default() += *number;
    }
    pair::left_out(&left)
}

fn head(matrix: &Matrix, left: Option<&str>, look: Look, paint: Paint) -> Vec<String> {
    let (first, last) = matrix.ends();
    let title = format!(
        "Go {first} → {last}: {} files changed",
        count(matrix.rows.len() as u64)
    );
    let note = "Each column is the step to that release from the one before; its numbers are added and deleted lines \
                together, or apart where there is room. N is a new file, D a deleted one, M one that moved. \
                * marks what gopeek depends on.";
    let note = format!("{note} {}", left.unwrap_or_default());
    let words: Vec<String> = note.split_whitespace().map(str::to_owned).collect();
    let mut out = vec![paint.bold(&title)];
    out.extend(
        pair::flow(&words, look.width)
            .iter()
            .map(|line| paint.dim(line)),
    );
    out
}

fn file(row: &Row, (path, cell, most): (usize, usize, u32), paint: Paint) -> String {
    let mark = if row.used { "*" } else { " " };
    let mut line = format!("{} {:path$}", paint.mark(mark), fit_end(&row.path, path));
    for change in &row.cells {
        let Some(change) = change else {
            line += &paint.dim(&format!("{:>cell$}", "·"));
            continue;
        };
        let heat = heat(change.lines.churn(), most);
        let letter = match change.status.word() {
            "new" => "N",
            "deleted" => "D",
            "moved" => "M",
            _ => "",
        };
        let text = format!("{letter}{}", numbers(change.lines, cell));
        // Without colours a shade stands before the number.
        if paint.0 {
            line += " ";
            line += &paint.heat(heat, &format!("{text:>width$}", width = cell - 1));
        } else {
            let mut padded = format!("{text:>width$}", width = cell - 2);
            padded.insert(0, shade(heat));
            let _ = write!(line, " {padded}");
        }
    }
    line + &format!("{:>TOTAL$}", count(row.total().churn().into()))
}

/// A step's numbers, apart if the cell has the room.
fn numbers(lines: Lines, cell: usize) -> String {
    if cell >= WIDE {
        format!("+{} −{}", lines.added, lines.deleted)
    } else {
        lines.churn().to_string()
    }
}
