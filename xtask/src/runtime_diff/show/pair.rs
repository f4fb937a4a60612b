//! Two releases on a terminal: files, functions, moves between files, and what it means for gopeek.

use std::collections::BTreeMap;

use super::super::change::{DeclChange, FileChange, Status};
use super::super::kind::Left;
use super::super::lines::Lines;
use super::meaning;
use super::paint::Paint;
use super::text::{fit, fit_end, lines, percent, plural, wrap};
use super::{Look, Shown};
use crate::table::count;

/// Rows of each table on one screen.
const FILES: usize = 12;
const FUNCTIONS: usize = 8;
const MOVES: usize = 4;

/// The text.
pub(in super::super) fn text(shown: &Shown, look: Look) -> String {
    let paint = Paint(look.colour);
    let mut out = head(shown, look, paint);
    out.push(String::new());
    out.extend(files(shown, look, paint));
    out.push(String::new());
    out.extend(functions(shown, look, paint));
    out.extend(moves(shown, look, paint));
    out.push(String::new());
    out.extend(meaning::lines(shown, look, paint));
    out.iter()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

/// What was compared, and what was left out.
fn head(shown: &Shown, look: Look, paint: Paint) -> Vec<String> {
    let pair = &shown.pair;
    let (files, whole_lines) = shown.whole;
    let total = pair.total();
    let first = format!(
        "Go {} → {}: {} changed, {}",
        pair.from,
        pair.to,
        plural(pair.files.len(), "file"),
        lines(total)
    );
    let whole = format!(
        "Go {} has {} with {} lines.",
        pair.to,
        plural(files, "such file"),
        count(whole_lines)
    );
    let mut out = vec![paint.bold(&first)];
    let mut rest = vec![whole];
    rest.extend(left_out(&shown.left));
    rest.push("* marks what gopeek depends on.".to_owned());
    let words: Vec<String> = rest
        .iter()
        .flat_map(|text| text.split(' '))
        .map(str::to_owned)
        .collect();
    out.extend(flow(&words, look.width).iter().map(|line| paint.dim(line)));
    out
}

/// Words in lines of at most so many columns.
pub(super) fn flow(words: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.clone()),
        }
    }
    lines
}

/// How many changed files were left out, and which flag brings them in.
pub(super) fn left_out(left: &BTreeMap<Left, usize>) -> Option<String> {
    let parts: Vec<_> = left
        .iter()
        .map(|(why, number)| {
            let files = count(*number as u64);
            match why {
                Left::Test => format!("{} (--tests)", plural(*number, "test")),
                Left::Generated => format!("{files} generated or binary (--generated)"),
                Left::Platform => format!("{files} of other platforms (--os all --arch all)"),
            }
        })
        .collect();
    (!parts.is_empty()).then(|| format!("Left out of the changed files: {}.", parts.join(", ")))
}

fn files(shown: &Shown, look: Look, paint: Paint) -> Vec<String> {
    // Mark, status, added, deleted, lines, share.
    let fixed = 2 + 1 + 8 + 8 + 8 + 8 + 7;
    let width = look.width.saturating_sub(fixed).clamp(20, 70);
    let head = format!(
        "  {:width$} {:8}{:>8}{:>8}{:>8}{:>7}",
        "file", "status", "added", "deleted", "lines", "share"
    );
    let mut out = vec![paint.bold(&head)];
    let rows = look.rows(FILES);
    for file in shown.pair.files.iter().take(rows) {
        let mark = if shown.is_used(&file.path) { "*" } else { " " };
        let from = file.status.from().map(|from| format!(" ← {from}"));
        let path = fit_end(&file.path, width);
        let room = look.width.saturating_sub(width + fixed);
        let row = format!(
            "{} {path:width$} {:8}{}{}{:>8}{:>7}",
            paint.mark(mark),
            file.status.word(),
            paint.added(&format!("{:>8}", number(file, file.lines.added))),
            paint.deleted(&format!("{:>8}", number(file, file.lines.deleted))),
            number(file, file.after),
            percent(file.share()),
        );
        // Where it came from stands behind the numbers if there is room, else below.
        match from {
            Some(from) if from.chars().count() <= room => out.push(row + &paint.dim(&from)),
            Some(from) => {
                out.push(row);
                let from = fit(from.trim_start(), look.width.saturating_sub(6));
                out.push(format!("      {}", paint.dim(&from)));
            }
            None => out.push(row),
        }
    }
    out.extend(more(shown.pair.files.len(), rows, "file", paint));
    out
}

fn number(file: &FileChange, number: u32) -> String {
    if file.kind.binary {
        "-".to_owned()
    } else {
        count(number.into())
    }
}

/// A line that says how many rows are not shown.
pub(super) fn more(all: usize, shown: usize, what: &str, paint: Paint) -> Option<String> {
    let rest = all.saturating_sub(shown);
    (rest > 0).then(|| paint.dim(&format!("  {} more (--all)", plural(rest, what))))
}

