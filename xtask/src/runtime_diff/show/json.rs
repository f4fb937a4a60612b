//! The answer as JSON, in the form of docs/schema/runtime-diff-1.schema.json.

use serde_json::{Value, json};

use super::super::change::{DeclChange, FileChange, Status};
use super::super::effect::{Effect, FileRisk};
use super::super::kind::Left;
use super::Shown;

/// The mark of the form.
const SCHEMA: &str = "gopeek-runtime-diff/1";

/// The document: one pair of releases, or several steps.
pub(in super::super) fn document(steps: &[Shown]) -> Value {
    json!({ "schema": SCHEMA, "steps": steps.iter().map(step).collect::<Value>() })
}

fn step(shown: &Shown) -> Value {
    let left = |why| shown.left.get(&why).copied().unwrap_or_default();
    let total = shown.pair.total();
    json!({
        "from": shown.pair.from.to_string(),
        "to": shown.pair.to.to_string(),
        "changed": shown.pair.files.len(),
        "added": total.added,
        "deleted": total.deleted,
        "left_out": {
            "tests": left(Left::Test),
            "generated": left(Left::Generated),
            "platforms": left(Left::Platform),
        },
        "files": shown.pair.files.iter().map(|file| self::file(file, shown)).collect::<Value>(),
        "gopeek": effect(&shown.effect),
    })
}

fn file(file: &FileChange, shown: &Shown) -> Value {
    let mut row = json!({
        "path": file.path,
        "status": file.status.word(),
        "added": file.lines.added,
        "deleted": file.lines.deleted,
        "lines_before": file.before,
        "lines": file.after,
        "share": file.share(),
        "binary": file.kind.binary,
        "used_by_gopeek": shown.is_used(&file.path),
        "functions": file.decls.iter().map(decl).collect::<Value>(),
    });
    add_origin(&mut row, &file.status);
    row
}

fn decl(decl: &DeclChange) -> Value {
    let mut row = json!({
        "name": decl.name,
        "status": decl.status.word(),
        "added": decl.lines.added,
        "deleted": decl.lines.deleted,
        "lines_before": decl.before,
        "lines": decl.after,
    });
    add_origin(&mut row, &decl.status);
    row
}

fn add_origin(row: &mut Value, status: &Status) {
    if let (Some(from), Some(row)) = (status.from(), row.as_object_mut()) {
        row.insert("from".to_owned(), json!(from));
    }
}

fn effect(effect: &Effect) -> Value {
    let without: Vec<_> = effect
        .without_table
        .iter()
        .map(ToString::to_string)
        .collect();
    let records = effect.records.iter().map(|record| {
        let fields = record.fields.iter();
        let fields = fields
            .map(|(name, before, after)| json!({ "name": name, "before": before, "after": after }));
        json!({
            "struct": record.record,
            "arches": record.arches,
            "size_before": record.size.0,
            "size": record.size.1,
            "fields": fields.collect::<Value>(),
        })
    });
    let texts = effect.texts.iter().map(|text| {
        json!({ "of": text.of, "text": text.text, "before": text.number.0, "after": text.number.1 })
    });
    let rules = effect
        .rules
        .iter()
        .map(|rule| json!({ "rule": rule.rule, "before": rule.value.0, "after": rule.value.1 }));
    let gone = effect
        .gone
        .iter()
        .map(|(folder, name)| json!({ "folder": folder, "name": name }));
    json!({
        "without_table": without,
        "structs": records.collect::<Value>(),
        "texts": texts.collect::<Value>(),
        "rules": rules.collect::<Value>(),
        "gone": gone.collect::<Value>(),
        "files": effect.files.iter().map(risk).collect::<Value>(),
    })
}

fn risk(file: &FileRisk) -> Value {
    let decls = file.decls.iter().map(|used| {
        let mut row = decl(&used.decl);
        if let Some(row) = row.as_object_mut() {
            row.insert("used_in".to_owned(), json!(used.by));
        }
        row
    });
    json!({
        "path": file.path,
        "risk": file.risk,
        "used": file.used,
        "functions": decls.collect::<Value>(),
    })
}
