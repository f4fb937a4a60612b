//! Which layouts are tried, and in which order.

use crate::gofile::{go_file, with};
use gopeek_layout::arch::Arch;
use gopeek_layout::choose::{LayoutFrom, candidates};
use gopeek_layout::image::Image;
use gopeek_layout::tables;
use gopeek_layout::testing::elf::AMD64;
use gopeek_layout::version::GoVersion;

/// The first layouts that are tried for a version, by minor and patches; nothing for a table of that very release.
fn tried(file: &[u8], version: &str) -> Vec<Option<(u16, (u16, u16))>> {
    let image = Image::parse(file).unwrap();
    let version = GoVersion::read(version);
    let from = candidates(&version, &image).map(|layout| match layout.from {
        LayoutFrom::Nearest { minor, patches } => Some((minor, patches)),
        LayoutFrom::Release | LayoutFrom::Dwarf => None,
    });
    from.take(3).collect()
}

#[test]
fn a_suffix_leads_to_the_table_of_the_release() {
    let file = go_file(AMD64).build();
    for version in ["go1.23.8", "go1.23.8-1-microsoft", "go1.23.8 (Red Hat)"] {
        assert_eq!(tried(&file, version)[0], None, "{version}");
    }
}

#[test]
fn a_number_in_another_spelling_is_a_guess_that_begins_there() {
    let file = go_file(AMD64).build();
    for patch in [0_u16, 8, 12] {
        let first = tried(&file, &format!("v1.23.{patch}-corp"))[0];
        let (minor, (from, to)) = first.expect("no table of a release");
        assert_eq!(minor, 23);
        assert!((from..=to).contains(&patch), "{patch} in {from} to {to}");
    }
}

#[test]
fn a_program_without_a_number_is_known_by_its_texts() {
    for minor in 19..=27 {
        let table = tables::all().find(|table| (table.minor, table.arch) == (minor, Arch::Amd64));
        let reasons = &table.expect("a table").enums.wait_reasons;
        // As in a PIE: the addresses are not there yet.
        let strings = reasons.iter().flat_map(|text| [0, text.len() as u64]);
        let array: Vec<u8> = strings.flat_map(u64::to_le_bytes).collect();
        let file = with(&array, &[]);
        let (first, _) = tried(&file, "unknown")[0].expect("no table of a release");
        let found = tables::all().find(|table| (table.minor, table.arch) == (first, Arch::Amd64));
        let found = &found.expect("a table").enums.wait_reasons;
        assert_eq!(found, reasons, "1.{minor} was taken for 1.{first}");
    }
}
