//! A program that Go itself has built, where whoever starts us names one. It is far too large to be an input: a script
//! damages a few of its bytes, or what it has is cut down to a seed.

use gopeek_layout::buildinfo::BuildInfo;
use gopeek_layout::image::Image;
use gopeek_layout::moduledata::{Module, ModuleData, find_moduledata};
use gopeek_layout::pcheader::PcHeader;
use gopeek_layout::testing::elf::{AMD64, EXECUTE, Elf, READ};
use object::{Object, ObjectSection};
use std::sync::OnceLock;
use std::{env, fs};

use crate::go_program::{TEXT, table};
use crate::memory::World;

/// Names the program.
const PATH: &str = "GOPEEK_FUZZ_PROGRAM";

/// The bytes of the program's file, where there is one.
pub(crate) fn file() -> Option<&'static [u8]> {
    static FILE: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    let read = || fs::read(env::var_os(PATH)?).ok();
    FILE.get_or_init(read).as_deref()
}

/// Go's minor, and the module: as it is loaded, as the program is not position-independent.
pub(crate) fn module(file: &[u8]) -> Option<(u16, Module<'_>)> {
    let image = Image::parse(file).ok()?;
    let minor = BuildInfo::find(&image)?.go.minor?;
    let (at, _) = PcHeader::find_all(&image).find_map(|header| find_moduledata(&image, &header))?;
    let data = moduledata(&image, minor, at.get())?;
    Some((
        minor,
        Module {
            image,
            bias: 0,
            data,
        },
    ))
}

/// moduledata as the file has it.
pub(crate) fn moduledata(image: &Image<'_>, minor: u16, at: u64) -> Option<ModuleData> {
    let fields = &table(minor, image.arch())?.fields.moduledata;
    let mut memory = World::default();
    let at = gopeek_layout::Addr::new(at);
    let bytes = image.bytes(at, u64::from(fields.size))?;
    memory.add(at.get(), bytes.to_vec());
    ModuleData::read(&memory, fields, at).ok()
}

/// The DWARF of the program, of each section no more than `limit` bytes, in a file of its own.
pub(crate) fn dwarf(limit: usize) -> Option<Vec<u8>> {
    const SECTIONS: [&str; 12] = [
        ".debug_abbrev",
        ".debug_addr",
        ".debug_aranges",
        ".debug_info",
        ".debug_line",
        ".debug_line_str",
        ".debug_loc",
        ".debug_loclists",
        ".debug_ranges",
        ".debug_rnglists",
        ".debug_str",
        ".debug_str_offsets",
    ];
    let object = object::File::parse(file()?).ok()?;
    let elf = Elf::new(AMD64).load(TEXT, READ | EXECUTE, b"code");
    let elf = SECTIONS.into_iter().fold(elf, |elf, name| {
        let bytes = object
            .section_by_name(name)
            .and_then(|section| section.uncompressed_data().ok());
        match bytes {
            Some(bytes) => elf.holding(name, &bytes[..bytes.len().min(limit)]),
            None => elf,
        }
    });
    Some(elf.build())
}
