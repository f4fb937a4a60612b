//! JSON and NDJSON, held against the schema that is published.

pub(crate) mod everything;
mod waits;

use everything::everything;
use gopeek_ui::render::json::{write, write_lines};
use gopeek_ui::report::Report;
use jsonschema::{Draft, Validator};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io;

const SCHEMA: &str = include_str!("../../../../../docs/schema/gopeek-1.schema.json");

/// Of what has changed, by itself.
const DIFF_SCHEMA: &str = include_str!("../../../../../docs/schema/gopeek-diff-1.schema.json");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn diff_schema() -> Value {
    serde_json::from_str(DIFF_SCHEMA).unwrap()
}

fn validator(schema: &Value) -> Validator {
    let options = jsonschema::options().with_draft(Draft::Draft202012);
    options.build(schema).unwrap()
}

fn complaints_of(validator: &Validator, value: &Value) -> Vec<String> {
    let errors = validator.iter_errors(value);
    let text =
        |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
    errors.map(text).collect()
}

/// What the schema does not allow of a document.
pub(crate) fn complaints(text: &str) -> Vec<String> {
    match serde_json::from_str(text) {
        Ok(value) => complaints_of(&validator(&schema()), &value),
        Err(error) => vec![error.to_string()],
    }
}

/// Likewise, of what has changed, by itself.
pub(crate) fn complaints_of_diff(diff: &Value) -> Vec<String> {
    complaints_of(&validator(&diff_schema()), diff)
}

/// Likewise, of the lines of NDJSON.
pub(crate) fn complaints_of_lines(text: &str) -> Vec<String> {
    let mut of_a_line = json!({ "$ref": "#/$defs/line" });
    of_a_line["$defs"] = schema()["$defs"].clone();
    let validator = validator(&of_a_line);
    let lines = text.lines().map(|line| match serde_json::from_str(line) {
        Ok(value) => complaints_of(&validator, &value),
        Err(error) => vec![error.to_string()],
    });
    lines.flatten().collect()
}

fn text(
    report: &Report,
    write: fn(&mut dyn io::Write, &Report, &[&gopeek_ui::report::Goroutine]) -> io::Result<()>,
) -> String {
    let mut out = Vec::new();
    let shown: Vec<_> = report.goroutines.iter().collect();
    write(&mut out, report, &shown).unwrap();
    String::from_utf8(out).unwrap()
}

fn document(report: &Report) -> Value {
    serde_json::from_str(&text(report, write)).unwrap()
}

/// The names of properties, wherever they are.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                found.insert(name.clone());
                keys(member, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        _ => {}
    }
}

/// The names and words that a schema knows: its properties, and the values of its enums.
fn known(schema: &Value, properties: &mut BTreeSet<String>, words: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members {
                if let ("properties", Value::Object(named)) = (name.as_str(), member) {
                    properties.extend(named.keys().cloned());
                    named.values().for_each(|it| known(it, properties, words));
                } else if let ("enum", Value::Array(values)) = (name.as_str(), member) {
                    words.extend(values.iter().filter_map(Value::as_str).map(str::to_owned));
                } else {
                    known(member, properties, words);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|it| known(it, properties, words)),
        _ => {}
    }
}

#[test]
fn a_report_with_everything_is_as_the_schema_says() {
    for report in everything() {
        let document = text(&report, write);
        assert_eq!(complaints(&document), Vec::<String>::new(), "{document}");
        let lines = text(&report, write_lines);
        assert_eq!(complaints_of_lines(&lines), Vec::<String>::new(), "{lines}");
    }
}

