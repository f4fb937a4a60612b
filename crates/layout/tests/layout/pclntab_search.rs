//! pclntab and moduledata, found by section and by their bytes, among decoys.

use crate::gofile::{
    DATA, FUNCTIONS, Header, MODULEDATA, RODATA, TEXT, go_file, moduledata, pclntab, with,
};
use gopeek_layout::Addr;
use gopeek_layout::image::Image;
use gopeek_layout::moduledata::find_moduledata;
use gopeek_layout::pcheader::{FoundBy, PcHeader};
use gopeek_layout::testing::elf::{AMD64, ARM64, EXECUTE, Elf, READ, WRITE};

/// Addresses of the headers in `file`, in the order in which they were found.
fn headers(file: &[u8]) -> Vec<u64> {
    let image = Image::parse(file).unwrap();
    let found = PcHeader::find_all(&image);
    found.map(|header| header.at.get()).collect()
}

/// Where the moduledata of the first header is.
fn found_moduledata(file: &[u8]) -> Option<(u64, FoundBy)> {
    let image = Image::parse(file).unwrap();
    let header = PcHeader::find_all(&image).next()?;
    find_moduledata(&image, &header).map(|(at, by)| (at.get(), by))
}

#[test]
fn both_are_found_without_sections_on_both_architectures() {
    for machine in [AMD64, ARM64] {
        let file = go_file(machine).build();
        let image = Image::parse(&file).unwrap();
        let header = PcHeader::find_all(&image).next().expect("a header");
        let expected = PcHeader {
            at: Addr::new(RODATA),
            functions: FUNCTIONS,
            offsets: Header::GOOD.offsets,
            found_by: FoundBy::Bytes,
        };
        assert_eq!(header, expected);
        let moduledata = find_moduledata(&image, &header);
        assert_eq!(moduledata, Some((Addr::new(MODULEDATA), FoundBy::Bytes)));
    }
}

#[test]
fn both_are_found_by_section_where_there_is_one() {
    for name in [".gopclntab", ".data.rel.ro.gopclntab"] {
        let file = go_file(AMD64)
            .section(name, RODATA, 0x100)
            .section(".go.module", MODULEDATA, 0x240)
            .build();
        let image = Image::parse(&file).unwrap();
        let header = PcHeader::find_all(&image).next().expect("a header");
        assert_eq!(header.found_by, FoundBy::Section(name));
        let found = found_moduledata(&file);
        assert_eq!(found, Some((MODULEDATA, FoundBy::Section(".go.module"))));
    }
}

#[test]
fn sections_that_lie_do_not_hide_what_the_bytes_show() {
    for (pclntab, module) in [(TEXT, TEXT), (u64::MAX, u64::MAX), (RODATA + 8, DATA)] {
        let file = go_file(AMD64)
            .section(".go.buildinfo", DATA, 0x100)
            .section(".gopclntab", pclntab, 0x100)
            .section(".go.module", module, 0x240)
            .build();
        assert_eq!(headers(&file), [RODATA], "sections at {pclntab:#x}");
        assert_eq!(found_moduledata(&file), Some((MODULEDATA, FoundBy::Bytes)));
    }
}

#[test]
fn a_file_that_names_its_sections_and_none_of_gos_is_not_looked_through() {
    for (section, found) in [
        (".text", &[][..]),
        (".go.buildinfo", &[RODATA]),
        (".note.go.buildid", &[RODATA]),
    ] {
        let file = go_file(AMD64).section(section, TEXT, 64).build();
        assert_eq!(headers(&file), found, "{section}");
    }
}

#[test]
fn magic_numbers_with_nothing_good_behind_them_are_no_headers() {
    let good = Header::GOOD;
    let decoys = [
        (
            "of another format",
            Header {
                magic: 0xffff_fff2,
                ..good
            },
        ),
        (
            "of Go 1.16",
            Header {
                magic: 0xffff_fffa,
                ..good
            },
        ),
        ("for another machine", Header { quantum: 4, ..good }),
        ("with no quantum", Header { quantum: 0, ..good }),
        ("with 32-bit words", Header { word: 4, ..good }),
        (
            "without functions",
            Header {
                functions: 0,
                ..good
            },
        ),
        (
            "with more functions than bytes",
            Header {
                functions: 1 << 40,
                ..good
            },
        ),
        (
            "with descending offsets",
            Header {
                offsets: [72, 120, 112, 144, 160],
                ..good
            },
        ),
        (
            "with a table inside the header",
            Header {
                offsets: [71, 112, 120, 144, 160],
                ..good
            },
        ),
        (
            "with a table beyond the file",
            Header {
                offsets: [72, 112, 120, 144, 1 << 30],
                ..good
            },
        ),
        (
            "with an endless table",
            Header {
                offsets: [72, 112, 120, 144, u64::MAX],
                ..good
            },
        ),
    ];
    for (what, decoy) in decoys {
        assert_eq!(headers(&with(&pclntab(decoy), &[])), [], "{what}");
        // The real one is found behind it.
        let both = [pclntab(decoy), pclntab(good)].concat();
        assert_eq!(headers(&with(&both, &[])), [RODATA + 0x100], "{what}");
    }
}