fn functions(shown: &Shown, look: Look, paint: Paint) -> Vec<String> {
    let of_files = shown.pair.files.iter();
    let mut all: Vec<(&FileChange, &DeclChange)> = of_files
        .flat_map(|file| file.decls.iter().map(move |decl| (file, decl)))
        .filter(|(file, decl)| {
            // A new file's functions say no more than the file.
            !matches!(file.status, Status::New | Status::Deleted) && decl.lines != Lines::default()
        })
        .collect();
    all.sort_by_key(|(file, decl)| {
        (
            super::super::moves::by_size(decl.lines, &decl.name),
            &file.path,
        )
    });
    let rows = look.rows(FUNCTIONS);
    let mut out = vec![declaration_head(look, paint, "file")];
    out.extend(
        all.iter()
            .take(rows)
            .map(|(file, decl)| declaration(decl, &file.path, look, paint)),
    );
    out.extend(more(all.len(), rows, "function", paint));
    out
}

/// Widths of a name and of what stands last.
fn columns(look: Look) -> (usize, usize) {
    let rest = look.width.saturating_sub(2 + 1 + 8 + 8 + 8 + 8 + 2);
    let name = (rest / 2).clamp(16, 60);
    (name, rest.saturating_sub(name).max(12))
}

pub(super) fn declaration_head(look: Look, paint: Paint, last: &str) -> String {
    let (name, _) = columns(look);
    let head = format!(
        "  {:name$} {:8}{:>8}{:>8}{:>8}  {last}",
        "function", "status", "added", "deleted", "lines"
    );
    paint.bold(&head)
}

pub(super) fn declaration(decl: &DeclChange, last: &str, look: Look, paint: Paint) -> String {
    let (name, room) = columns(look);
    let last = match decl.status.from() {
        Some(from) if from != last => format!("{last} ← {from}"),
        _ => last.to_owned(),
    };
    format!(
        "  {:name$} {:8}{}{}{:>8}  {}",
        fit(&decl.name, name),
        decl.status.word(),
        paint.added(&format!("{:>8}", count(decl.lines.added.into()))),
        paint.deleted(&format!("{:>8}", count(decl.lines.deleted.into()))),
        count(decl.after.into()),
        fit(&last, room)
    )
}

/// Declarations that went from one file to another, file by file, the most first.
fn moves(shown: &Shown, look: Look, paint: Paint) -> Vec<String> {
    let mut by_files: BTreeMap<(&str, &str), Vec<&DeclChange>> = BTreeMap::new();
    for file in &shown.pair.files {
        for decl in &file.decls {
            if let Some(from) = decl.status.from() {
                by_files.entry((from, &file.path)).or_default().push(decl);
            }
        }
    }
    let mut all: Vec<_> = by_files.into_iter().collect();
    all.sort_by_key(|(files, decls)| (std::cmp::Reverse(decls.len()), *files));
    if all.is_empty() {
        return Vec::new();
    }
    let rows = look.rows(MOVES);
    let mut out = vec![String::new(), paint.bold("  moved between files")];
    for ((from, to), decls) in all.iter().take(rows) {
        let changed = decls
            .iter()
            .filter(|decl| decl.lines != Lines::default())
            .count();
        let what = format!(
            "{from} → {to}: {}, {changed} of them changed",
            plural(decls.len(), "declaration")
        );
        let words: Vec<String> = what.split(' ').map(str::to_owned).collect();
        let wrapped = flow(&words, look.width.saturating_sub(4));
        out.extend(wrapped.iter().map(|line| format!("  {line}")));
        let names: Vec<_> = decls.iter().map(|decl| decl.name.clone()).collect();
        let shown_names: Vec<_> = names.iter().take(look.rows(5)).cloned().collect();
        let mut wrapped = wrap(&shown_names, look.width.saturating_sub(8), 0);
        if let Some(last) = wrapped
            .last_mut()
            .filter(|_| names.len() > shown_names.len())
        {
            last.push_str(", …");
        }
        out.extend(
            wrapped
                .iter()
                .map(|line| paint.dim(&format!("      {line}"))),
        );
    }
    out.extend(more(all.len(), rows, "move", paint));
    out
}

/// One file with all its declarations that changed.
pub(in super::super) fn of_file(shown: &Shown, path: &str, look: Look) -> Option<String> {
    let paint = Paint(look.colour);
    let file = shown.pair.files.iter().find(|file| file.path == path)?;
    let from = file
        .status
        .from()
        .map(|from| format!(" from {from}"))
        .unwrap_or_default();
    let head = format!(
        "{path}, Go {} → {}: {}{from}, {}, {} → {} lines",
        shown.pair.from,
        shown.pair.to,
        file.status.word(),
        lines(file.lines),
        count(file.before.into()),
        count(file.after.into())
    );
    let mut out = vec![paint.bold(&head)];
    if file.decls.is_empty() {
        out.push(
            "  no declaration changed: only comments, imports, or what is no Go or assembly"
                .to_owned(),
        );
    } else {
        out.push(declaration_head(look, paint, "gopeek uses it in"));
        let uses = super::super::effect::uses::Uses::known();
        for decl in &file.decls {
            let folder = super::super::release::folder(path);
            let by = uses
                .by(folder, &decl.name)
                .map(|by| by.join(", "))
                .unwrap_or_default();
            out.push(declaration(decl, &by, look, paint));
        }
    }
    Some(
        out.iter()
            .map(|line| line.trim_end().to_owned() + "\n")
            .collect(),
    )
}
