//! What is to be said of a target as a whole, in JSON.

use super::index::Index;
use super::stack::Place;
use super::words;
use crate::report::{self, Call};
use serde::Serialize;
use std::collections::BTreeMap;

/// An item of `findings`.
#[derive(Serialize)]
pub(super) struct Finding<'r> {
    what: &'static str,
    weight: &'static str,
    grade: &'static str,
    text: &'r str,
    culprits: Vec<u64>,
    objects: &'r [u32],
    held_up: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<Resource<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since_ns: Option<u64>,
}

impl<'r> Finding<'r> {
    pub(super) fn of(index: &Index<'r>, finding: &'r report::Finding) -> Finding<'r> {
        Finding {
            what: words::trouble(finding.what),
            weight: words::weight(finding.weight),
            grade: words::grade(finding.grade),
            text: &finding.text,
            culprits: index.numbers(&finding.culprits),
            objects: &finding.objects,
            held_up: finding.held_up,
            place: finding.place.as_ref().map(Place::of),
            resource: finding.resource.as_ref().map(Resource::of),
            since_ns: finding.since.map(words::ns),
        }
    }
}

/// `resource` of a finding or of a group.
#[derive(Serialize)]
pub(super) struct Resource<'r> {
    kind: &'static str,
    text: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    facts: BTreeMap<&'static str, Fact<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<&'r str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Fact<'r> {
    Number(i64),
    Text(&'r str),
}

impl<'r> Resource<'r> {
    fn of(resource: &'r report::Resource) -> Resource<'r> {
        let facts = resource.facts.iter().map(|(name, fact)| {
            let fact = match fact {
                report::Fact::Number(number) => Fact::Number(*number),
                report::Fact::Text(text) => Fact::Text(text),
            };
            (*name, fact)
        });
        Resource {
            kind: resource.kind,
            text: resource.text,
            facts: facts.collect(),
            peer: resource.peer.as_deref(),
        }
    }
}

/// An item of `groups`.
#[derive(Serialize)]
pub(super) struct Group<'r> {
    state: &'r str,
    count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    idle: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<Resource<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    work: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    has: &'r [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    frame: Option<Place<'r>>,
    goroutines: Vec<u64>,
}

impl<'r> Group<'r> {
    pub(super) fn of(index: &Index<'r>, group: &'r report::Group) -> Group<'r> {
        Group {
            state: &group.state,
            count: group.goroutines.len(),
            idle: group.idle,
            resource: group.resource.as_ref().map(Resource::of),
            work: group.work.map(words::work),
            has: &group.has,
            frame: users(index, group).map(Place::of),
            goroutines: index.numbers(&group.goroutines),
        }
    }
}

/// The call that is the program's own; all of a group's goroutines have it.
fn users<'r>(index: &Index<'r>, group: &report::Group) -> Option<&'r Call> {
    let (frame, call) = group.users?;
    let goroutine = index.goroutine(*group.goroutines.first()?)?;
    let mut frames = index.report.frames(&goroutine.stack);
    let frame = frames.nth(usize::try_from(frame).ok()?)?;
    frame.site.calls.get(usize::try_from(call).ok()?)
}
