//! Structs by DWARF that is made by hand.

use gopeek_layout::dwarf::{DwarfError, DwarfTypes};
use gopeek_layout::fields::{Member, Members};
use gopeek_layout::section::SectionError;
use gopeek_layout::testing::elf::{AMD64, EXECUTE, Elf, READ};

/// Abbreviations: 1 is a unit; 2 a struct, with name and size; 3 its member, with name, type and place.
const ABBREVIATIONS: &[u8] = &[
    1, 0x11, 1, 0, 0, //
    2, 0x13, 1, 0x03, 0x08, 0x0b, 0x0b, 0, 0, //
    3, 0x0d, 0, 0x03, 0x08, 0x49, 0x13, 0x38, 0x0b, 0, 0, //
    0,
];
/// Where the struct is: behind the unit's header (version 4, 11 bytes) and its entry.
const STRUCT: u32 = 12;

/// A file with one struct, which is the type of each of its members, too.
fn file(name: &str, members: &[&str]) -> Vec<u8> {
    let mut unit = vec![4, 0, 0, 0, 0, 0, 8, 1, 2];
    unit.extend(name.bytes().chain([0, 24]));
    for member in members {
        unit.push(3);
        unit.extend(member.bytes().chain([0]));
        unit.extend(STRUCT.to_le_bytes());
        unit.push(8);
    }
    unit.extend([0, 0]);
    let mut info = u32::try_from(unit.len()).unwrap().to_le_bytes().to_vec();
    info.extend(unit);
    Elf::new(AMD64)
        .load(0x40_1000, READ | EXECUTE, b"code")
        .holding(".debug_abbrev", ABBREVIATIONS)
        .holding(".debug_info", &info)
        .build()
}

fn types(name: &str, members: &[&str]) -> DwarfTypes {
    DwarfTypes::read(&file(name, members), |_| true).expect("a struct")
}

#[test]
fn members_of_members_are_paths() {
    let types = types("runtime.g", &["a", "b"]);
    assert_eq!(types.size("runtime.g"), Some(24));
    let at = |offset| Some(Member { offset, size: 24 });
    assert_eq!(types.member("runtime.g", "b"), at(8));
    assert_eq!(types.member("runtime.g", "b.a.b"), at(24));
    assert_eq!(types.member("runtime.g", "b.c"), None);
}

#[test]
fn a_struct_that_is_in_itself_again_and_again_comes_to_an_end() {
    // A hundred, five levels deep, are 10 billion.
    for members in [vec!["a"; 100], [vec!["a"; 99], vec!["b"]].concat()] {
        assert_eq!(types("runtime.g", &members).size("runtime.g"), Some(24));
    }
}

#[test]
fn a_name_that_no_member_has_is_none() {
    // Each member within would have it in its path.
    let long = "a".repeat(100_000);
    let types = types("runtime.g", &[&long, "b"]);
    assert!(types.member("runtime.g", &long).is_none());
    assert!(types.member("runtime.g", "b.b").is_some());
}

#[test]
fn a_section_that_says_it_is_larger_than_compression_makes_it_lies() {
    // The length is in big endian: 16 MiB, of ten bytes.
    let lying = Elf::new(AMD64)
        .load(0x40_1000, READ | EXECUTE, b"code")
        .holding(".zdebug_info", b"ZLIB\0\0\0\0\x01\0\0\0compressed")
        .build();
    let error = DwarfTypes::read(&lying, |_| true).expect_err("a lie");
    let is_lie = matches!(error, DwarfError::Section(SectionError::Compression));
    assert!(is_lie, "{error}");
}

#[test]
fn sections_that_would_take_gigabytes_are_not_unpacked() {
    // 2 GiB of 3 MiB: compression may come to that.
    let mut bomb = b"ZLIB\0\0\0\0\x80\0\0\0".to_vec();
    bomb.resize(3 << 20, 0);
    let file = Elf::new(AMD64)
        .load(0x40_1000, READ | EXECUTE, b"code")
        .holding(".zdebug_info", &bomb)
        .build();
    let error = DwarfTypes::read(&file, |_| true).expect_err("too much");
    let is_too_much = matches!(error, DwarfError::Section(SectionError::TooMuch));
    assert!(is_too_much, "{error}");
}
