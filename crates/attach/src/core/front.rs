//! What lies in front of a core's memory: headers, and notes in the kernel's order, so that debuggers find the thread that is
//! first to be first.
//!
//! It is in front so that of a file that was cut off, what did come can be read.

use super::elf::{
    EM_AARCH64, EM_X86_64, ET_CORE, EXTRA_LEN, EXTRA_SECTIONS, FileHeader, HEADER_LEN, PF_R, PF_W,
    PF_X, PN_XNUM, PROGRAM_LEN, PT_LOAD, PT_NOTE, ProgramHeader, extra_sections,
};
use super::notes::{
    CORE, NT_AUXV, NT_FILE, NT_PRPSINFO, NT_PRSTATUS, NT_SIGINFO, OWN_KIND, OWN_NAME, append,
};
use super::parts::{CoreThread, FileMapping, ProcessNote, Signal};
use super::status::{encode_auxv, encode_mappings, encode_process, encode_signal, encode_thread};
use gopeek_layout::Addr;
use gopeek_layout::arch::Arch;

/// What a core says beside its memory.
#[derive(Copy, Clone, Debug)]
pub struct Contents<'c> {
    /// The machine.
    pub arch: Arch,
    /// The threads; debuggers show the first one.
    pub threads: &'c [CoreThread],
    /// What process it is.
    pub process: Option<&'c ProcessNote>,
    /// The signal of the first thread.
    pub signal: Option<Signal>,
    /// As in [`Core::auxv`](super::Core::auxv).
    pub auxv: &'c [(u64, u64)],
    /// The files that are mapped.
    pub mappings: &'c [FileMapping],
    /// What only gopeek reads; empty for nothing.
    pub own: &'c [u8],
}

/// A part of memory.
#[derive(Copy, Clone, Debug)]
pub struct Segment<'s> {
    /// Where it begins.
    pub start: Addr,
    /// What the file is to hold of it.
    pub bytes: &'s [u8],
    /// Its length in memory, which may be more than that.
    pub mem_len: u64,
    /// Whether it may be written.
    pub writable: bool,
    /// Whether it may be executed.
    pub executable: bool,
}

/// The headers and the notes, but for where the memory lies.
pub(super) struct Front {
    arch: Arch,
    notes: Vec<u8>,
}

impl Front {
    /// Nothing where there is no room in the format: for a note of 4 GiB.
    pub(super) fn of(contents: &Contents<'_>) -> Option<Front> {
        Some(Front {
            arch: contents.arch,
            notes: notes(contents)?,
        })
    }

    /// How long it is with so many segments.
    pub(super) fn len(&self, segments: usize) -> Option<u64> {
        let len = notes_at(segments)?.checked_add(self.notes.len())?;
        u64::try_from(len).ok()
    }

    /// Its bytes. Each segment comes with its offset in the file.
    pub(super) fn bytes(&self, segments: &[ProgramHeader]) -> Option<Vec<u8>> {
        let notes_at = notes_at(segments.len())?;
        let mut bytes = headers(self.arch, notes_at, self.notes.len(), segments)?;
        bytes.extend(&self.notes);
        Some(bytes)
    }
}

/// The header of a segment whose bytes lie at `offset`.
pub(super) fn program(segment: &Segment<'_>, offset: u64) -> Option<ProgramHeader> {
    let file_len = u64::try_from(segment.bytes.len()).ok()?;
    let flag = |is_set, flag| if is_set { flag } else { 0 };
    Some(ProgramHeader {
        kind: PT_LOAD,
        flags: PF_R | flag(segment.writable, PF_W) | flag(segment.executable, PF_X),
        offset,
        start: segment.start.get(),
        file_len,
        mem_len: segment.mem_len.max(file_len),
        align: 1,
    })
}

/// How many headers there are, as the file header says it; nothing where it has no room for that.
fn short(count: usize) -> Option<u16> {
    let short = u16::try_from(count).ok();
    short.filter(|count| *count < PN_XNUM)
}

/// Where so many headers begin.
fn programs_at(count: usize) -> usize {
    let extra = if short(count).is_some() { 0 } else { EXTRA_LEN };
    HEADER_LEN + extra
}

/// Where the notes begin, behind the headers of so many segments and their own.
fn notes_at(segments: usize) -> Option<usize> {
    let count = segments.checked_add(1)?;
    PROGRAM_LEN
        .checked_mul(count)?
        .checked_add(programs_at(count))
}

/// All that lies in front of the notes. The headers are for whoever reads the file from front to back, so that what says
/// how many there are lies among them.
fn headers(
    arch: Arch,
    notes_at: usize,
    notes_len: usize,
    segments: &[ProgramHeader],
) -> Option<Vec<u8>> {
    let count = segments.len().checked_add(1)?;
    let (sections_at, sections) = match short(count) {
        Some(_) => (0, 0),
        None => (HEADER_LEN, EXTRA_SECTIONS),
    };
    let header = FileHeader {
        kind: ET_CORE,
        machine: match arch {
            Arch::Amd64 => EM_X86_64,
            Arch::Arm64 => EM_AARCH64,
        },
        programs_at: u64::try_from(programs_at(count)).ok()?,
        sections_at: u64::try_from(sections_at).ok()?,
        program_len: u16::try_from(PROGRAM_LEN).ok()?,
        programs: short(count).unwrap_or(PN_XNUM),
        sections,
    };
    let mut bytes = Vec::with_capacity(notes_at.checked_add(notes_len)?);
    bytes.extend(header.encode());
    if sections > 0 {
        let count = u32::try_from(count).ok()?;
        bytes.extend(extra_sections(header.sections_at, count));
    }
    let notes = ProgramHeader {
        kind: PT_NOTE,
        offset: u64::try_from(notes_at).ok()?,
        file_len: u64::try_from(notes_len).ok()?,
        align: 4,
        ..ProgramHeader::default()
    };
    bytes.extend(notes.encode());
    for segment in segments {
        bytes.extend(segment.encode());
    }
    Some(bytes)
}

fn notes(contents: &Contents<'_>) -> Option<Vec<u8>> {
    let mut notes = Vec::new();
    let threads = contents.threads.iter();
    let mut threads = threads.map(|thread| encode_thread(thread, contents.process));
    if let Some(first) = threads.next() {
        append(&mut notes, CORE, NT_PRSTATUS, &first)?;
    }
    if let Some(process) = contents.process {
        append(&mut notes, CORE, NT_PRPSINFO, &encode_process(process))?;
    }
    if let Some(signal) = &contents.signal {
        append(&mut notes, CORE, NT_SIGINFO, &encode_signal(signal))?;
    }
    if !contents.auxv.is_empty() {
        append(&mut notes, CORE, NT_AUXV, &encode_auxv(contents.auxv))?;
    }
    if !contents.mappings.is_empty() {
        append(
            &mut notes,
            CORE,
            NT_FILE,
            &encode_mappings(contents.mappings),
        )?;
    }
    // Delve takes a note without bytes for the end of the file.
    if !contents.own.is_empty() {
        append(&mut notes, OWN_NAME, OWN_KIND, contents.own)?;
    }
    for other in threads {
        append(&mut notes, CORE, NT_PRSTATUS, &other)?;
    }
    Some(notes)
}
