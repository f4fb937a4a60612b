//! The tables of one module, and the search for a function by pc or by name.

use super::format::Format;
use super::function::Function;
use gopeek_layout::Addr;
use gopeek_layout::mem::Word;
use gopeek_layout::moduledata::Module;
use memchr::memmem;
use thiserror::Error;

/// Bytes of an entry of ftab: the function's entry and its `_func`, both as offsets.
const FTAB_ENTRY: usize = 8;

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
    etext: Addr,
    pub(super) format: &'static Format,
    pub(super) quantum: u64,
    ftab: &'d [u8],
    functions: &'d [u8],
    names: &'d [u8],
    pub(super) units: &'d [u8],
    pub(super) files: &'d [u8],
    pub(super) pc_values: &'d [u8],
    pub(super) funcdata: &'d [u8],
    module: Module<'d>,
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

    /// The function that `pc` lies in: the last that begins at or before it.
    #[must_use]
    pub fn function(&self, pc: Addr) -> Option<Function<'_, 'd>> {
        if pc >= self.etext {
            return None;
        }
        let offset = u32::try_from(pc.offset_from(self.text)?).ok()?;
        let entries = self.ftab.as_chunks::<FTAB_ENTRY>().0;
        // The last entry is the end of the text, not a function.
        let (_, entries) = entries.split_last()?;
        let after = entries.partition_point(|entry| entry_offset(*entry) <= offset);
        self.at(*entries.get(after.checked_sub(1)?)?)
    }

    /// The first function called `name` that is not a wrapper by the same name.
    #[must_use]
    pub fn function_named(&self, name: &str, wrapper_id: u8) -> Option<Function<'_, 'd>> {
        let name_offset = self.name_offset(name)?;
        let (_, entries) = self.ftab.as_chunks::<FTAB_ENTRY>().0.split_last()?;
        entries
            .iter()
            .filter(|entry| {
                self.raw(**entry).and_then(|raw| u32::decode(raw.get(4..)?)) == Some(name_offset)
            })
            .filter_map(|entry| self.at(*entry))
            .find(|function| function.id() != Some(wrapper_id))
    }

    /// A function's machine code.
    #[must_use]
    pub fn code(&self, function: &Function<'_, 'd>) -> Option<&'d [u8]> {
        let start = u32::try_from(function.entry().offset_from(self.text)?).ok()?;
        let entries = self.ftab.as_chunks::<FTAB_ENTRY>().0;
        let next = entries.partition_point(|entry| entry_offset(*entry) <= start);
        let len = entry_offset(*entries.get(next)?).checked_sub(start)?;
        self.module
            .bytes_from(function.entry())?
            .get(..usize::try_from(len).ok()?)
    }

    /// The NUL-terminated name at `offset`; empty where there is none.
    pub(super) fn name(&self, offset: u32) -> &'d [u8] {
        terminated(self.names, offset)
    }

    fn at<'t>(&'t self, entry: [u8; FTAB_ENTRY]) -> Option<Function<'t, 'd>> {
        let address = self.text.checked_add(u64::from(entry_offset(entry)))?;
        Function::new(self, address, self.raw(entry)?)
    }

    fn raw(&self, entry: [u8; FTAB_ENTRY]) -> Option<&'d [u8]> {
        let offset = u32::decode(&entry[4..])?;
        self.functions.get(usize::try_from(offset).ok()?..)
    }

    fn name_offset(&self, name: &str) -> Option<u32> {
        let bounded = [b"\0", name.as_bytes(), b"\0"].concat();
        let at = memmem::find(self.names, &bounded)?;
        u32::try_from(at.checked_add(1)?).ok()
    }
}

fn entry_offset(entry: [u8; FTAB_ENTRY]) -> u32 {
    u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]])
}

/// The bytes from `offset` up to a NUL.
pub(super) fn terminated(table: &[u8], offset: u32) -> &[u8] {
    let rest = usize::try_from(offset)
        .ok()
        .and_then(|offset| table.get(offset..))
        .unwrap_or_default();
    &rest[..memchr::memchr(0, rest).unwrap_or(0)]
}
