//! ELF files: well-formed, without sections, lying, and cut off.

use gopeek_layout::arch::Arch;
use gopeek_layout::image::{Image, ImageError};
use gopeek_layout::testing::elf::{AMD64, ARM64, DYN, EXECUTE, Elf, READ, WRITE};
use gopeek_layout::{Addr, Span};

const CODE: &[u8] = b"code of the program";
const DATA: &[u8] = b"data";

fn program() -> Elf {
    Elf::new(AMD64)
        .load(0x40_0000, READ | EXECUTE, CODE)
        .load(0x50_0000, READ | WRITE, DATA)
        .zeroed(0x100)
}

fn span(start: u64, len: u64) -> Span {
    Span::new(Addr::new(start), len)
}

#[test]
fn segments_tell_where_they_are_linked_and_what_the_file_holds_of_them() {
    let file = program().build();
    let image = Image::parse(&file).unwrap();
    let segments: Vec<_> = image
        .segments()
        .iter()
        .map(|s| (s.start, s.mem_len, s.bytes, s.writable, s.executable))
        .collect();
    let code_len = CODE.len() as u64;
    let expected = [
        (Addr::new(0x40_0000), code_len, CODE, false, true),
        (Addr::new(0x50_0000), 0x104, DATA, true, false),
    ];
    assert_eq!(segments, expected);
    assert_eq!(image.arch(), Arch::Amd64);
    assert!(!image.is_relocatable());
    let shared = Elf::new(ARM64).kind(DYN).load(0, READ, CODE).build();
    let shared = Image::parse(&shared).unwrap();
    assert_eq!(
        (shared.arch(), shared.is_relocatable()),
        (Arch::Arm64, true)
    );
}

#[test]
fn bytes_are_found_by_linked_address_up_to_where_the_file_ends() {
    let file = program().build();
    let image = Image::parse(&file).unwrap();
    let bytes = |at, len| image.bytes(Addr::new(at), len);
    assert_eq!(bytes(0x40_0008, 3), Some(&b"the"[..]));
    assert_eq!(bytes(0x50_0000, 4), Some(DATA));
    assert_eq!(bytes(0x50_0000, 5), None, "zeroes are not in the file");
    assert_eq!(bytes(0x50_0000, u64::MAX), None);
    assert_eq!(bytes(0x3f_ffff, 1), None, "before");
    assert_eq!(bytes(u64::MAX, 1), None);
    assert_eq!(image.bytes_from(Addr::new(0x50_0003)), Some(&b"a"[..]));
    assert_eq!(image.bytes_from(Addr::new(0x50_0004)), None, "past the end");
}

#[test]
fn a_file_without_section_headers_has_no_sections_and_no_symbols() {
    let file = program().build();
    let image = Image::parse(&file).unwrap();
    assert!(!image.has_sections());
    assert_eq!(image.section(".gopclntab"), None);
    assert_eq!(image.symbols(["runtime.allgs"]), [None]);
    assert!(image.is_stripped());
}

#[test]
fn sections_and_symbols_are_found_by_name() {
    let file = program()
        .section(".text", 0x40_0000, 19)
        .section(".gopclntab", 0x50_0000, 4)
        .symbol("runtime.allgs", 0x50_0010, 24)
        .symbol("runtime.allm", 0x50_0030, 8)
        .build();
    let image = Image::parse(&file).unwrap();
    assert!(image.has_sections());
    assert_eq!(image.section(".gopclntab"), Some(span(0x50_0000, 4)));
    assert_eq!(image.section(".gopcln"), None, "a part of a name");
    let symbols = image.symbols(["runtime.allm", "runtime.allp", "runtime.allgs"]);
    let expected = [Some(span(0x50_0030, 8)), None, Some(span(0x50_0010, 24))];
    assert_eq!(symbols, expected);
    assert!(!image.is_stripped());
}

#[test]
fn a_section_may_lie_about_where_it_is() {
    let file = program()
        .section(".gopclntab", u64::MAX - 3, u64::MAX)
        .section(".go.buildinfo", 0x1234, 1 << 60)
        .build();
    let image = Image::parse(&file).unwrap();
    for name in [".gopclntab", ".go.buildinfo"] {
        let section = image.section(name).expect("its header can be read");
        assert_eq!(image.bytes_from(section.start), None);
        assert_eq!(image.bytes(section.start, section.len), None);
    }
}

