//! Compares what parsers read out of a dump with what its text says: every goroutine, whole, in its place.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::dump::{Block, split};

/// What one parser made of a dump.
#[derive(Debug, Deserialize)]
pub(super) struct Parsed {
    goroutines: Vec<Goroutine>,
    errors: Vec<String>,
}

/// A goroutine, as a parser reads it or as its text says it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
struct Goroutine {
    id: u64,
    state: String,
    minutes: u64,
    locked: bool,
    frames: usize,
    created_by: String,
}

impl Goroutine {
    /// Whether two are the same; panicparse undoes the linker's escape for a dot in a package's path.
    fn is(&self, other: &Self) -> bool {
        let plain = |it: &Self| Self {
            created_by: it.created_by.replace("%2e", "."),
            ..it.clone()
        };
        plain(self) == plain(other)
    }
}

/// How much of a dump was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Goroutines that every parser read as they are.
    pub(crate) read: usize,
    /// Goroutines of the dump.
    pub(crate) total: usize,
    /// What was not, for people.
    pub(crate) differences: Vec<String>,
}

/// Holds what the parsers read against `compat`, the text that they read, and its goroutines against those of `stack`.
///
/// # Errors
/// When one of the texts is no dump.
pub(super) fn compare(
    stack: &[u8],
    compat: &[u8],
    parsed: &BTreeMap<String, Parsed>,
) -> Result<Reading> {
    let blocks = split(compat).context("what gopeek wrote for the parsers")?;
    let stack = split(stack).context("what gopeek wrote")?;
    let said: Vec<_> = blocks.iter().map(say).collect::<Result<_>>()?;
    let mut differences = Vec::new();
    if !blocks
        .iter()
        .map(|block| block.goid)
        .eq(stack.iter().map(|block| block.goid))
    {
        differences.push("--format=compat has other goroutines than --format=stack".to_owned());
    }
    for (parser, parsed) in parsed {
        let errors = parsed.errors.iter();
        differences.extend(errors.map(|error| format!("{parser}: {error}")));
        let order = parsed.goroutines.iter().map(|goroutine| goroutine.id);
        if !order.eq(said.iter().map(|goroutine| goroutine.id)) {
            differences.push(format!(
                "{parser} reads other goroutines, or in another order"
            ));
        }
    }
    let by_id: Vec<(_, HashMap<_, _>)> = parsed
        .iter()
        .map(|(parser, parsed)| {
            let goroutines = parsed.goroutines.iter();
            (parser, goroutines.map(|it| (it.id, it)).collect())
        })
        .collect();
    let mut read = 0;
    for goroutine in &said {
        let before = differences.len();
        for (parser, goroutines) in &by_id {
            match goroutines.get(&goroutine.id) {
                Some(other) if other.is(goroutine) => {}
                Some(other) => {
                    differences.push(format!(
                        "{parser} reads {other:?}, printed is {goroutine:?}"
                    ));
                }
                None => differences.push(format!("{parser} loses {goroutine:?}")),
            }
        }
        read += usize::from(differences.len() == before && !by_id.is_empty());
    }
    Ok(Reading {
        read,
        total: said.len(),
        differences,
    })
}

/// Where gopeek's JSON for gostackparse is not what that makes of the dump.
pub(super) fn differences(own: &[Value], ours: &[Value]) -> Vec<String> {
    let mut differences = Vec::new();
    if own.len() != ours.len() {
        let (own, ours) = (own.len(), ours.len());
        differences.push(format!(
            "--format=gostackparse-json has {ours} goroutines, gostackparse {own}"
        ));
    }
    let pairs = own.iter().zip(ours).filter(|(own, ours)| own != ours);
    differences.extend(
        pairs.map(|(own, ours)| {
            format!("--format=gostackparse-json has {ours}, gostackparse {own}")
        }),
    );
    differences
}

