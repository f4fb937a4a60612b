//! What a library's own memory says of a wait: its facts, and who is to answer.

use super::context::is_done_of;
use super::names::canonical;
use super::row::{FactOf, Row, Source};
use super::rows::BEGUN;
use crate::diagnose::Ground;
use crate::diagnose::selects::sole_case;
use crate::diagnose::surroundings::Surroundings;
use crate::report::{Channel, Fact, Frame, Goroutine, Kind, Report, Resource};
use gopeek_layout::Addr;
use gopeek_layout::types::{Kind as TypeKind, Place, Receiver, Types};
use std::sync::Arc;

/// Maximum length of a text that is kept, in characters.
const MAX_TEXT: usize = 128;
/// Maximum number of goroutines of a group that are tried, one after the other, until one gives an answer.
const TRIED: usize = 4;

/// Reads the memory of libraries.
pub(in crate::diagnose) struct Reader<'g> {
    /// Nothing of a text dump, of which nothing more can be read.
    types: Option<Types<'g>>,
    surroundings: &'g Surroundings<'g>,
}

impl<'g> Reader<'g> {
    pub(in crate::diagnose) fn new(
        ground: Option<&'g Ground<'g>>,
        surroundings: &'g Surroundings<'g>,
    ) -> Self {
        Reader {
            types: ground.map(|ground| ground.found.type_descriptors(ground.memory)),
            surroundings,
        }
    }

