//! What is in each of the kernel's notes: threads, process, signal, auxiliary vector, mapped files.
//!
//! The structures are those of 64 bits, which x86-64 and arm64 share but for the registers (linux/elfcore.h).

use super::elf::word;
use super::parts::{CoreThread, FileMapping, ProcessNote, Signal};
use gopeek_layout::arch::Arch;
use gopeek_layout::registers::Registers;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// `struct elf_prstatus`: `pr_cursig`, `pr_pid`, `pr_reg`; behind it, `pr_fpvalid` and padding.
const CURSIG_AT: usize = 12;
const TID_AT: usize = 32;
const REGISTERS_AT: usize = 112;
const BEHIND_REGISTERS: usize = 8;
/// `struct elf_prpsinfo`: `pr_uid`, `pr_gid`, `pr_pid`, `pr_ppid`, `pr_fname`, `pr_psargs`.
const UID_AT: usize = 16;
const GID_AT: usize = 20;
const PID_AT: usize = 24;
const PARENT_AT: usize = 28;
const NAME_AT: usize = 40;
const COMMAND_AT: usize = 56;
const PROCESS_LEN: usize = 136;
/// `siginfo_t`: `si_signo`, `si_code`, `si_addr`.
const CODE_AT: usize = 8;
const ADDRESS_AT: usize = 16;
const SIGINFO_LEN: usize = 128;
/// Signals that are about an address when the kernel itself sends them: SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV.
const ABOUT_ADDRESS: [i32; 5] = [4, 5, 7, 8, 11];
/// Bytes of a mapping in `NT_FILE`, before the paths: start, end, offset.
const MAPPING_LEN: usize = 24;
/// Every page is of a multiple of so many bytes.
const PAGE: u64 = 4096;

pub(super) fn decode_thread(arch: Arch, bytes: &[u8]) -> Option<CoreThread> {
    Some(CoreThread {
        tid: signed(bytes, TID_AT)?,
        registers: Registers::decode(arch, bytes.get(REGISTERS_AT..)?)?,
        signal: word::<u16>(bytes, CURSIG_AT)?.cast_signed().into(),
    })
}

pub(super) fn encode_thread(thread: &CoreThread, process: Option<&ProcessNote>) -> Vec<u8> {
    let mut bytes = vec![0; REGISTERS_AT];
    put(&mut bytes, 0, &thread.signal.to_le_bytes());
    let short = i16::try_from(thread.signal).unwrap_or(0);
    put(&mut bytes, CURSIG_AT, &short.to_le_bytes());
    let parent = process.map_or(0, |process| process.parent);
    let numbers = [thread.tid, parent].map(i32::to_le_bytes);
    put(&mut bytes, TID_AT, numbers.as_flattened());
    bytes.extend(thread.registers.encode());
    bytes.extend([0; BEHIND_REGISTERS]);
    bytes
}

pub(super) fn decode_process(bytes: &[u8]) -> Option<ProcessNote> {
    let text = |from, to| {
        let bytes: &[u8] = bytes.get(from..to)?;
        let text = bytes.split(|byte| *byte == 0).next()?;
        Some(String::from_utf8_lossy(text).trim_end().to_owned())
    };
    Some(ProcessNote {
        pid: signed(bytes, PID_AT)?,
        parent: signed(bytes, PARENT_AT)?,
        uid: word(bytes, UID_AT)?,
        gid: word(bytes, GID_AT)?,
        name: text(NAME_AT, COMMAND_AT)?,
        command: text(COMMAND_AT, PROCESS_LEN)?,
    })
}

pub(super) fn encode_process(process: &ProcessNote) -> Vec<u8> {
    let mut bytes = vec![0; PROCESS_LEN];
    put(&mut bytes, 1, b"S");
    put(&mut bytes, UID_AT, &process.uid.to_le_bytes());
    put(&mut bytes, GID_AT, &process.gid.to_le_bytes());
    let numbers = [process.pid, process.parent].map(i32::to_le_bytes);
    put(&mut bytes, PID_AT, numbers.as_flattened());
    for (at, end, text) in [
        (NAME_AT, COMMAND_AT, &process.name),
        (COMMAND_AT, PROCESS_LEN, &process.command),
    ] {
        // The last byte stays 0.
        let room = end - at - 1;
        let text = text.as_bytes();
        put(&mut bytes, at, text.get(..room).unwrap_or(text));
    }
    bytes
}

