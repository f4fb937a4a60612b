//! A file's call frame information: where it is, and which row of it is for a pc.
//!
//! `.eh_frame` is found by its section or by the program header of its search table, which stripped files and files
//! without section headers keep; `.debug_frame` only by its section. Addresses here are as linked.

use super::cpu::cpu;
use super::index::Index;
use super::{Slice, slice};
use gimli::{
    BaseAddresses, DebugFrame, EhFrame, EhFrameHdr, FrameDescriptionEntry, ParsedEhFrameHdr,
    UnwindContext, UnwindSection, UnwindTableRow,
};
use gopeek_layout::Addr;
use gopeek_layout::image::Image;
use gopeek_layout::section::Unpacker;
use object::read::elf::ElfFile64;
use object::{LittleEndian, Object};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

/// An entry for one function that is longer than this, in bytes, is not believed: it is run through for each frame.
const MAX_ENTRY: usize = 1 << 20;

/// The call frame information of one file.
pub(super) struct Table<'d> {
    eh: Option<Eh<'d>>,
    debug: OnceCell<Option<Debug>>,
    image: Image<'d>,
    unpacker: Arc<Unpacker>,
}

/// `.eh_frame` and how it is searched.
struct Eh<'d> {
    frame: EhFrame<Slice<'d>>,
    /// Where it is linked.
    start: u64,
    bases: BaseAddresses,
    header: Option<ParsedEhFrameHdr<Slice<'d>>>,
    index: OnceCell<Index>,
}

/// `.debug_frame`, which may have been compressed.
struct Debug {
    bytes: Box<[u8]>,
    index: Index,
}

/// How a frame finds its caller, while it is borrowed.
pub(super) struct Row<'r> {
    /// The rules for registers.
    pub(super) rules: &'r UnwindTableRow<usize>,
    /// Reads expressions of the rules' section.
    pub(super) section: &'r dyn Expressions,
    /// The column of the return address.
    pub(super) return_address: u16,
    /// Whether the frame is one that the kernel made for a signal.
    pub(super) is_signal: bool,
}

/// Reads the expressions that a row refers to.
pub(super) trait Expressions {
    /// The expression itself.
    fn expression(
        &self,
        at: &gimli::UnwindExpression<usize>,
    ) -> Option<gimli::Expression<Slice<'_>>>;
}

impl Expressions for EhFrame<Slice<'_>> {
    fn expression(
        &self,
        at: &gimli::UnwindExpression<usize>,
    ) -> Option<gimli::Expression<Slice<'_>>> {
        at.get(self).ok()
    }
}

impl Expressions for DebugFrame<Slice<'_>> {
    fn expression(
        &self,
        at: &gimli::UnwindExpression<usize>,
    ) -> Option<gimli::Expression<Slice<'_>>> {
        at.get(self).ok()
    }
}

impl<'d> Table<'d> {
    pub(super) fn new(image: Image<'d>, unpacker: Arc<Unpacker>) -> Table<'d> {
        Table {
            eh: Eh::find(&image),
            debug: OnceCell::new(),
            image,
            unpacker,
        }
    }

    /// Hands the row for the linked address `pc` to `then`; nothing where there is none.
    pub(super) fn row<T>(
        &self,
        context: &mut UnwindContext<usize>,
        pc: u64,
        then: impl FnOnce(Row<'_>) -> T,
    ) -> Option<T> {
        if let Some(eh) = &self.eh
            && let Some(fde) = eh.entry(pc).filter(is_short)
            && let Ok(row) = fde.unwind_info_for_address(&eh.frame, &eh.bases, context, pc)
        {
            return Some(then(about(row, &fde, &eh.frame)));
        }
        let debug = self
            .debug
            .get_or_init(|| Debug::find(&self.image, &self.unpacker))
            .as_ref()?;
        let (frame, bases) = (debug.frame(&self.image), BaseAddresses::default());
        let offset = debug.index.offset(pc)?;
        let fde = frame
            .fde_from_offset(&bases, offset, DebugFrame::cie_from_offset)
            .ok()
            .filter(is_short)?;
        let row = fde
            .unwind_info_for_address(&frame, &bases, context, pc)
            .ok()?;
        Some(then(about(row, &fde, &frame)))
    }
}

fn is_short(fde: &FrameDescriptionEntry<Slice<'_>>) -> bool {
    fde.entry_len() <= MAX_ENTRY && fde.cie().entry_len() <= MAX_ENTRY
}

fn about<'r>(
    rules: &'r UnwindTableRow<usize>,
    fde: &FrameDescriptionEntry<Slice<'_>>,
    section: &'r dyn Expressions,
) -> Row<'r> {
    Row {
        rules,
        section,
        return_address: fde.cie().return_address_register().0,
        is_signal: fde.is_signal_trampoline(),
    }
}