    /// What the goroutines of these indexes wait for, which all are where `row` says.
    pub(in crate::diagnose) fn resource(
        &self,
        report: &Report,
        row: &Row,
        (kind, text): (&'static str, &'static str),
        goroutines: &[u32],
    ) -> Resource {
        let tried = || goroutines.iter().take(TRIED).copied();
        let mut facts: Vec<(&'static str, Fact)> = Vec::new();
        // What it is instead has other facts.
        for fact in row.facts.iter().filter(|_| kind == row.kind) {
            let found = tried().find_map(|index| self.fact(&frames(report, index), fact));
            // Zero is how libraries write that there is no limit.
            let found = found.filter(|found| fact.name != "max" || *found != Fact::Number(0));
            facts.extend(found.map(|found| (fact.name, found)));
        }
        if facts.is_empty() {
            facts = tried()
                .find_map(|index| buffer(report, index))
                .unwrap_or_default();
        }
        let by_row = || {
            row.peer.iter().find_map(|source| {
                tried().find_map(|index| self.peer(&frames(report, index), source))
            })
        };
        let by_reader = || tried().find_map(|index| read_from(report, row.reader, index));
        let peer = by_row()
            .or_else(by_reader)
            .or_else(|| tried().find_map(|index| other_end(report, report.goroutine(index)?)));
        Resource {
            kind,
            text,
            facts,
            peer,
        }
    }

    /// What goroutines wait for that no row of the table is about: a context to end, if that is what it is.
    pub(in crate::diagnose) fn context(&self, report: &Report, index: u32) -> Option<Resource> {
        let case = sole_case(report, report.goroutine(index)?.wait.as_ref())?;
        let object = report.object(case.object)?;
        let Kind::Channel(Channel {
            elem_size: 0,
            cap: 0,
            ..
        }) = object.kind
        else {
            return None;
        };
        let frames = frames(report, index);
        is_done_of(self.types.as_ref()?, &frames, Addr::new(object.addr)).then(|| Resource {
            kind: "context",
            text: "a context to end",
            facts: Vec::new(),
            peer: None,
        })
    }

    /// Whether a goroutine with these frames, which serves a request, has begun to answer it.
    pub(in crate::diagnose) fn has_begun(&self, frames: &[Frame<'_>]) -> bool {
        let Some(types) = &self.types else {
            return false;
        };
        types.look_up(BEGUN.iter().filter_map(|source| Receiver::parse(source.of)));
        BEGUN.iter().any(|source| {
            let place = self.place(frames, source, source.path);
            place.and_then(|place| types.boolean(&place)) == Some(true)
        })
    }

    /// Searches for the types that these rows read, all at once.
    pub(in crate::diagnose) fn look_up<'r>(&self, rows: impl Iterator<Item = &'r Row>) {
        let sources =
            rows.flat_map(|row| row.facts.iter().map(|fact| &fact.source).chain(row.peer));
        if let Some(types) = &self.types {
            types.look_up(sources.filter_map(|source| Receiver::parse(source.of)));
        }
    }

    /// The value at a source, by the frames of a goroutine, innermost first.
    fn place(&self, frames: &[Frame<'_>], source: &Source, path: &str) -> Option<Place> {
        let types = self.types.as_ref()?;
        frames.iter().find_map(|frame| {
            let call = frame.site.calls.last()?;
            let name = canonical(&call.function);
            // A closure's first word is not the receiver, and that of generic code is a dictionary.
            let method = name.strip_prefix(source.function);
            let is_method = |rest: &str| rest.strip_prefix('.').is_some_and(|it| !it.contains('.'));
            let is_it = method.is_some_and(|rest| rest.is_empty() || is_method(rest))
                && !call.function.contains('[');
            let at = Addr::new(*frame.words.filter(|_| is_it)?.get(source.word)?);
            // Of several spellings of a package, the one on the stack.
            let spelled = if source.word == 0 && source.function == source.of {
                &*call.function
            } else {
                source.of
            };
            let kind = types.of_receiver(spelled)?;
            types.read_path(at, &kind, path).ok()
        })
    }

    fn number(&self, frames: &[Frame<'_>], source: &Source, path: &str) -> Option<i64> {
        let types = self.types.as_ref()?;
        match path.strip_suffix(".len") {
            Some(list) => i64::try_from(types.len(&self.place(frames, source, list)?)?).ok(),
            None => types.integer(&self.place(frames, source, path)?),
        }
    }

    fn fact(&self, frames: &[Frame<'_>], fact: &FactOf) -> Option<Fact> {
        let whole = self.number(frames, &fact.source, fact.source.path)?;
        let less = match fact.less {
            "" => 0,
            path => self.number(frames, &fact.source, path)?,
        };
        whole.checked_sub(less).map(Fact::Number)
    }

    /// An address, as a text, or as that of a socket.
    fn peer(&self, frames: &[Frame<'_>], source: &Source) -> Option<Arc<str>> {
        let types = self.types.as_ref()?;
        let place = self.place(frames, source, source.path)?;
        if place.kind.kind == TypeKind::String {
            let text: String = types.text(&place)?.chars().take(MAX_TEXT).collect();
            return (!text.is_empty()).then(|| Arc::from(text));
        }
        let fd = u64::try_from(types.integer(&place)?).ok()?;
        self.surroundings.file(fd).socket?.remote
    }
}

fn frames(report: &Report, index: u32) -> Vec<Frame<'_>> {
    let goroutine = report.goroutine(index);
    goroutine.map_or_else(Vec::new, |goroutine| {
        report.frames(&goroutine.stack).collect()
    })
}

/// What a goroutine waits at, where there is one such object.
fn kind(report: &Report, index: u32) -> Option<&Kind> {
    let case = sole_case(report, report.goroutine(index)?.wait.as_ref())?;
    Some(&report.object(case.object)?.kind)
}

/// How full the channel is by whose elements goroutines take turns.
fn buffer(report: &Report, index: u32) -> Option<Vec<(&'static str, Fact)>> {
    let Kind::Channel(channel) = kind(report, index)? else {
        return None;
    };
    let number = |count: u64| Some(Fact::Number(i64::try_from(count).ok()?));
    let (max, in_use) = (number(channel.cap)?, number(channel.len)?);
    (channel.cap > 0).then(|| vec![("max", max), ("in_use", in_use)])
}

/// Whom a goroutine that is in `reader` reads from: an address, or a process such as `pid 4242 (sleep)`.
fn read_from(report: &Report, reader: &str, index: u32) -> Option<Arc<str>> {
    if reader.is_empty() {
        return None;
    }
    let id = report.goroutine(index)?.id;
    let reads = |goroutine: &&Goroutine| {
        report.frames(&goroutine.stack).any(|frame| {
            let call = frame.site.calls.last();
            call.is_some_and(|call| canonical(&call.function).starts_with(reader))
        })
    };
    let readers = || report.goroutines.iter().filter(reads);
    // Before Go 1.21 the runtime does not note who has started a goroutine.
    let is_own = |it: &&Goroutine| it.created_by.as_ref().is_some_and(|by| by.goroutine == id);
    let reader = readers().find(is_own).or_else(|| readers().next())?;
    other_end(report, reader)
}

/// Who is at the other end of what a goroutine waits at.
pub(in crate::diagnose) fn other_end(report: &Report, goroutine: &Goroutine) -> Option<Arc<str>> {
    let case = sole_case(report, goroutine.wait.as_ref())?;
    let Kind::File(file) = &report.object(case.object)?.kind else {
        return None;
    };
    let address = file
        .socket
        .as_ref()
        .and_then(|socket| socket.remote.clone());
    let process = || {
        let other = file
            .peers
            .iter()
            .find(|peer| peer.pid != report.target.pid)?;
        Some(Arc::from(format!("pid {} ({})", other.pid, other.name)))
    };
    address.or_else(process)
}
