//! The facts as JSON: a line for each file and each declaration, so that a diff of it can be read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::kind::Kind;
use super::super::lines::Lines;
use super::history::History;
use super::{Across, Facts, FileFacts, SCHEMA};

/// The file's text. The same facts give the same bytes.
pub(in super::super) fn text(facts: &Facts) -> String {
    let releases: Vec<_> = facts.releases.iter().map(ToString::to_string).collect();
    let mut out = format!(
        "{{\n\"schema\": {},\n\"releases\": {},\n",
        json!(SCHEMA),
        json!(releases)
    );
    out += "\"files\": {\n";
    let files = facts
        .files
        .iter()
        .map(|(path, facts)| format!("{}: {}", json!(path), file(facts)));
    out += &lines(files);
    out += "},\n\"renames\": [\n";
    let renames = facts.renames.iter().map(|((old, new), rename)| {
        let except: Vec<_> = rename
            .except
            .iter()
            .map(|(from, to)| json!([from, to]))
            .collect();
        json!({ "from": old, "to": new, "except": except, "numbers": across(&rename.numbers) })
            .to_string()
    });
    out += &lines(renames);
    out += "],\n\"moves\": [\n";
    let mut by_files: BTreeMap<(&str, &str), BTreeMap<&str, Value>> = BTreeMap::new();
    for ((old, new, name), numbers) in &facts.moves {
        by_files
            .entry((old, new))
            .or_default()
            .insert(name, across(numbers));
    }
    let moves = by_files
        .iter()
        .map(|((old, new), decls)| json!({ "from": old, "to": new, "decls": decls }).to_string());
    out += &lines(moves);
    out + "]\n}\n"
}

fn file(facts: &FileFacts) -> String {
    let kinds: Vec<_> = facts
        .kinds
        .iter()
        .map(|(since, kind)| kind_row(*since, kind))
        .collect();
    let mut out = format!(
        "{{\"is\": {}, \"kinds\": {}",
        history(&facts.history),
        json!(kinds)
    );
    if !facts.decls.is_empty() {
        out += ", \"decls\": {\n";
        let decls = facts.decls.iter();
        out += &lines(decls.map(|(name, of)| format!(" {}: {}", json!(name), history(of))));
        out += "}";
    }
    out + "}"
}

/// `[since]` of what is gone, else `[since, lines, hash, added, deleted, …]`.
fn history(history: &History) -> Value {
    let rows = history.rows.iter().map(|(since, content)| {
        let mut row = vec![json!(since)];
        if let Some(content) = content {
            row.extend([json!(content.lines), json!(format!("{:08x}", content.hash))]);
            let numbers = content.from_earlier.iter();
            row.extend(numbers.flat_map(|lines| [json!(lines.added), json!(lines.deleted)]));
        }
        Value::Array(row)
    });
    rows.collect()
}

/// `[since, marks, build]`, with `g` for generated and `b` for binary.
fn kind_row(since: usize, kind: &Kind) -> Value {
    let mut marks = String::new();
    for (mark, is) in [("g", kind.generated), ("b", kind.binary)] {
        if is {
            let _ = marks.write_str(mark);
        }
    }
    json!([since, marks, kind.build])
}

/// `[[nth, nth, added, deleted], …]`
fn across(numbers: &Across) -> Value {
    let rows = numbers.iter();
    rows.map(|((old, new), Lines { added, deleted })| json!([old, new, added, deleted]))
        .collect()
}

/// Items, one a line, with commas between.
fn lines(items: impl Iterator<Item = String>) -> String {
    let items: Vec<_> = items.collect();
    items.join(",\n") + if items.is_empty() { "" } else { "\n" }
}
