//! Any bytes where a file is expected: never a panic, always an end.

use crate::gofile::go_file;
use gopeek_layout::Addr;
use gopeek_layout::buildinfo::BuildInfo;
use gopeek_layout::choose::candidates;
use gopeek_layout::dwarf::DwarfTypes;
use gopeek_layout::image::Image;
use gopeek_layout::moduledata::find_moduledata;
use gopeek_layout::pcheader::PcHeader;
use gopeek_layout::testing::elf::{AMD64, ARM64};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_oneof, proptest};
use proptest::sample::Index;
use proptest::test_runner::{Config, TestCaseError};

/// Everything that is asked of a file before a target is looked at.
fn read_all(file: &[u8]) -> Result<(), TestCaseError> {
    let _ = DwarfTypes::read(file, |_| true);
    let Ok(image) = Image::parse(file) else {
        return Ok(());
    };
    for segment in image.segments() {
        prop_assert!(segment.bytes.len() <= file.len());
        let _ = image.bias(segment.start, segment.file_offset);
        let _ = image.bias(Addr::new(u64::MAX), segment.file_offset);
        let _ = image.bytes(segment.start, segment.mem_len);
    }
    for name in [".gopclntab", ".go.module", ".symtab"] {
        let _ = image.section(name);
    }
    let _ = image.symbols(["runtime.allgs", ""]);
    let _ = (image.is_stripped(), PcHeader::is_too_old(&image));
    for header in PcHeader::find_all(&image) {
        prop_assert!(image.bytes(header.at, 72).is_some());
        if let Some((at, _)) = find_moduledata(&image, &header) {
            prop_assert!(image.bytes(at, 152).is_some());
        }
    }
    if let Some(info) = BuildInfo::find(&image) {
        prop_assert!(candidates(&info.go, &image).next().is_some());
    }
    Ok(())
}

/// A good file, with everything in it that there can be.
fn good_file() -> impl Strategy<Value = Vec<u8>> {
    let file = |machine| {
        go_file(machine)
            .section(".gopclntab", crate::gofile::RODATA, 0x100)
            .section(".go.module", crate::gofile::MODULEDATA, 0x240)
            .section(".go.buildinfo", crate::gofile::DATA, 0x100)
            .section(".debug_info", 0, 0x80)
            .section(".debug_abbrev", 0, 0x80)
            .symbol("runtime.allgs", crate::gofile::DATA, 24)
            .build()
    };
    prop_oneof![Just(file(AMD64)), Just(file(ARM64))]
}

/// Numbers that foreign numbers go wrong by.
fn odd_number() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        Just(0),
        Just(u64::MAX),
        Just(1 << 63),
        (0u32..64).prop_map(|bit| (1 << bit) - 1),
        0u64..0x1000,
    ]
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_bytes(file in vec(any::<u8>(), 0..512)) {
        read_all(&file)?;
    }

    #[test]
    fn any_bytes_behind_the_front_of_a_file(tail in vec(any::<u8>(), 0..512)) {
        let mut file = go_file(AMD64).build()[..20].to_vec();
        file.extend(tail);
        read_all(&file)?;
    }

    #[test]
    fn a_good_file_with_bits_flipped(
        mut file in good_file(),
        flips in vec((any::<Index>(), 0u8..8), 1..16),
    ) {
        for (at, bit) in flips {
            let at = at.index(file.len());
            file[at] ^= 1 << bit;
        }
        read_all(&file)?;
    }

    #[test]
    fn a_good_file_with_odd_numbers_in_it(
        mut file in good_file(),
        numbers in vec((any::<Index>(), odd_number()), 1..8),
    ) {
        for (at, number) in numbers {
            let at = at.index(file.len() / 8) * 8;
            file[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
        read_all(&file)?;
    }

    #[test]
    fn a_good_file_with_odd_numbers_in_its_headers(
        mut file in good_file(),
        numbers in vec((0usize..29, odd_number()), 1..4),
    ) {
        for (at, number) in numbers {
            file[at * 8..at * 8 + 8].copy_from_slice(&number.to_le_bytes());
        }
        // Still an ELF file, so that more than the first byte is looked at.
        file[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        read_all(&file)?;
    }

    #[test]
    fn a_good_file_cut_off(file in good_file(), len: Index) {
        read_all(&file[..len.index(file.len())])?;
    }
}

#[test]
fn the_good_files_are_good() {
    for machine in [AMD64, ARM64] {
        let file = go_file(machine).build();
        let image = Image::parse(&file).unwrap();
        let header = PcHeader::find_all(&image).next().expect("a header");
        assert!(find_moduledata(&image, &header).is_some());
        assert!(BuildInfo::find(&image).is_some());
    }
}
