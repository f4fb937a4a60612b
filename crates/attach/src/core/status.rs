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

#[cfg(test)]
mod tests {
    use super::{
        decode_auxv, decode_mappings, decode_process, decode_signal, decode_thread, encode_auxv,
        encode_mappings, encode_process, encode_signal, encode_thread,
    };
    use crate::core::{FileMapping, ProcessNote, Signal};
    use gopeek_layout::Addr;
    use gopeek_layout::arch::Arch;

    /// Bytes of a structure whose other fields are noise: what lies at each offset.
    fn structure(len: usize, fields: &[(usize, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0xee; len];
        for (at, field) in fields {
            bytes[*at..][..field.len()].copy_from_slice(field);
        }
        bytes
    }

    #[test]
    fn a_thread_of_either_machine() {
        // The sizes of struct elf_prstatus, and where pc and sp lie in it.
        for (arch, len, pc_at, sp_at) in [
            (Arch::Amd64, 336, 112 + 8 * 16, 112 + 8 * 19),
            (Arch::Arm64, 392, 112 + 8 * 32, 112 + 8 * 31),
        ] {
            let fields: [(usize, &[u8]); 4] = [
                (12, &[11, 0]),
                (32, &[0x67, 0x12, 0, 0]),
                (pc_at, &[1, 0, 0, 0, 0, 0, 0, 0x40]),
                (sp_at, &[2, 0, 0, 0, 0, 0, 0, 0x50]),
            ];
            let bytes = structure(len, &fields);
            let thread = decode_thread(arch, &bytes).unwrap();
            assert_eq!((thread.tid, thread.signal), (0x1267, 11));
            assert_eq!(thread.registers.pc(), Addr::new(0x4000_0000_0000_0001));
            assert_eq!(thread.registers.sp(), Addr::new(0x5000_0000_0000_0002));
            let encoded = encode_thread(&thread, None);
            assert_eq!(encoded.len(), len);
            assert_eq!(decode_thread(arch, &encoded), Some(thread));
            assert_eq!(decode_thread(arch, &bytes[..len - 9]), None);
        }
    }

    #[test]
    fn a_process_whose_command_line_fills_its_room() {
        let long = "x".repeat(100);
        let fields: [(usize, &[u8]); 4] = [
            (16, &[0xe8, 3, 0, 0, 100, 0, 0, 0]),
            (24, &[7, 0, 0, 0, 1, 0, 0, 0]),
            (40, b"server\0"),
            (56, &long.as_bytes()[..80]),
        ];
        let process = decode_process(&structure(136, &fields)).unwrap();
        let expected = ProcessNote {
            pid: 7,
            parent: 1,
            uid: 1000,
            gid: 100,
            name: "server".to_owned(),
            command: long[..80].to_owned(),
        };
        assert_eq!(process, expected);
        let again = decode_process(&encode_process(&process)).unwrap();
        assert_eq!(again.command, long[..79]);
        assert_eq!(
            ProcessNote {
                command: process.command.clone(),
                ..again
            },
            process
        );
        assert_eq!(decode_process(&[0; 135]), None);
    }

    #[test]
    fn a_signal_has_an_address_where_the_kernel_gives_one() {
        let of = |number: i32, code: i32| {
            let (number, code) = (number.to_le_bytes(), code.to_le_bytes());
            let at = 0x1234u64.to_le_bytes();
            let fields: [(usize, &[u8]); 3] = [(0, &number), (8, &code), (16, &at)];
            decode_signal(&structure(128, &fields)).unwrap()
        };
        let fault = of(11, 1);
        assert_eq!(fault.address, Some(Addr::new(0x1234)));
        assert_eq!(decode_signal(&encode_signal(&fault)), Some(fault));
        // kill -SEGV, and a SIGQUIT by the kernel: what lies there is who sent it.
        assert_eq!(of(11, 0).address, None);
        let quit = of(3, 0x80);
        assert_eq!((quit.number, quit.address), (3, None));
        assert_eq!(decode_signal(&encode_signal(&quit)), Some(quit));
        assert_eq!(decode_signal(&[0; 10]), None::<Signal>);
    }

    #[test]
    fn the_auxiliary_vector_ends_at_its_end() {
        let auxv = [(6, 4096), (9, 0x40_1000)];
        let mut bytes = encode_auxv(&auxv);
        bytes.extend([1; 40]);
        assert_eq!(decode_auxv(&bytes), auxv);
        assert_eq!(decode_auxv(&bytes[..31]), auxv[..1]);
    }

    fn mapping(offset: u64, path: &str) -> FileMapping {
        FileMapping {
            start: Addr::new(0x1000),
            end: Addr::new(0x3000),
            offset,
            path: path.into(),
        }
    }

    #[test]
    fn mapped_files_in_pages_of_any_size() {
        // As a kernel of 64 KiB pages writes it.
        let words = [2u64, 0x1_0000, 0x1000, 0x3000, 3, 0x1000, 0x3000, 0];
        let mut bytes: Vec<u8> = words.into_iter().flat_map(u64::to_le_bytes).collect();
        bytes.extend(b"/bin/a b\0/c\0");
        let expected = vec![mapping(0x3_0000, "/bin/a b"), mapping(0, "/c")];
        assert_eq!(decode_mappings(&bytes), (expected.clone(), true));
        for mappings in [expected, vec![mapping(0x201, "odd")], Vec::new()] {
            let bytes = encode_mappings(&mappings);
            assert_eq!(decode_mappings(&bytes), (mappings, true));
        }
    }

    #[test]
    fn mapped_files_that_are_cut_off_or_lie() {
        let mappings = vec![mapping(0, "/first"), mapping(0x3000, "/second")];
        let bytes = encode_mappings(&mappings);
        let cut = decode_mappings(&bytes[..bytes.len() - 1]);
        assert_eq!(cut, (mappings[..1].to_vec(), false));
        for (at, lie) in [(0, 3), (0, u64::MAX), (8, u64::MAX)] {
            let mut bytes = bytes.clone();
            bytes[at..][..8].copy_from_slice(&lie.to_le_bytes());
            assert!(!decode_mappings(&bytes).1, "{lie} at {at}");
        }
        assert_eq!(decode_mappings(&bytes[..15]), (Vec::new(), false));
    }
}
