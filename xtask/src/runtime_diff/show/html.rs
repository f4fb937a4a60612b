//! The matrix as one page that needs nothing else: sortable, with numbers under the mouse, and each file's functions.
//!
//! All that differs from page to page is data. The page's script makes elements of it with `textContent`, so that no
//! name is ever read as HTML.

use serde_json::{Value, json};

use super::super::change::FileChange;
use super::super::matrix::Matrix;
use super::Look;
use super::Shown;
use super::meaning;
use super::paint::Paint;
use super::text::escaped;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Columns of the lines about gopeek.
const WIDTH: usize = 110;

/// The page.
pub(in super::super) fn page(matrix: &Matrix, steps: &[Shown]) -> String {
    let (first, last) = matrix.ends();
    let title = format!("Go's runtime, {first} to {last}");
    let parts = [
        ("{{title}}", escaped(&title)),
        ("{{style}}", STYLE.to_owned()),
        ("{{script}}", SCRIPT.to_owned()),
        ("{{data}}", data(matrix, steps)),
    ];
    // Piece by piece, so that a mark in one part is never taken for one of the page's.
    let mut out = String::new();
    let mut rest = PAGE;
    for (mark, part) in parts_in_order(&parts) {
        let Some((before, behind)) = rest.split_once(mark) else {
            continue;
        };
        out += before;
        out += part;
        rest = behind;
    }
    out + rest
}

/// The marks of the page in the order in which they stand in it; the title stands there twice.
fn parts_in_order<'a>(parts: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    let mut found: Vec<(usize, &str, &str)> = Vec::new();
    for (mark, part) in parts {
        found.extend(
            PAGE.match_indices(mark)
                .map(|(at, _)| (at, *mark, &part[..])),
        );
    }
    found.sort_unstable();
    found
        .into_iter()
        .map(|(_, mark, part)| (mark, part))
        .collect()
}

/// The data as JSON that may stand in a script element: nothing in it can end that.
fn data(matrix: &Matrix, steps: &[Shown]) -> String {
    let shown = steps.iter().map(|shown| {
        let look = Look {
            width: WIDTH,
            colour: false,
            all: true,
        };
        let left: usize = shown.left.values().sum();
        json!({
            "from": shown.pair.from.to_string(),
            "to": shown.pair.to.to_string(),
            "files": shown.pair.files.len(),
            "left": left,
            "gopeek": meaning::lines(shown, look, Paint(false)),
        })
    });
    let rows = matrix.rows.iter().map(|row| {
        let cells = row
            .cells
            .iter()
            .map(|change| change.as_ref().map_or(Value::Null, cell));
        json!({ "path": row.path, "used": row.used, "cells": cells.collect::<Value>() })
    });
    let data = json!({ "steps": shown.collect::<Value>(), "rows": rows.collect::<Value>() });
    data.to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

/// `[status, added, deleted, before, after, from, functions]`
fn cell(change: &FileChange) -> Value {
    let decls = change.decls.iter().map(|decl| {
        json!([
            decl.name,
            decl.status.word(),
            decl.lines.added,
            decl.lines.deleted,
            decl.after,
            decl.status.from(),
        ])
    });
    json!([
        change.status.word(),
        change.lines.added,
        change.lines.deleted,
        change.before,
        change.after,
        change.status.from(),
        decls.collect::<Value>(),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::super::change::Pair;
    use super::super::super::matrix;
    use super::*;
    use crate::toolchain::Version;

    #[test]
    fn a_page_is_whole_and_no_name_ends_its_data() {
        let change = matrix::tests::change("runtime/</script>{{style}}.go", None, 7);
        let (from, to) = (Version::new(21, 0), Version::new(22, 0));
        let pair = Pair {
            from,
            to,
            files: vec![change],
        };
        let page = page(&Matrix::of(&[pair], |_| false), &[]);
        assert_eq!(page.matches("</script>").count(), 2);
        assert!(page.contains("runtime/\\u003c/script\\u003e{{style}}.go"));
        assert!(page.contains("<title>Go&#39;s runtime, 1.21.0 to 1.22.0</title>"));
        for foreign in ["http://", "https://", "src=", "@import", "url("] {
            assert!(!page.contains(foreign), "{foreign}");
        }
    }
}
