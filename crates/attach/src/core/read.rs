//! A core's bytes, read: its memory where it lies, its notes as data, and what is wrong with it.

use super::Core;
use super::elf::{PT_LOAD, PT_NOTE, ProgramHeader};
use super::error::{CoreError, CoreProblem};
use super::headers::Front;
use super::notes::{
    NT_AUXV, NT_FILE, NT_PRPSINFO, NT_PRSTATUS, NT_SIGINFO, Note, Notes, OWN_KIND, OWN_NAME,
};
use super::overlap::{Placed, apart};
use super::parts::Signal;
use super::status::{decode_auxv, decode_mappings, decode_process, decode_signal, decode_thread};
use crate::backing::Backing;
use crate::snapshot::Snapshot;
use gopeek_layout::arch::Arch;
use gopeek_layout::{Addr, Span};
use std::ops::Range;

/// Reads a core that is not packed. `problems` are those of getting it.
pub(super) fn read(bytes: Backing, problems: Vec<CoreProblem>) -> Result<Core, CoreError> {
    let front = Front::read(bytes.first())?;
    let programs = front.programs(bytes.first())?;
    let mut core = Core::nothing(front.arch, problems);
    if programs.cut_off {
        let known = CoreProblem::HeadersCutOff(programs.headers.len());
        core.problems.push(known);
    }
    core.read_notes(bytes.first(), &programs.headers);
    core.read_memory(bytes, &programs.headers);
    if core.threads.is_empty() && core.memory.is_empty() {
        let lacks = |problem: &CoreProblem| {
            matches!(problem, CoreProblem::CutOff(_) | CoreProblem::NotesCutOff)
        };
        let is_cut_off = core.problems.iter().any(lacks);
        return Err(if is_cut_off {
            CoreError::CutOff
        } else {
            CoreError::Empty
        });
    }
    Ok(core)
}

/// The part of a file of `len` bytes that a header means, as far as it is there.
fn range(header: &ProgramHeader, len: usize) -> Range<usize> {
    let within = |at| usize::try_from(at).map_or(len, |at| at.min(len));
    within(header.offset)..within(header.file_end())
}

impl Core {
    fn nothing(arch: Arch, problems: Vec<CoreProblem>) -> Core {
        Core {
            arch,
            memory: Snapshot::default(),
            threads: Vec::new(),
            process: None,
            signal: None,
            auxv: Vec::new(),
            mappings: Vec::new(),
            own: None,
            problems,
        }
    }

    fn read_memory(&mut self, bytes: Backing, headers: &[ProgramHeader]) {
        let len = bytes.first().len();
        let (mut missing, mut beyond) = (0u64, 0);
        let mut segments = Vec::new();
        for header in headers.iter().filter(|header| header.kind == PT_LOAD) {
            let range = range(header, len);
            let held = u64::try_from(range.len()).unwrap_or(u64::MAX);
            missing = missing.saturating_add(header.file_len.saturating_sub(held));
            let span = Span::new(Addr::new(header.start), held);
            if span.end().is_none() {
                beyond += 1;
            } else if held > 0 {
                let offset = range.start;
                segments.push(Placed { span, offset });
            }
        }
        let total = |spans: &mut dyn Iterator<Item = u64>| spans.fold(0, u64::saturating_add);
        let held = total(&mut segments.iter().map(|segment| segment.span.len));
        self.memory = Snapshot::over(bytes);
        for segment in apart(segments) {
            self.memory.add(segment.span, segment.offset);
        }
        self.memory.settle();
        let twice = held.saturating_sub(total(&mut self.memory.spans().map(|span| span.len)));
        let problems = [
            (missing > 0).then_some(CoreProblem::CutOff(missing)),
            (beyond > 0).then_some(CoreProblem::BeyondMemory(beyond)),
            (twice > 0).then_some(CoreProblem::Overlap(twice)),
        ];
        self.problems.extend(problems.into_iter().flatten());
    }

    fn read_notes(&mut self, file: &[u8], headers: &[ProgramHeader]) {
        let notes = headers.iter().filter(|header| header.kind == PT_NOTE);
        // A hostile file's many headers could all mean the same long notes.
        let mut room = file.len();
        let (mut bad, mut twice, mut cut_off) = (0, 0, false);
        for header in notes {
            let range = range(header, file.len());
            cut_off |= u64::try_from(range.len()).is_ok_and(|len| len < header.file_len);
            let Some(left) = room.checked_sub(range.len()) else {
                twice += 1;
                continue;
            };
            room = left;
            let mut notes = Notes::new(file.get(range).unwrap_or_default());
            for note in notes.by_ref() {
                bad += usize::from(self.take(&note).is_none());
            }
            cut_off |= notes.cut_off;
        }
        let first = self.threads.first().map_or(0, |thread| thread.signal);
        self.signal = self.signal.or((first != 0).then_some(Signal {
            number: first,
            code: 0,
            address: None,
        }));
        let problems = [
            cut_off.then_some(CoreProblem::NotesCutOff),
            (bad > 0).then_some(CoreProblem::BadNotes(bad)),
            (twice > 0).then_some(CoreProblem::NotesTwice(twice)),
        ];
        self.problems.extend(problems.into_iter().flatten());
    }

    /// Takes what a note says; nothing where it makes no sense.
    fn take(&mut self, note: &Note<'_>) -> Option<()> {
        if (note.name, note.kind) == (OWN_NAME.as_bytes(), OWN_KIND) {
            self.own.get_or_insert_with(|| note.bytes.to_vec());
        }
        if !note.is_core() {
            return Some(());
        }
        match note.kind {
            NT_PRSTATUS => self.threads.push(decode_thread(self.arch, note.bytes)?),
            NT_PRPSINFO if self.process.is_none() => {
                self.process = Some(decode_process(note.bytes)?);
            }
            // gdb writes one for each thread, behind it.
            NT_SIGINFO if self.threads.len() < 2 && self.signal.is_none() => {
                self.signal = Some(decode_signal(note.bytes)?).filter(|signal| signal.number != 0);
            }
            NT_AUXV if self.auxv.is_empty() => self.auxv = decode_auxv(note.bytes),
            NT_FILE if self.mappings.is_empty() => {
                let (mappings, all) = decode_mappings(note.bytes);
                self.mappings = mappings;
                return all.then_some(());
            }
            _ => {}
        }
        Some(())
    }
}
