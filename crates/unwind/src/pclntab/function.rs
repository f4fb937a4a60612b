//! One function: its name, lines, frame size, and the tables that hang off it.

use super::module::{ModuleTable, terminated};
use gopeek_layout::Addr;
use gopeek_layout::mem::Word;
use gopeek_layout::varint::{uvarint, zigzag};
use std::borrow::Cow;

/// `internal/abi.FuncFlag`.
pub mod flag {
    /// Begins a stack: nothing called it (goexit, mstart, sigtramp).
    pub const TOP_FRAME: u8 = 1;
    /// Writes to SP in a way that its table does not tell.
    pub const SP_WRITE: u8 = 2;
}

/// `internal/abi.PCDATA_*` and `FUNCDATA_*`.
const PCDATA_STACK_MAP_INDEX: u32 = 1;
const PCDATA_INL_TREE_INDEX: u32 = 2;
const PCDATA_ARG_LIVE_INDEX: u32 = 3;
const FUNCDATA_ARGS_POINTER_MAPS: u32 = 0;
const FUNCDATA_LOCALS_POINTER_MAPS: u32 = 1;
const FUNCDATA_STACK_OBJECTS: u32 = 2;
const FUNCDATA_INL_TREE: u32 = 3;
const FUNCDATA_OPEN_DEFERS: u32 = 4;
const FUNCDATA_ARG_INFO: u32 = 5;
const FUNCDATA_ARG_LIVE_INFO: u32 = 6;

/// Offsets into `_func` that never changed.
const NAME: usize = 4;
const PCSP: usize = 16;
const PCFILE: usize = 20;
const PCLN: usize = 24;
const NPCDATA: usize = 28;
const CU_OFFSET: usize = 32;

/// No function has more runs of inlined code.
const MAX_RUNS: usize = 1 << 16;

/// A function of the target.
#[derive(Copy, Clone, Debug)]
pub struct Function<'t, 'd> {
    table: &'t ModuleTable<'d>,
    entry: Addr,
    raw: &'d [u8],
}

impl<'t, 'd> Function<'t, 'd> {
    /// The function at `entry`, whose `_func` begins `raw`; nothing where that is cut off.
    pub(super) fn new(
        table: &'t ModuleTable<'d>,
        entry: Addr,
        raw: &'d [u8],
    ) -> Option<Function<'t, 'd>> {
        (raw.len() >= table.format.func_id + 4).then_some(Function { table, entry, raw })
    }

    /// Where it begins.
    #[must_use]
    pub fn entry(&self) -> Addr {
        self.entry
    }