/// A goroutine as its block says it.
fn say(block: &Block<'_>) -> Result<Goroutine> {
    let text = str::from_utf8(block.text).context("the dump is no text")?;
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let inside = header
        .split_once('[')
        .and_then(|(_, rest)| rest.strip_suffix("]:"))
        .with_context(|| format!("no goroutine's state in {header:?}"))?;
    let mut items = inside.split(", ");
    let state = items.next().unwrap_or_default().to_owned();
    let mut goroutine = Goroutine {
        id: block.goid,
        state,
        minutes: 0,
        locked: false,
        frames: 0,
        created_by: String::new(),
    };
    for item in items {
        if let Some(minutes) = item.strip_suffix(" minutes") {
            goroutine.minutes = minutes.parse().with_context(|| header.to_owned())?;
        } else {
            goroutine.locked |= item == "locked to thread";
        }
    }
    for line in lines.filter(|line| !line.starts_with('\t')) {
        match line.strip_prefix("created by ") {
            Some(name) => name.clone_into(&mut goroutine.created_by),
            None => goroutine.frames += 1,
        }
    }
    Ok(goroutine)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &[u8] = b"goroutine 1 [running]:\nmain.main()\n\t/a/main.go:5 +0x1d\n\n\
        goroutine 34 [select, 2 minutes, locked to thread]:\nmain.f(...)\n\t/a/main.go:7\n\
        main.g()\n\t/a/main.go:9\ncreated by main.main\n\t/a/main.go:4 +0x1d\n";

    fn parsed(change: impl FnOnce(&mut Parsed)) -> BTreeMap<String, Parsed> {
        let json = r#"{"errors": [], "goroutines": [
            {"id": 1, "state": "running", "minutes": 0, "locked": false, "frames": 1, "created_by": ""},
            {"id": 34, "state": "select", "minutes": 2, "locked": true, "frames": 2, "created_by": "main.main"}]}"#;
        let mut parsed = serde_json::from_str(json).unwrap();
        change(&mut parsed);
        BTreeMap::from([("p".to_owned(), parsed)])
    }

    fn read(parsed: &BTreeMap<String, Parsed>) -> (usize, usize) {
        let reading = compare(DUMP, DUMP, parsed).unwrap();
        assert_eq!(reading.total, 2);
        (reading.read, reading.differences.len())
    }

    #[test]
    fn what_is_read_as_it_is_printed_has_no_difference() {
        assert_eq!(read(&parsed(|_| {})), (2, 0));
    }

    #[test]
    fn a_lost_goroutine_a_lost_frame_an_error_and_another_order_are_differences() {
        let lost = parsed(|it| drop(it.goroutines.pop()));
        assert_eq!(read(&lost), (1, 2));
        assert_eq!(read(&parsed(|it| it.goroutines[1].frames = 1)), (1, 1));
        let other = parsed(|it| it.goroutines[1].created_by = "main.init".into());
        assert_eq!(read(&other), (1, 1));
        assert_eq!(read(&parsed(|it| it.errors.push("line 7".into()))), (2, 1));
        assert_eq!(read(&parsed(|it| it.goroutines.swap(0, 1))), (2, 1));
    }

    #[test]
    fn the_goroutines_are_those_of_the_other_format() {
        let one = b"goroutine 1 [running]:\nmain.main()\n";
        let reading = compare(one, DUMP, &parsed(|_| {})).unwrap();
        assert_eq!(reading.differences.len(), 1);
    }

    #[test]
    fn another_json_is_a_difference() {
        let one = |id: u64| serde_json::json!({"ID": id});
        assert!(differences(&[one(1)], &[one(1)]).is_empty());
        assert_eq!(differences(&[one(1)], &[one(2)]).len(), 1);
        assert_eq!(differences(&[one(1)], &[]).len(), 1);
    }

    #[test]
    fn nothing_is_read_by_no_parser() {
        assert_eq!(read(&BTreeMap::new()), (0, 0));
    }
}
