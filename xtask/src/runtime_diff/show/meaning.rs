//! What a pair of releases means for gopeek, on a terminal.

use super::super::change::Status;
use super::super::effect::{FieldChange, FileRisk, RecordChange, TextChange};
use super::paint::Paint;
use super::pair::{flow, more};
use super::text::{fit_end, lines as added_deleted, percent, plural, wrap};
use super::{Look, Shown};

/// Rows on one screen.
const RISKS: usize = 8;
const NAMES: usize = 6;

/// The lines.
pub(super) fn lines(shown: &Shown, look: Look, paint: Paint) -> Vec<String> {
    let effect = &shown.effect;
    let mut out = vec![paint.bold("  what it means for gopeek")];
    for version in &effect.without_table {
        let minor = version.minor;
        let said = format!(
            "no layout table for Go {version}: run `cargo xtask offsets 1.{minor}` and compare again"
        );
        let words: Vec<String> = said.split(' ').map(str::to_owned).collect();
        let wrapped = flow(&words, look.width.saturating_sub(2));
        out.extend(wrapped.iter().map(|line| format!("  {line}")));
    }
    if effect.without_table.is_empty() {
        out.extend(group(
            "structs",
            effect.records.iter().map(|change| record(change, look.all)),
            look,
            paint,
        ));
        out.extend(group(
            "texts and ids",
            texts(&effect.texts).into_iter(),
            look,
            paint,
        ));
    }
    let rules = effect.rules.iter().map(|rule| {
        let (before, after) = &rule.value;
        format!("{}: {before} → {after}", rule.rule)
    });
    out.extend(group("traceback rules", rules, look, paint));
    let gone = effect
        .gone
        .iter()
        .map(|(folder, name)| format!("{name} of {folder}"));
    out.extend(group("gone, though gopeek uses it", gone, look, paint));
    out.extend(risks(&effect.files, look, paint));
    out
}

/// A heading with its items, or `none`.
fn group(what: &str, items: impl Iterator<Item = String>, look: Look, paint: Paint) -> Vec<String> {
    let items: Vec<String> = items.collect();
    let shown = items.len().min(look.rows(NAMES));
    let head = format!("  {what}: ");
    if items.is_empty() {
        return vec![head + &paint.dim("no difference")];
    }
    let mut out = vec![format!("{head}{}", items.len())];
    for item in items.iter().take(shown) {
        let words: Vec<String> = item.split(' ').map(str::to_owned).collect();
        let indent = |(at, line): (usize, &String)| {
            format!("{}{line}", if at == 0 { "    " } else { "      " })
        };
        let wrapped = flow(&words, look.width.saturating_sub(6));
        out.extend(wrapped.iter().enumerate().map(indent));
    }
    out.extend(more(items.len(), shown, "item", paint).map(|line| format!("  {line}")));
    out
}

/// `runtime.g: 424 → 440 bytes; new sleep_when; gone …; 12 fields moved`
fn record(change: &RecordChange, all: bool) -> String {
    let arches = if change.arches.len() == 1 {
        format!(" ({})", change.arches.join(", "))
    } else {
        String::new()
    };
    let mut parts = vec![match change.size {
        (Some(before), Some(after)) if before == after => format!("{after} bytes as before"),
        (Some(before), Some(after)) => format!("{before} → {after} bytes"),
        (None, _) => return format!("{}{arches}: new", change.record),
        (_, None) => return format!("{}{arches}: gone", change.record),
    }];
    let named = |is: fn(&FieldChange) -> bool| -> Vec<String> {
        let fields = change.fields.iter().filter(|field| is(field));
        fields.map(|(name, ..)| name.clone()).collect()
    };
    for (what, names) in [
        ("new", named(|(_, before, _)| before.is_none())),
        ("gone", named(|(_, _, after)| after.is_none())),
    ] {
        if !names.is_empty() {
            parts.push(format!("{what} {}", names.join(", ")));
        }
    }
    let moved = named(|(_, before, after)| before.is_some() && after.is_some()).len();
    if moved > 0 {
        let fields = change.fields.iter();
        let with_offsets = fields.filter_map(|(name, before, after)| {
            Some(format!("{name} {} → {}", (*before)?, (*after)?))
        });
        parts.push(if all {
            format!("moved {}", with_offsets.collect::<Vec<_>>().join(", "))
        } else {
            format!("{} moved", plural(moved, "field"))
        });
    }
    format!("{}{arches}: {}", change.record, parts.join("; "))
}

/// What came and went, one by one; what has another number, together.
fn texts(changes: &[TextChange]) -> Vec<String> {
    let mut items = Vec::new();
    let mut renumbered: Vec<(&str, Vec<String>)> = Vec::new();
    for change in changes {
        let (of, text) = (change.of, &change.text);
        match change.number {
            (None, Some(number)) => items.push(format!("new {of} {text:?} = {number}")),
            (Some(number), None) => items.push(format!("gone {of} {text:?}, was {number}")),
            (Some(before), Some(after)) => {
                let item = format!("{text} {before} → {after}");
                match renumbered.iter_mut().find(|(other, _)| *other == of) {
                    Some((_, all)) => all.push(item),
                    None => renumbered.push((of, vec![item])),
                }
            }
            (None, None) => {}
        }
    }
    let renumbered = renumbered.iter();
    items.extend(renumbered.map(|(of, all)| format!("{of}, other numbers: {}", all.join(", "))));
    items
}

/// The files that gopeek depends on, by risk, each with its declarations that changed.
fn risks(files: &[FileRisk], look: Look, paint: Paint) -> Vec<String> {
    let mut out = vec![format!(
        "  files by risk (changed lines × share of the file that gopeek uses): {}",
        files.len()
    )];
    let rows = look.rows(RISKS);
    for file in files.iter().take(rows) {
        let head = format!(
            "{:>7.1}  {}  {}, {} used",
            file.risk,
            fit_end(&file.path, look.width.saturating_sub(46).max(14)),
            added_deleted(file.lines),
            percent(file.used)
        );
        out.push(format!("  {}{head}", paint.mark("*")));
        let mut names: Vec<String> = file
            .decls
            .iter()
            .take(look.rows(NAMES))
            .map(|used| {
                let decl = &used.decl;
                let what = match decl.status {
                    Status::Changed => added_deleted(decl.lines),
                    Status::Moved { .. } => format!("moved here, {}", added_deleted(decl.lines)),
                    _ => decl.status.word().to_owned(),
                };
                format!("{} ({what})", decl.name)
            })
            .collect();
        if names.len() < file.decls.len() {
            names.push(format!("{} more", file.decls.len() - names.len()));
        }
        if names.is_empty() {
            names.push("nothing that gopeek uses changed".to_owned());
        }
        let wrapped = wrap(&names, look.width.saturating_sub(13), 0);
        out.extend(
            wrapped
                .iter()
                .map(|line| paint.dim(&format!("           {line}"))),
        );
    }
    out.extend(more(files.len(), rows, "file", paint));
    out
}
