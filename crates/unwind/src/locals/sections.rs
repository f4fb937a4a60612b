//! The DWARF sections of one ELF file, decompressed where they are compressed.

use super::LocalsError;
use gimli::SectionId;
use gopeek_layout::Addr;
use gopeek_layout::image::Image;
use gopeek_layout::section::Unpacker;
use object::Object;
use std::borrow::Cow;

/// The sections that hold the names, types and places of variables. A [`super::Program`] borrows them.
#[derive(Debug)]
pub struct DebugSections<'d> {
    pub(super) sections: gimli::DwarfSections<Cow<'d, [u8]>>,
    /// Where the runtime's type descriptors are linked, where the file's symbols say so.
    pub(super) types: Option<Addr>,
}

impl<'d> DebugSections<'d> {
    /// Takes the sections out of the ELF file `file`. Nothing is parsed yet.
    ///
    /// # Errors
    /// [`LocalsError`], where there is no DWARF or it can't be had.
    pub fn load(file: &'d [u8]) -> Result<DebugSections<'d>, LocalsError> {
        let image = Image::parse(file)?;
        let object = object::File::parse(file)?;
        let unpacker = Unpacker::default();
        let info = section(&object, SectionId::DebugInfo, &unpacker)?;
        if info.is_empty() {
            return Err(LocalsError::Absent);
        }
        let mut info = Some(info);
        // Nobody asks for lines: those of Go's own tables are used.
        let sections = gimli::DwarfSections::load(|id| match id {
            SectionId::DebugLine => Ok(Cow::Borrowed(&[][..])),
            SectionId::DebugInfo => Ok(info.take().unwrap_or_default()),
            id => section(&object, id, &unpacker),
        })?;
        let [types] = image.symbols(["runtime.types"]);
        Ok(DebugSections {
            sections,
            types: types.map(|span| span.start),
        })
    }

    /// Takes no more out of the ELF file than says what functions are given and globals are: no places of variables, which
    /// are much to unpack.
    ///
    /// # Errors
    /// As [`DebugSections::load`].
    pub fn load_types(file: &'d [u8]) -> Result<DebugSections<'d>, LocalsError> {
        let object = object::File::parse(file)?;
        if object
            .section_by_name(SectionId::DebugInfo.name())
            .is_none()
        {
            return Err(LocalsError::Absent);
        }
        let unpacker = Unpacker::default();
        let sections = gimli::DwarfSections::load(|id| match id {
            SectionId::DebugLine | SectionId::DebugLoc | SectionId::DebugLocLists => {
                Ok(Cow::Borrowed(&[][..]))
            }
            id => section(&object, id, &unpacker),
        })?;
        Ok(DebugSections {
            sections,
            types: None,
        })
    }
}

fn section<'d>(
    file: &object::File<'d>,
    id: SectionId,
    unpacker: &Unpacker,
) -> Result<Cow<'d, [u8]>, LocalsError> {
    match file.section_by_name(id.name()) {
        Some(section) => Ok(unpacker.bytes(&section)?),
        None => Ok(Cow::Borrowed(&[])),
    }
}
