//! What the labels of a sample say of its goroutine, besides those that its program gave it.
//!
//! The first four names are CockroachDB's, which stackgazer reads.

use crate::report::{Goroutine, Kind, Object, Report, Wait};

const ID: &str = "go::goroutine";
const CREATED_BY: &str = "go::goroutine_created_by";
const WAIT_MINUTES: &str = "go::goroutine_wait_minutes";
const STATE: &str = "go::goroutine_state";
const BLOCKED_ON: &str = "blocked_on";

/// A label: its name and its value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Label {
    pub(super) key: String,
    pub(super) value: Value,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Value {
    Text(String),
    Number(u64),
}

fn text(key: &str, value: String) -> Label {
    Label {
        key: key.to_owned(),
        value: Value::Text(value),
    }
}

fn number(key: &str, value: u64) -> Label {
    Label {
        key: key.to_owned(),
        value: Value::Number(value),
    }
}

/// The labels that the program gave it.
pub(super) fn own(goroutine: &Goroutine) -> Vec<Label> {
    let as_text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let labels = goroutine.labels.iter();
    labels
        .map(|label| text(&as_text(&label.key), as_text(&label.value)))
        .collect()
}

/// All that is said of it.
pub(super) fn all(report: &Report, goroutine: &Goroutine) -> Vec<Label> {
    let mut labels = own(goroutine);
    labels.push(number(ID, goroutine.id));
    let parent = goroutine.created_by.as_ref().map(|it| it.goroutine);
    let minutes = goroutine.waited.map(|waited| waited.as_secs() / 60);
    let numbers = [(CREATED_BY, parent), (WAIT_MINUTES, minutes)];
    let known = numbers
        .iter()
        .filter_map(|(key, value)| Some((key, (*value)?)));
    // A number of 0 would read as none.
    let known = known.filter(|(_, value)| *value != 0);
    labels.extend(known.map(|(key, value)| number(key, value)));
    labels.push(text(STATE, goroutine.state.to_string()));
    labels.extend(objects(report, goroutine).map(|it| text(BLOCKED_ON, called(it))));
    labels
}

fn objects<'r>(report: &'r Report, goroutine: &'r Goroutine) -> impl Iterator<Item = &'r Object> {
    let (cases, other) = match &goroutine.wait {
        Some(Wait::On { cases, .. }) => (&cases[..], None),
        Some(Wait::Syscall { object, .. }) => (&[][..], *object),
        _ => (&[][..], None),
    };
    let indexes = cases.iter().map(|case| case.object).chain(other);
    indexes.filter_map(|index| report.object(index))
}

/// `0xc000012340 main.mu`; of a file without an address, what it is.
fn called(object: &Object) -> String {
    let address = (object.addr != 0).then(|| format!("{:#x}", object.addr));
    let name = object.name.as_deref();
    let target = match &object.kind {
        Kind::File(file) => file.target.as_deref(),
        _ => None,
    };
    let words = [address.as_deref(), name.or(target)];
    let words: Vec<&str> = words.into_iter().flatten().collect();
    words.join(" ")
}
