//! The tables of one module, as slices of its file.

use super::format::Format;
use gopeek_layout::Addr;
use gopeek_layout::arch::Arch;
use gopeek_layout::moduledata::Module;
use thiserror::Error;

/// Bytes of an entry of ftab: the function's entry and its `_func`, both as offsets.
pub(super) const FTAB_ENTRY: usize = 8;

/// Why a module's tables can't be used.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum TableError {
    /// A table lies outside of the file: cut off, or of another build.
    #[error("the file does not hold the module's {0}")]
    Missing(&'static str),
    /// A magic number that gopeek does not know.
    #[error("unknown pclntab format {0:#x}")]
    Format(u8),
}

/// The pclntab of one module.
#[derive(Clone, Debug)]
pub struct ModuleTable<'d> {
    pub(super) text: Addr,
    pub(super) etext: Addr,
    pub(super) format: &'static Format,
    pub(super) quantum: u64,
    pub(super) ftab: &'d [u8],
    pub(super) functions: &'d [u8],
    pub(super) names: &'d [u8],
    pub(super) units: &'d [u8],
    pub(super) files: &'d [u8],
    pub(super) pc_values: &'d [u8],
    pub(super) funcdata: &'d [u8],
    pub(super) module: Module<'d>,
}

impl<'d> ModuleTable<'d> {
    /// The tables that `module`'s moduledata names, out of its file.
    ///
    /// # Errors
    /// [`TableError`], where one is not in the file or of an unknown format.
    pub fn new(module: &Module<'d>) -> Result<ModuleTable<'d>, TableError> {
        let data = &module.data;
        let header = module
            .bytes_from(data.pc_header)
            .ok_or(TableError::Missing("pclntab"))?;
        let magic = header.first().copied().unwrap_or(0);
        let missing = TableError::Missing;
        Ok(ModuleTable {
            text: data.text,
            etext: data.etext,
            format: Format::of(magic).ok_or(TableError::Format(magic))?,
            quantum: module.image.arch().frame().pc_quantum,
            ftab: module
                .slice(data.ftab, FTAB_ENTRY as u64)
                .ok_or(missing("function table"))?,
            functions: module
                .slice(data.pclntable, 1)
                .ok_or(missing("functions"))?,
            names: module
                .slice(data.funcnametab, 1)
                .ok_or(missing("function names"))?,
            units: module
                .slice(data.cutab, 4)
                .ok_or(missing("compilation units"))?,
            files: module.slice(data.filetab, 1).ok_or(missing("file names"))?,
            pc_values: module.slice(data.pctab, 1).ok_or(missing("pc tables"))?,
            // Without it there are no arguments and no inlined calls, and all else still stands.
            funcdata: module.bytes_from(data.gofunc).unwrap_or_default(),
            module: module.clone(),
        })
    }

    /// The machine that it is for.
    #[must_use]
    pub fn arch(&self) -> Arch {
        self.module.image.arch()
    }

    /// The NUL-terminated name at `offset`; empty where there is none.
    pub(super) fn name(&self, offset: u32) -> &'d [u8] {
        terminated(self.names, offset)
    }
}

/// Longer names are none: a thousand calls may have been inlined at one pc, each with a name and a file.
const MAX_NAME: usize = 64 << 10;

/// The bytes from `offset` up to a NUL.
pub(super) fn terminated(table: &[u8], offset: u32) -> &[u8] {
    let rest = usize::try_from(offset)
        .ok()
        .and_then(|offset| table.get(offset..))
        .unwrap_or_default();
    let rest = &rest[..rest.len().min(MAX_NAME)];
    &rest[..memchr::memchr(0, rest).unwrap_or(0)]
}