/// Offsets into the ELF header.
const E_IDENT_CLASS: usize = 4;
const E_IDENT_DATA: usize = 5;
const E_MACHINE: usize = 18;
const E_PHOFF: usize = 32;
const E_SHOFF: usize = 40;
const E_PHENTSIZE: usize = 54;
const E_PHNUM: usize = 56;
const E_SHNUM: usize = 60;
const E_SHSTRNDX: usize = 62;
/// Offsets into the first program header.
const P_OFFSET: usize = 64 + 8;
const P_FILESZ: usize = 64 + 32;

fn patched(mut file: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    file[at..at + bytes.len()].copy_from_slice(bytes);
    file
}

#[test]
fn other_machines_are_named_by_their_number() {
    for machine in [3u16, 40, 243, 0, u16::MAX] {
        let file = patched(program().build(), E_MACHINE, &machine.to_le_bytes());
        let error = Image::parse(&file).unwrap_err();
        assert_eq!(error, ImageError::Architecture(machine));
    }
}

#[test]
fn other_widths_and_byte_orders_are_called_so() {
    let changed = |bytes: &[(usize, u8)]| {
        let mut file = program().build();
        for (at, value) in bytes {
            file[*at] = *value;
        }
        Image::parse(&file).unwrap_err()
    };
    let i386 = changed(&[(E_IDENT_CLASS, 1), (E_MACHINE, 3)]);
    assert_eq!(i386, ImageError::Bits32(3));
    assert!(i386.to_string().contains("32-bit") && i386.to_string().contains("386"));
    // The machine's number is of the same byte order.
    let s390x = changed(&[(E_IDENT_DATA, 2), (E_MACHINE, 0), (E_MACHINE + 1, 22)]);
    assert_eq!(s390x, ImageError::BigEndian(22));
    assert!(s390x.to_string().contains("s390x"));
}

#[test]
fn broken_headers_are_malformed() {
    for (at, value) in [(0, 0x7e), (E_PHENTSIZE, 55), (E_PHNUM, 0)] {
        let file = patched(program().build(), at, &[value]);
        let error = Image::parse(&file).unwrap_err();
        assert!(matches!(error, ImageError::Malformed(_)), "byte {at}");
    }
}

#[test]
fn program_headers_beyond_the_file_are_malformed() {
    let file = program().build();
    for offset in [file.len() as u64, file.len() as u64 - 55, 1 << 60, u64::MAX] {
        let file = patched(file.clone(), E_PHOFF, &offset.to_le_bytes());
        let error = Image::parse(&file).unwrap_err();
        assert!(matches!(error, ImageError::Malformed(_)), "at {offset:#x}");
    }
}

#[test]
fn section_headers_beyond_the_file_are_as_if_there_were_none() {
    let file = program().section(".text", 0x40_0000, 19).build();
    let lies: [(usize, &[u8]); 4] = [
        (E_SHOFF, &(1u64 << 60).to_le_bytes()),
        (E_SHOFF, &u64::MAX.to_le_bytes()),
        (E_SHNUM, &u16::MAX.to_le_bytes()),
        (E_SHSTRNDX, &77u16.to_le_bytes()),
    ];
    assert!(Image::parse(&file).unwrap().section(".text").is_some());
    for (at, lie) in lies {
        let file = patched(file.clone(), at, lie);
        let image = Image::parse(&file).unwrap();
        assert_eq!(image.section(".text"), None, "byte {at}");
        assert!(!image.has_sections(), "byte {at}");
        assert_eq!(image.segments().len(), 2);
    }
}

#[test]
fn a_segment_reaches_no_further_than_the_file() {
    let file = program().build();
    let rest = file.len() - usize::try_from(program().offset(0)).unwrap();
    for len in [0x1000, 1 << 40, u64::MAX] {
        let file = patched(file.clone(), P_FILESZ, &u64::to_le_bytes(len));
        let image = Image::parse(&file).unwrap();
        assert_eq!(image.segments()[0].bytes.len(), rest, "{len:#x} claimed");
    }
    for offset in [file.len() as u64, 1 << 40, u64::MAX] {
        let file = patched(file.clone(), P_OFFSET, &offset.to_le_bytes());
        let image = Image::parse(&file).unwrap();
        assert_eq!(image.segments()[0].bytes, b"", "at {offset:#x}");
    }
}