impl<'d> Eh<'d> {
    fn find(image: &Image<'d>) -> Option<Eh<'d>> {
        let text = image.section(".text").map_or(Addr::NULL, |span| span.start);
        let mut bases = BaseAddresses::default().set_text(text.get());
        let header = image
            .eh_frame_hdr()
            .or_else(|| image.section(".eh_frame_hdr"))
            .and_then(|span| {
                bases = bases.clone().set_eh_frame_hdr(span.start.get());
                let bytes = image.bytes(span.start, span.len)?;
                // Every linker's count is of this kind, and gimli multiplies it unchecked.
                let count = bytes.get(2)?;
                if *count != gimli::DW_EH_PE_udata4.0 {
                    return None;
                }
                EhFrameHdr::new(bytes, gimli::LittleEndian)
                    .parse(&bases, 8)
                    .ok()
            });
        let told = header
            .as_ref()
            .and_then(|header| header.eh_frame_ptr().direct().ok())
            .map(Addr::new);
        let start = told.or_else(|| image.section(".eh_frame").map(|span| span.start))?;
        // How long it is, only its section says; it ends with an entry of no length, too.
        let mut frame = EhFrame::from(slice(image.bytes_from(start)?));
        frame.set_address_size(8);
        frame.set_vendor(cpu(image.arch()).vendor);
        Some(Eh {
            frame,
            start: start.get(),
            bases: bases.set_eh_frame(start.get()),
            header,
            index: OnceCell::new(),
        })
    }

    fn entry(&self, pc: u64) -> Option<FrameDescriptionEntry<Slice<'d>>> {
        let from_offset = |offset| {
            self.frame
                .fde_from_offset(&self.bases, offset, EhFrame::cie_from_offset)
                .ok()
        };
        if let Some(table) = self.header.as_ref().and_then(ParsedEhFrameHdr::table) {
            // gimli's own way from here to the entry subtracts unchecked.
            let at = table.lookup(pc, &self.bases).ok()?.direct().ok()?;
            let offset = usize::try_from(at.checked_sub(self.start)?).ok()?;
            return from_offset(offset.into()).filter(|fde| fde.contains(pc));
        }
        let index = self
            .index
            .get_or_init(|| Index::new(&self.frame, &self.bases));
        from_offset(index.offset(pc)?)
    }
}

impl Debug {
    fn find(image: &Image<'_>, unpacker: &Unpacker) -> Option<Debug> {
        let bytes = section(image.data(), ".debug_frame", unpacker)?;
        let debug = Debug {
            bytes: bytes.into(),
            index: Index::default(),
        };
        let index = Index::new(&debug.frame(image), &BaseAddresses::default());
        Some(Debug { index, ..debug })
    }

    fn frame(&self, image: &Image<'_>) -> DebugFrame<Slice<'_>> {
        let mut frame = DebugFrame::from(slice(&self.bytes));
        frame.set_address_size(8);
        frame.set_vendor(cpu(image.arch()).vendor);
        frame
    }
}

/// The bytes of the section called `name` of a file, unpacked, to be copied; nothing where there is none.
pub(super) fn section<'d>(
    file: &'d [u8],
    name: &str,
    unpacker: &Unpacker,
) -> Option<Cow<'d, [u8]>> {
    let file: ElfFile64<'d, LittleEndian> = ElfFile64::parse(file).ok()?;
    let section = file.section_by_name(name)?;
    unpacker
        .copied(&section)
        .ok()
        .filter(|bytes| !bytes.is_empty())
}
