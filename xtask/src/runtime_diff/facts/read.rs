//! Reads the facts.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::super::kind::Kind;
use super::super::lines::Lines;
use super::history::{Content, History};
use super::{Across, Facts, FileFacts, Rename, SCHEMA, path};

/// Reads the file of the repository.
///
/// # Errors
/// If it cannot be read, or is not such a file.
pub(in super::super) fn load() -> Result<Facts> {
    let path = path();
    let bytes = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
    parse(&bytes).with_context(|| format!("{} is damaged", path.display()))
}

#[derive(Deserialize)]
struct Document<'a> {
    schema: &'a str,
    releases: Vec<&'a str>,
    files: BTreeMap<String, FileText>,
    renames: Vec<RenameText>,
    moves: Vec<MoveText>,
}

#[derive(Deserialize)]
struct FileText {
    is: Vec<Row>,
    kinds: Vec<(usize, String, String)>,
    #[serde(default)]
    decls: BTreeMap<String, Vec<Row>>,
}

#[derive(Deserialize)]
struct RenameText {
    from: String,
    to: String,
    except: Vec<(usize, usize)>,
    numbers: Vec<(usize, usize, u32, u32)>,
}

#[derive(Deserialize)]
struct MoveText {
    from: String,
    to: String,
    decls: BTreeMap<String, Vec<(usize, usize, u32, u32)>>,
}

/// A row of a history: since when, and lines, hash and numbers if it is there.
struct Row(usize, Option<Content>);

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(RowVisitor)
    }
}

struct RowVisitor;

impl<'de> serde::de::Visitor<'de> for RowVisitor {
    type Value = Row;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[since] or [since, lines, hash, added, deleted, …]")
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Row, A::Error> {
        let wrong = |what| serde::de::Error::custom(what);
        let since = seq
            .next_element()?
            .ok_or_else(|| wrong("a row without a release"))?;
        let Some(lines) = seq.next_element()? else {
            return Ok(Row(since, None));
        };
        let hash: &str = seq
            .next_element()?
            .ok_or_else(|| wrong("a row without a hash"))?;
        let hash = u32::from_str_radix(hash, 16).map_err(serde::de::Error::custom)?;
        let mut from_earlier = Vec::new();
        while let Some(added) = seq.next_element()? {
            let deleted = seq
                .next_element()?
                .ok_or_else(|| wrong("half a pair of numbers"))?;
            from_earlier.push(Lines { added, deleted });
        }
        Ok(Row(
            since,
            Some(Content {
                lines,
                hash,
                from_earlier,
            }),
        ))
    }
}

/// Reads the file's text.
pub(super) fn parse(bytes: &[u8]) -> Result<Facts> {
    let document: Document<'_> = serde_json::from_slice(bytes)?;
    if document.schema != SCHEMA {
        bail!("its form is {}, not {SCHEMA}", document.schema);
    }
    let versions = document.releases.iter().map(|version| version.parse());
    let files = document.files.into_iter().map(|(path, text)| {
        let facts = file(&path, text);
        (path, facts)
    });
    let renames = document.renames.into_iter().map(|text| {
        let (except, numbers) = (text.except, across(text.numbers));
        ((text.from, text.to), Rename { except, numbers })
    });
    let mut moves = BTreeMap::new();
    for text in document.moves {
        for (name, numbers) in text.decls {
            moves.insert((text.from.clone(), text.to.clone(), name), across(numbers));
        }
    }
    Ok(Facts {
        releases: versions.collect::<Result<_>>()?,
        files: files.collect(),
        renames: renames.collect(),
        moves,
    })
}

fn file(path: &str, text: FileText) -> FileFacts {
    let kinds = text.kinds.into_iter().map(|(since, marks, build)| {
        let kind = Kind {
            test: super::super::kind::is_test(path),
            generated: marks.contains('g'),
            binary: marks.contains('b'),
            build,
        };
        (since, kind)
    });
    let decls = text.decls.into_iter();
    FileFacts {
        kinds: kinds.collect(),
        history: history(text.is),
        decls: decls.map(|(name, rows)| (name, history(rows))).collect(),
    }
}

fn history(rows: Vec<Row>) -> History {
    let rows = rows.into_iter().map(|Row(since, content)| (since, content));
    let rows = rows.collect();
    History { rows }
}

fn across(rows: Vec<(usize, usize, u32, u32)>) -> Across {
    let rows = rows.into_iter();
    rows.map(|(old, new, added, deleted)| ((old, new), Lines { added, deleted }))
        .collect()
}