#[test]
fn a_file_cut_anywhere_is_malformed_or_has_less_in_it() {
    let whole = program()
        .section(".text", 0x40_0000, 19)
        .symbol("runtime.allgs", 0x50_0010, 24)
        .build();
    let headers = 64 + 2 * 56;
    for len in 0..whole.len() {
        let cut = &whole[..len];
        match Image::parse(cut) {
            Err(error) => {
                assert!(matches!(error, ImageError::Malformed(_)), "{len} bytes");
                assert!(len < headers, "{len} bytes");
            }
            Ok(image) => {
                assert!(len >= headers, "{len} bytes");
                assert_eq!(image.section(".text"), None, "they come last");
                assert_eq!(image.symbols(["runtime.allgs"]), [None]);
                let held = image.segments().iter().map(|s| s.bytes.len());
                assert!(held.sum::<usize>() <= len - headers);
            }
        }
    }
}

/// Two segments, each on pages of its own, linked a megabyte apart.
fn paged() -> Elf {
    Elf::new(AMD64)
        .kind(DYN)
        .align(0x1000)
        .load(0x1000, READ | EXECUTE, &[1; 0x1800])
        .load(0x10_1000, READ | WRITE, &[2; 0x10])
}

#[test]
fn the_bias_is_how_far_from_its_link_address_a_segment_was_mapped() {
    let elf = paged();
    let (code, data) = (elf.offset(0), elf.offset(1));
    let file = elf.build();
    let image = Image::parse(&file).unwrap();
    let bias = |start, offset| image.bias(Addr::new(start), offset);
    assert_eq!(bias(0x5555_0000_1000, code), Some(0x5555_0000_0000));
    assert_eq!(
        bias(0x5555_0000_2000, code + 0x1000),
        Some(0x5555_0000_0000),
        "its second page, mapped apart"
    );
    assert_eq!(bias(0x5555_0010_1000, data), Some(0x5555_0000_0000));
    assert_eq!(bias(0x1000, code), Some(0), "as linked");
    assert_eq!(bias(0xfff, code), None, "below its link address");
    assert_eq!(bias(0x5555_0000_0000, data + 0x1000), None, "of no segment");
    assert_eq!(bias(0x5555_0000_0000, u64::MAX), None);
}

#[test]
fn a_segment_that_begins_within_a_page_is_mapped_from_the_page_on() {
    let elf = Elf::new(AMD64).kind(DYN).load(0x40_1080, READ, &[1; 0x100]);
    assert_eq!(elf.offset(0), 0x80);
    let file = elf.build();
    let image = Image::parse(&file).unwrap();
    let bias = image.bias(Addr::new(0x7000_0040_1000), 0);
    assert_eq!(bias, Some(0x7000_0000_0000));
}

#[test]
fn of_two_segments_on_one_page_of_the_file_each_is_found_by_the_page_it_begins_in() {
    // As lld links: the second segment goes on in the file where the first one ends, a page further up in memory,
    // so that page 0x1000 of the file is mapped twice.
    let front = 64 + 2 * 56;
    let elf = Elf::new(AMD64)
        .kind(DYN)
        .load(front, READ, &[1; 0x1100])
        .load(0x2000 + front + 0x1100, READ | EXECUTE, &[1; 0x100]);
    assert_eq!((elf.offset(0), elf.offset(1)), (front, front + 0x1100));
    let file = elf.build();
    let image = Image::parse(&file).unwrap();
    let bias = |start, offset| image.bias(Addr::new(start), offset);
    assert_eq!(bias(0x7000_0000_0000, 0), Some(0x7000_0000_0000));
    assert_eq!(bias(0x7000_0000_3000, 0x1000), Some(0x7000_0000_0000));
}

#[test]
fn of_segments_that_lie_on_each_other_the_one_that_has_the_bytes_counts() {
    let file = Elf::new(AMD64)
        .load(0x1000, READ, b"short")
        .load(0xff0, READ, &[7; 0x40])
        .build();
    let image = Image::parse(&file).unwrap();
    let bytes = |len| image.bytes(Addr::new(0x1000), len);
    assert_eq!(bytes(5), Some(&b"short"[..]));
    assert_eq!(bytes(6), Some(&[7; 6][..]));
    assert_eq!(bytes(0x31), None);
}
