//! The search for a function, by pc or by name, and for its machine code.

use super::function::Function;
use super::module::{FTAB_ENTRY, ModuleTable};
use gopeek_layout::Addr;
use gopeek_layout::mem::Word;
use memchr::memmem;

impl<'d> ModuleTable<'d> {
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