#[test]
fn a_header_between_two_words_is_none() {
    for shift in 1..8 {
        let mut rodata = vec![0; shift];
        rodata.extend(pclntab(Header::GOOD));
        assert_eq!(headers(&with(&rodata, &[])), [], "{shift} bytes off");
    }
}

#[test]
fn a_header_cut_off_by_its_segment_is_none() {
    let header = Header::GOOD.bytes();
    for len in 0..header.len() {
        assert_eq!(headers(&with(&header[..len], &[0; 0x200])), [], "{len}");
    }
}

#[test]
fn each_module_linked_into_a_file_has_its_own() {
    let other = Header {
        functions: 5,
        ..Header::GOOD
    };
    let rodata = [pclntab(Header::GOOD), pclntab(other)].concat();
    let mut data = moduledata(RODATA + 0x100, 5, 40);
    data.extend(moduledata(RODATA, FUNCTIONS, 40));
    let file = with(&rodata, &data);
    let image = Image::parse(&file).unwrap();
    let found: Vec<_> = PcHeader::find_all(&image)
        .map(|header| find_moduledata(&image, &header).map(|(at, _)| at.get()))
        .collect();
    assert_eq!(found, [Some(DATA + 0x240), Some(DATA)]);
}

#[test]
fn lengths_that_fit_by_chance_are_no_moduledata() {
    let good = moduledata(RODATA, FUNCTIONS, 40);
    let fewer = moduledata(RODATA, FUNCTIONS - 1, 40);
    let too_many_names = moduledata(RODATA, FUNCTIONS, 41);
    let no_names = moduledata(RODATA, FUNCTIONS, 0);
    let mut unaligned = vec![0; 4];
    unaligned.extend(&good);
    unaligned.resize(good.len() + 8, 0);
    let mut grown = good.clone();
    grown[24..32].copy_from_slice(&50u64.to_le_bytes());
    // The lengths alone, where no moduledata fits before them.
    let lengths = [FUNCTIONS + 1; 2].map(u64::to_le_bytes).concat();
    let rodata = pclntab(Header::GOOD);
    for decoy in [fewer, too_many_names, no_names, unaligned, grown, lengths] {
        assert_eq!(found_moduledata(&with(&rodata, &decoy)), None);
        let both = [&decoy[..], &good].concat();
        let at = DATA + decoy.len() as u64;
        let found = found_moduledata(&with(&rodata, &both));
        assert_eq!(found, Some((at, FoundBy::Bytes)));
    }
}

#[test]
fn a_moduledata_is_not_looked_for_in_code() {
    let file = Elf::new(AMD64)
        .load(RODATA, READ, &pclntab(Header::GOOD))
        .load(TEXT, READ | EXECUTE, &moduledata(RODATA, FUNCTIONS, 40))
        .load(DATA, READ | WRITE, &[0; 16])
        .build();
    assert_eq!(found_moduledata(&file), None);
}

#[test]
fn tables_of_a_go_before_1_18_are_too_old() {
    for (magic, too_old) in [
        (0xffff_fffb, true),
        (0xffff_fffa, true),
        (0xffff_fff0, false),
        (0xffff_fff1, false),
    ] {
        let header = Header {
            magic,
            ..Header::GOOD
        };
        let elf = Elf::new(AMD64).load(RODATA, READ, &pclntab(header));
        let file = elf.clone().section(".gopclntab", RODATA, 0x100).build();
        let image = Image::parse(&file).unwrap();
        assert_eq!(PcHeader::is_too_old(&image), too_old, "{magic:#x}");
        let bare = elf.build();
        let bare = Image::parse(&bare).unwrap();
        assert!(!PcHeader::is_too_old(&bare), "no section says where it is");
    }
}

#[test]
fn the_format_of_1_18_is_found_too() {
    let header = Header {
        magic: 0xffff_fff0,
        ..Header::GOOD
    };
    assert_eq!(headers(&with(&pclntab(header), &[])), [RODATA]);
}

#[test]
fn of_very_many_headers_the_first_are_found() {
    // Each is looked for its moduledata in all of the file: of a large file with nothing else, that takes hours.
    let headers_of = |count| headers(&with(&Header::GOOD.bytes().repeat(count), &[])).len();
    assert_eq!(headers_of(3), 3);
    assert_eq!(headers_of(1000), 100);
}
