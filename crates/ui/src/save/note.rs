//! gopeek's own note in a core: what a report says of a process that has no standard place in one.
//!
//! JSON, described in docs/cores.md. Whoever reads it takes every member for optional, but for the schema.

use crate::diagnose::Peers;
use crate::report::{Syscall, Taken};
use gopeek_attach::cgroup::Cgroup;
use gopeek_attach::descriptors::Descriptors;
use gopeek_attach::foreign::Foreign;
use gopeek_attach::process::Facts;
use gopeek_attach::state::State;
use gopeek_attach::stop::Missed;
use gopeek_attach::threads::Activity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the note is called: the version counts up when a member changes its meaning.
pub(crate) const SCHEMA: &str = "gopeek-core/1";

/// The variables of the environment that the runtime goes by.
pub(crate) const ENVIRONMENT: [&str; 4] = ["GODEBUG", "GOGC", "GOMEMLIMIT", "GOTRACEBACK"];

/// The note.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Note {
    pub(crate) schema: String,
    /// The gopeek that wrote it.
    pub(crate) gopeek: String,
    /// All private memory was saved, not only what a report is made of.
    pub(crate) full: bool,
    /// Bytes of it that could not be looked at again while the target stood still: they are of a moment before.
    pub(crate) unread: u64,
    /// When, in ns since 1970.
    pub(crate) wall_ns: u64,
    /// Likewise, on the clock that the target's `runtime.nanotime` reads.
    pub(crate) monotonic_ns: i64,
    pub(crate) process: ProcessPart,
    /// How it was looked at.
    pub(crate) taken: Taken,
    /// The time was up before everything was copied.
    pub(crate) cut_short: bool,
    /// Threads that did not stand still.
    pub(crate) missed: Vec<MissedPart>,
    /// The addresses of the gs that ran whenever they were looked at: there is no stack of them.
    pub(crate) moved: Vec<u64>,
    pub(crate) threads: Vec<ThreadPart>,
    /// What it has open, and the limits that it is under.
    pub(crate) descriptors: Descriptors,
    /// Who is at the other end of those that a goroutine waited for.
    pub(crate) peers: Peers,
    pub(crate) cgroup: Option<Cgroup>,
    /// Its state, with the control group once more.
    pub(crate) state: Option<State>,
    /// By path, of the files that have no build id: the CRC-32 of all their bytes.
    pub(crate) checksums: BTreeMap<String, u32>,
}

/// A process, from outside.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ProcessPart {
    pub(crate) name: String,
    pub(crate) command: Vec<String>,
    pub(crate) age_ns: Option<u64>,
    pub(crate) environment: BTreeMap<String, String>,
}

/// A thread, from outside.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ThreadPart {
    pub(crate) tid: i32,
    /// Its number in the target's own pid namespace.
    pub(crate) inner_tid: u64,
    pub(crate) name: Option<String>,
    pub(crate) state: Option<char>,
    pub(crate) wait_channel: Option<String>,
    pub(crate) syscall: Option<Syscall>,
    /// Of the registers that the core has, only the place is known.
    pub(crate) only_place: bool,
}

/// A thread that did not stand still.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct MissedPart {
    pub(crate) tid: i32,
    pub(crate) state: char,
    pub(crate) wait_channel: Option<String>,
}

impl Note {
    /// Reads one; nothing of another program's, or of a later kind.
    pub(crate) fn read(bytes: &[u8]) -> Option<Note> {
        let note: Note = serde_json::from_slice(bytes).ok()?;
        (note.schema == SCHEMA).then_some(note)
    }

    /// Its bytes.
    pub(crate) fn write(&self) -> Vec<u8> {
        // Plain data with names for keys: this does not fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// When it was written; nothing where it does not say.
    pub(crate) fn written(&self) -> Option<SystemTime> {
        let since = Some(self.wall_ns).filter(|ns| *ns != 0)?;
        UNIX_EPOCH.checked_add(Duration::from_nanos(since))
    }
}

/// Now, in ns since 1970.
pub(super) fn wall_now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ns = since.map_or(0, |since| since.as_nanos());
    u64::try_from(ns).unwrap_or(u64::MAX)
}

impl ProcessPart {
    pub(super) fn of(facts: &Facts, environment: impl Fn(&str) -> Option<Foreign>) -> ProcessPart {
        let variable = |name: &str| Some((name.to_owned(), environment(name)?.into_raw()));
        ProcessPart {
            name: facts.name.raw().to_owned(),
            command: facts.raw_command(),
            age_ns: facts.age.and_then(|age| u64::try_from(age.as_nanos()).ok()),
            environment: ENVIRONMENT.into_iter().filter_map(variable).collect(),
        }
    }
}

impl ThreadPart {
    /// What it does, where that is known.
    pub(crate) fn activity(&self) -> Option<Activity> {
        Some(Activity {
            name: self.name.clone()?,
            state: self.state?,
            wait_channel: self.wait_channel.clone(),
            blocked: None,
        })
    }
}

impl From<&Missed> for MissedPart {
    fn from(missed: &Missed) -> MissedPart {
        MissedPart {
            tid: missed.tid.as_raw(),
            state: missed.state,
            wait_channel: missed.wait_channel.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Note, SCHEMA, ThreadPart};

    #[test]
    fn a_note_is_read_as_it_was_written_and_another_is_not() {
        let thread = ThreadPart {
            tid: 7,
            state: Some('S'),
            ..ThreadPart::default()
        };
        let note = Note {
            schema: SCHEMA.to_owned(),
            wall_ns: 1_700_000_000_000_000_000,
            threads: vec![thread],
            ..Note::default()
        };
        let read = Note::read(&note.write()).unwrap();
        assert_eq!(format!("{read:?}"), format!("{note:?}"));
        assert!(read.written().is_some());
        let later = Note {
            schema: "gopeek-core/2".to_owned(),
            ..note
        };
        assert!(Note::read(&later.write()).is_none());
        assert!(Note::read(b"{").is_none());
    }
}
