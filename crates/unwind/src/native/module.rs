//! A file that the target runs code from, at its place in memory.

use super::table::Table;
use gopeek_layout::image::Image;
use gopeek_layout::section::Unpacker;
use gopeek_layout::{Addr, Span};
use std::cell::OnceCell;
use std::sync::Arc;

/// A mapped file, as whoever opened it knows it.
#[derive(Copy, Clone, Debug)]
pub struct NativeModule<'d> {
    /// Its bytes.
    pub bytes: &'d [u8],
    /// Where its first mapping begins.
    pub start: Addr,
    /// From which byte of the file that mapping is.
    pub offset: u64,
}

/// A module whose place in memory is known; the rest is read when it is asked for.
pub(super) struct Module<'d> {
    /// What is added to its linked addresses.
    bias: u64,
    image: Image<'d>,
    code: Vec<Span>,
    table: OnceCell<Table<'d>>,
    unpacker: Arc<Unpacker>,
}

impl<'d> Module<'d> {
    /// Nothing for a file that is not ELF, or not where it says. All modules share what `unpacker` may unpack.
    pub(super) fn new(module: &NativeModule<'d>, unpacker: &Arc<Unpacker>) -> Option<Module<'d>> {
        let image = Image::parse(module.bytes).ok()?;
        let bias = image.bias(module.start, module.offset)?;
        let executable = image.segments().iter().filter(|segment| segment.executable);
        let code = executable
            .filter_map(|segment| {
                Some(Span::new(segment.start.checked_add(bias)?, segment.mem_len))
            })
            .collect();
        Some(Module {
            bias,
            image,
            code,
            table: OnceCell::new(),
            unpacker: Arc::clone(unpacker),
        })
    }

    /// Whether its code is at `pc`.
    pub(super) fn contains(&self, pc: Addr) -> bool {
        self.code.iter().any(|span| span.contains(pc))
    }

    /// `pc` as it is linked.
    pub(super) fn linked(&self, pc: Addr) -> Option<u64> {
        pc.get().checked_sub(self.bias)
    }

    pub(super) fn image(&self) -> &Image<'d> {
        &self.image
    }

    pub(super) fn unpacker(&self) -> &Unpacker {
        &self.unpacker
    }

    pub(super) fn table(&self) -> &Table<'d> {
        self.table
            .get_or_init(|| Table::new(self.image.clone(), Arc::clone(&self.unpacker)))
    }
}
