//! The part of gopeek's JSON that outages are judged by.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A report.
#[derive(Deserialize, Debug)]
pub(super) struct Said {
    pub(super) findings: Vec<Finding>,
    #[serde(default)]
    pub(super) objects: Vec<Object>,
}

/// What is wrong; the worst comes first.
#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(super) struct Finding {
    pub(super) what: String,
    pub(super) weight: String,
    pub(super) text: String,
    pub(super) culprits: Vec<u64>,
    pub(super) objects: Vec<u64>,
    pub(super) held_up: u64,
    pub(super) place: Option<Place>,
    pub(super) resource: Option<Resource>,
}

/// Where in the program's own code its goroutines are stuck.
#[derive(Deserialize, Debug)]
pub(super) struct Place {
    #[serde(default)]
    pub(super) func: String,
}

/// What they wait for.
#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(super) struct Resource {
    pub(super) kind: String,
    pub(super) facts: BTreeMap<String, Value>,
    pub(super) peer: Option<String>,
}

/// What goroutines wait at.
#[derive(Deserialize, Debug)]
pub(super) struct Object {
    pub(super) index: u64,
    #[serde(default)]
    pub(super) suspects: Vec<Suspect>,
}

/// Who may hold an object.
#[derive(Deserialize, Debug)]
pub(super) struct Suspect {
    pub(super) goroutine: u64,
    pub(super) grade: String,
    #[serde(default)]
    pub(super) evidence: Vec<Evidence>,
}

/// What speaks for that.
#[derive(Deserialize, Debug)]
pub(super) struct Evidence {
    pub(super) kind: String,
}

impl Suspect {
    /// Whether the report says that this goroutine holds the object, rather than that it may, or is the next to.
    pub(super) fn is_said_to_hold(&self) -> bool {
        let next = |it: &Evidence| it.kind == "next_writer";
        let is_next_only = !self.evidence.is_empty() && self.evidence.iter().all(next);
        self.grade != "possible" && !is_next_only
    }
}

impl Said {
    /// Suspects of the objects that a finding is about.
    pub(super) fn suspects<'s>(
        &'s self,
        finding: &'s Finding,
    ) -> impl Iterator<Item = &'s Suspect> {
        let objects = self.objects.iter();
        let about = objects.filter(|object| finding.objects.contains(&object.index));
        about.flat_map(|object| &object.suspects)
    }
}
