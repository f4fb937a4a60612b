//! Any bytes as an executable: segments, sections, symbols, and where Go's tables are in it.

use crate::go_program::GoProgram;
use gopeek_layout::Addr;
use gopeek_layout::arch::Arch;
use gopeek_layout::buildinfo::BuildInfo;
use gopeek_layout::image::Image;
use gopeek_layout::moduledata::find_moduledata;
use gopeek_layout::pcheader::PcHeader;
use gopeek_layout::testing::elf::DYN;

/// Hardly more than the input.
pub const MEMORY: usize = 16 << 20;

/// Reads a file.
///
/// # Panics
/// When it finds something.
pub fn run(file: &[u8]) {
    let Ok(image) = Image::parse(file) else {
        return;
    };
    for segment in image.segments() {
        assert!(segment.bytes.len() <= file.len());
        for start in [0, 0x7f00_0000_0000, u64::MAX, segment.start.get()] {
            let _ = image.bias(Addr::new(start), segment.file_offset);
            let _ = image.bias(Addr::new(start), segment.file_offset & !0xfff);
        }
        if let Some(bytes) = image.bytes(segment.start, segment.mem_len) {
            assert!(bytes.len() <= file.len());
        }
        let _ = image.bytes_from(segment.start);
    }
    for name in [".gopclntab", ".go.module", ".symtab", ".text", ""] {
        let _ = image.section(name);
    }
    let _ = image.symbols(["runtime.allgs", "runtime.allm", ""]);
    let _ = (
        image.is_stripped(),
        image.has_sections(),
        image.is_relocatable(),
    );
    let _ = (image.eh_frame_hdr(), PcHeader::is_too_old(&image));
    for header in PcHeader::find_all(&image) {
        assert!(image.bytes(header.at, 72).is_some());
        if let Some((at, _)) = find_moduledata(&image, &header) {
            assert!(image.bytes(at, 152).is_some());
        }
    }
    let _ = BuildInfo::find(&image);
}

/// Executables of both architectures, of each format of the tables, with and without sections and symbols.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let programs = [
        GoProgram::new(Arch::Amd64, 19),
        GoProgram::new(Arch::Arm64, 27),
        GoProgram::new(Arch::Amd64, 25),
    ];
    let forms = programs.into_iter().flatten().flat_map(|program| {
        [
            program.elf.build(),
            program.with_names().build(),
            program
                .with_names()
                .kind(DYN)
                .eh_frame_hdr(0x50_0000, 0x40)
                .build(),
        ]
    });
    forms.collect()
}