    /// Its full name, as the linker stored it.
    #[must_use]
    pub fn name(&self) -> Cow<'d, str> {
        self.word(NAME)
            .map_or(Cow::Borrowed(""), |offset| self.name_at(offset))
    }

    /// The function id by which the runtime knows its own functions; 0 for all others.
    #[must_use]
    pub fn id(&self) -> Option<u8> {
        self.raw.get(self.table.format.func_id).copied()
    }

    /// `flag::*`.
    #[must_use]
    pub fn flags(&self) -> u8 {
        self.raw
            .get(self.table.format.func_id + 1)
            .copied()
            .unwrap_or(0)
    }

    /// Whether it has a table of frame sizes: C code that was linked in has none.
    #[must_use]
    pub fn has_frame_table(&self) -> bool {
        self.word(PCSP).is_some_and(|offset| offset != 0)
    }

    /// How many bytes the frame takes at `pc`, without what the call pushed.
    #[must_use]
    pub fn frame_size(&self, pc: Addr) -> Option<u64> {
        u64::try_from(self.signed_frame_size(pc)?).ok()
    }

    /// Bytes from the stack pointer at `pc` to the caller's, where a call pushes so many; without a table, only those.
    #[must_use]
    pub fn bytes_to_caller(&self, pc: Addr, pushed_by_call: u64) -> Option<u64> {
        pushed_by_call.checked_add_signed(self.signed_frame_size(pc).unwrap_or(0))
    }

    /// Less than nothing where what the call pushed was popped: syscall.rawVforkSyscall of amd64 keeps its return
    /// address in a register, as the new process runs on the same stack (syscall/asm_linux_amd64.s).
    fn signed_frame_size(&self, pc: Addr) -> Option<i64> {
        self.pc_value(self.word(PCSP)?, pc)
    }

    /// File and line of the instruction at `pc`; `("?", 0)` where they are unknown, as the runtime prints.
    #[must_use]
    pub fn file_line(&self, pc: Addr) -> (Cow<'d, str>, u32) {
        self.known_file_line(pc).unwrap_or((Cow::Borrowed("?"), 0))
    }

    /// The line at which it begins; 0 where that is not told (before 1.20, and of assembly).
    #[must_use]
    pub fn start_line(&self) -> u32 {
        let at = self.table.format.start_line;
        at.and_then(|at| self.word(at)).unwrap_or(0)
    }

    fn known_file_line(&self, pc: Addr) -> Option<(Cow<'d, str>, u32)> {
        let line = u32::try_from(self.pc_value(self.word(PCLN)?, pc)?).ok()?;
        let file = u32::try_from(self.pc_value(self.word(PCFILE)?, pc)?).ok()?;
        let index = usize::try_from(self.word(CU_OFFSET)?.checked_add(file)?).ok()?;
        let offset = u32::decode(self.table.units.get(index.checked_mul(4)?..)?)?;
        let name = if offset == u32::MAX {
            &b"?"[..]
        } else {
            terminated(self.table.files, offset)
        };
        Some((String::from_utf8_lossy(name), line))
    }

    /// The index into the inlining tree at `pc`; nothing outside of inlined code.
    pub(super) fn inline_index(&self, pc: Addr) -> Option<usize> {
        usize::try_from(self.pc_data(PCDATA_INL_TREE_INDEX, pc)?).ok()
    }

    /// The runs of pcs that were inlined, each with its first pc and the one past its last.
    pub(crate) fn inlined_runs(&self) -> Vec<(Addr, Addr)> {
        let offset = self.pc_data_table(PCDATA_INL_TREE_INDEX);
        let runs = offset.map(|offset| self.runs(offset)).unwrap_or_default();
        let inlined = runs.into_iter().filter(|(_, _, index)| *index >= 0);
        inlined.map(|(from, to, _)| (from, to)).collect()
    }

    /// The inlining tree.
    pub(super) fn inline_tree(&self) -> Option<&'d [u8]> {
        self.func_data(FUNCDATA_INL_TREE)
    }

    /// Where its frame keeps the calls that it defers; nothing where it keeps none.
    pub(crate) fn open_defers(&self) -> Option<&'d [u8]> {
        self.func_data(FUNCDATA_OPEN_DEFERS)
    }

    /// Whether its frame keeps calls that it defers.
    #[must_use]
    pub fn keeps_defers(&self) -> bool {
        self.open_defers().is_some()
    }

    /// The maps of which of its variables are live pointers, and the number of the one for `pc`. Nothing where the compiler
    /// made none for this pc.
    pub(crate) fn pointer_map(&self, pc: Addr) -> Option<(&'d [u8], usize)> {
        self.stack_map(FUNCDATA_LOCALS_POINTER_MAPS, pc)
    }

    /// The maps of which of its arguments, which lie in its caller's frame, are live pointers, and the number of the one for
    /// `pc`. Nothing where the compiler made none for this pc.
    pub(crate) fn argument_map(&self, pc: Addr) -> Option<(&'d [u8], usize)> {
        self.stack_map(FUNCDATA_ARGS_POINTER_MAPS, pc)
    }

    /// The stack maps that `FUNCDATA` number `index` has, and the number of the one for `pc`.
    fn stack_map(&self, index: u32, pc: Addr) -> Option<(&'d [u8], usize)> {
        let maps = self.func_data(index)?;
        let index = self.pc_data(PCDATA_STACK_MAP_INDEX, pc)?;
        Some((maps, usize::try_from(index).ok()?))
    }

    /// The table of its variables that have an address; nothing where none has one.
    pub(crate) fn stack_objects(&self) -> Option<&'d [u8]> {
        self.func_data(FUNCDATA_STACK_OBJECTS)
    }

    /// The program that says how arguments are printed.
    pub(super) fn arg_info(&self) -> Option<&'d [u8]> {
        self.func_data(FUNCDATA_ARG_INFO)
    }

    /// Which arguments are alive: the table, and the offset into it at `pc`.
    pub(super) fn arg_liveness(&self, pc: Addr) -> Option<(&'d [u8], usize)> {
        let info = self.func_data(FUNCDATA_ARG_LIVE_INFO)?;
        let index = self
            .pc_data(PCDATA_ARG_LIVE_INDEX, pc)
            .and_then(|index| usize::try_from(index).ok());
        Some((info, index.unwrap_or(0)))
    }

    /// The table of its module.
    pub(super) fn table(&self) -> &'t ModuleTable<'d> {
        self.table
    }

    pub(super) fn name_at(&self, offset: u32) -> Cow<'d, str> {
        String::from_utf8_lossy(self.table.name(offset))
    }

    fn word(&self, at: usize) -> Option<u32> {
        u32::decode(self.raw.get(at..)?)
    }

    fn pc_data(&self, table: u32, pc: Addr) -> Option<i64> {
        self.pc_value(self.pc_data_table(table)?, pc)
    }

    /// Where a table of PCDATA begins.
    fn pc_data_table(&self, table: u32) -> Option<u32> {
        if table >= self.word(NPCDATA)? {
            return None;
        }
        let header = self.table.format.func_id + 4;
        self.word(header + usize::try_from(table).ok()? * 4)
    }

    fn func_data(&self, index: u32) -> Option<&'d [u8]> {
        let count = *self.raw.get(self.table.format.func_id + 3)?;
        if index >= u32::from(count) {
            return None;
        }
        let header = self.table.format.func_id + 4;
        let before = usize::try_from(self.word(NPCDATA)?.checked_add(index)?).ok()?;
        let offset = self.word(header.checked_add(before.checked_mul(4)?)?)?;
        if offset == u32::MAX {
            return None;
        }
        self.table.funcdata.get(usize::try_from(offset).ok()?..)
    }

    /// The value at `pc` of the pc-value table at `offset`.
    fn pc_value(&self, offset: u32, pc: Addr) -> Option<i64> {
        let wanted = pc.offset_from(self.entry)?;
        let mut at = self.values(offset)?;
        let (_, value) = at.find(|(end, _)| wanted < *end)?;
        Some(value)
    }

    /// The runs of the pc-value table at `offset`: the first pc, the one past the last, the value.
    fn runs(&self, offset: u32) -> Vec<(Addr, Addr, i64)> {
        let mut start = self.entry;
        let runs = self.values(offset).into_iter().flatten();
        let runs = runs.map_while(|(end, value)| {
            let end = self.entry.checked_add(end)?;
            let from = std::mem::replace(&mut start, end);
            Some((from, end, value))
        });
        runs.take(MAX_RUNS).collect()
    }

    /// The pc-value table at `offset`: pairs of a change of the value and a run of pcs. Each run's end, in bytes from the
    /// function's entry, and its value.
    fn values(&self, offset: u32) -> Option<impl Iterator<Item = (u64, i64)>> {
        if offset == 0 {
            return None;
        }
        let mut rest = self.table.pc_values.get(usize::try_from(offset).ok()?..)?;
        let (mut value, mut end, mut first) = (-1i64, 0u64, true);
        let quantum = self.table.quantum;
        Some(std::iter::from_fn(move || {
            let (change, after) = uvarint(rest)?;
            if change == 0 && !first {
                return None;
            }
            let (run, after) = uvarint(after)?;
            first = false;
            rest = after;
            value = value.wrapping_add(zigzag(change));
            end = end.checked_add(run.checked_mul(quantum)?)?;
            Some((end, value))
        }))
    }
}