pub(super) fn decode_signal(bytes: &[u8]) -> Option<Signal> {
    let (number, code) = (signed(bytes, 0)?, signed(bytes, CODE_AT)?);
    // A code above 0 is the kernel's; others come with who sent it in that place.
    let has_address = code > 0 && ABOUT_ADDRESS.contains(&number);
    Some(Signal {
        number,
        code,
        address: word(bytes, ADDRESS_AT).filter(|_| has_address),
    })
}

pub(super) fn encode_signal(signal: &Signal) -> Vec<u8> {
    let mut bytes = vec![0; SIGINFO_LEN];
    put(&mut bytes, 0, &signal.number.to_le_bytes());
    put(&mut bytes, CODE_AT, &signal.code.to_le_bytes());
    if let Some(address) = signal.address {
        put(&mut bytes, ADDRESS_AT, &address.get().to_le_bytes());
    }
    bytes
}

/// The auxiliary vector without its end.
pub(super) fn decode_auxv(bytes: &[u8]) -> Vec<(u64, u64)> {
    let pairs = bytes.chunks_exact(16);
    let pairs = pairs.map_while(|pair| Some((word(pair, 0)?, word(pair, 8)?)));
    pairs.take_while(|(kind, _)| *kind != 0).collect()
}

pub(super) fn encode_auxv(auxv: &[(u64, u64)]) -> Vec<u8> {
    let all = auxv.iter().chain([&(0, 0)]);
    all.flat_map(|(kind, value)| [*kind, *value])
        .flat_map(u64::to_le_bytes)
        .collect()
}

/// The mapped files, and whether that is all of them.
pub(super) fn decode_mappings(bytes: &[u8]) -> (Vec<FileMapping>, bool) {
    let Some((count, page)) = word::<u64>(bytes, 0).zip(word::<u64>(bytes, 8)) else {
        return (Vec::new(), false);
    };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let rest = bytes.get(16..).unwrap_or_default();
    let paths_at = count.saturating_mul(MAPPING_LEN).min(rest.len());
    let (mappings, paths) = rest.split_at(paths_at);
    let paths = paths.split_inclusive(|byte| *byte == 0);
    let decode = |(mapping, path): (&[u8], &[u8])| {
        Some(FileMapping {
            start: word(mapping, 0)?,
            end: word(mapping, 8)?,
            offset: word::<u64>(mapping, 16)?.checked_mul(page)?,
            path: OsStr::from_bytes(path.strip_suffix(&[0])?).into(),
        })
    };
    let mappings = mappings.chunks_exact(MAPPING_LEN).zip(paths);
    let mappings: Vec<FileMapping> = mappings.map_while(decode).collect();
    let all = mappings.len() == count;
    (mappings, all)
}

pub(super) fn encode_mappings(mappings: &[FileMapping]) -> Vec<u8> {
    // Offsets are said in pages, whose size is the writer's to choose.
    let whole = mappings.iter().all(|one| one.offset.is_multiple_of(PAGE));
    let page = if whole { PAGE } else { 1 };
    let mut bytes = Vec::new();
    bytes.extend(u64::try_from(mappings.len()).unwrap_or(0).to_le_bytes());
    bytes.extend(page.to_le_bytes());
    for mapping in mappings {
        let numbers = [
            mapping.start.get(),
            mapping.end.get(),
            mapping.offset / page,
        ];
        bytes.extend(numbers.map(u64::to_le_bytes).as_flattened());
    }
    for mapping in mappings {
        bytes.extend(mapping.path.as_os_str().as_bytes());
        bytes.push(0);
    }
    bytes
}

fn signed(bytes: &[u8], at: usize) -> Option<i32> {
    word::<u32>(bytes, at).map(u32::cast_signed)
}

/// Copies `part` to `at`, where there is room.
fn put(bytes: &mut [u8], at: usize, part: &[u8]) {
    let end = at.saturating_add(part.len());
    if let Some(room) = bytes.get_mut(at..end) {
        room.copy_from_slice(part);
    }
}