#[test]
fn the_schema_has_no_property_and_no_word_that_is_never_written() {
    let (mut properties, mut words) = (BTreeSet::new(), BTreeSet::new());
    known(&schema(), &mut properties, &mut words);
    let (mut written, mut all) = (BTreeSet::new(), String::new());
    for report in everything() {
        keys(&document(&report), &mut written);
        let lines = text(&report, write_lines);
        for line in lines.lines() {
            keys(&serde_json::from_str(line).unwrap(), &mut written);
        }
        all += &lines;
    }
    let unwritten: Vec<_> = properties.difference(&written).collect();
    assert!(unwritten.is_empty(), "{unwritten:?}");
    let unwritten = |word: &&String| !all.contains(&format!("\"{word}\""));
    let unwritten: Vec<_> = words.iter().filter(unwritten).collect();
    assert!(unwritten.is_empty(), "{unwritten:?}");
}

#[test]
fn the_schema_refuses_what_it_does_not_name() {
    let mut value = document(&everything()[0]);
    value["goroutines"][0]["mood"] = json!("fine");
    assert_eq!(complaints(&value.to_string()).len(), 1);
    let mut value = document(&everything()[0]);
    value["objects"][0]["kind"] = json!("cup");
    assert!(!complaints(&value.to_string()).is_empty());
    assert!(!complaints_of_lines("{\"type\":\"poem\"}").is_empty());
}

#[test]
fn goroutines_go_by_their_numbers_and_frames_by_their_places() {
    let report = &everything()[0];
    let value = document(report);
    let object = &value["objects"][1];
    assert_eq!(object["kind"], "mutex");
    assert_eq!(object["waiters"][0]["goroutine"], 11);
    // The second physical frame is the third call: one was inlined into the first.
    assert_eq!(object["suspects"][0]["goroutine"], 12);
    assert_eq!(object["suspects"][0]["evidence"][0]["frame"], 2);
    let of_12 = &value["goroutines"][2];
    assert_eq!(of_12["id"], 12);
    assert_eq!(of_12["frames"][2]["func"], "main.outer");
    assert_eq!(value["groups"][0]["goroutines"], json!([12, 11]));
    assert_eq!(value["groups"][0]["frame"]["func"], "main.inlined");
    assert_eq!(value["findings"][0]["culprits"], json!([12]));
}

#[test]
fn an_object_is_told_where_it_is_waited_at() {
    let value = document(&everything()[0]);
    let on = &value["goroutines"][1]["blocked_on"];
    assert_eq!(on[0]["object"], 1);
    assert_eq!(on[0]["kind"], "mutex");
    assert_eq!(on[0]["address"], value["objects"][1]["address"]);
    assert_eq!(on[0]["purpose"], "lock");
    let in_syscall = value["goroutines"].as_array().unwrap().iter();
    let mut in_syscall = in_syscall.filter(|it| it["wait"] == "syscall");
    assert_eq!(
        in_syscall.next().unwrap()["blocked_on"][0]["purpose"],
        "read"
    );
}

#[test]
fn what_many_threads_render_is_whole() {
    let mut report = everything().remove(0);
    let one = report.goroutines[1].clone();
    report.goroutines.extend((100..3000).map(|id| {
        let mut other = one.clone();
        other.id = id;
        other
    }));
    let value = document(&report);
    let ids = value["goroutines"].as_array().unwrap().iter();
    let ids = ids.map(|it| it["id"].as_u64().unwrap());
    assert!(ids.eq(report.goroutines.iter().map(|it| it.id)));
}

#[test]
fn what_has_changed_has_the_same_schema_by_itself_and_in_a_report() {
    let (whole, diff) = (schema(), diff_schema());
    let (mut of_whole, mut of_diff) = (
        whole["$defs"]["changes"].clone(),
        diff["$defs"]["changes"].clone(),
    );
    // Only a line says what it is.
    let words = of_whole["properties"].as_object_mut().unwrap();
    assert!(words.remove("type").is_some());
    for changes in [&mut of_whole, &mut of_diff] {
        assert!(
            changes
                .as_object_mut()
                .unwrap()
                .remove("description")
                .is_some()
        );
    }
    assert_eq!(of_whole, of_diff);
    assert_eq!(whole["$defs"]["place"], diff["$defs"]["place"]);
}
