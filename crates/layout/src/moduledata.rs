//! A module of the target: its file, where it is loaded, and what the linker told the runtime of it.

use crate::addr::{Addr, Span};
use crate::fields::ModuleDataFields;
use crate::image::{Image, Segment};
use crate::mem::{GoSlice, Memory, Run, Unreadable, read_bytes};
use crate::pcheader::{FoundBy, PcHeader};
use memchr::memmem;

/// The front of `runtime.moduledata`, the same in every Go from 1.19 to 1.27: pcHeader, funcnametab, cutab,
/// filetab, pctab, pclntable, ftab, each slice with its length and capacity.
const FUNCNAMETAB_LEN: usize = 16;
const FTAB_LEN: usize = 136;

/// The linked address of the moduledata that belongs to `header`, and how it was found.
///
/// Relocated words may be zero in the file of a PIE, but lengths are not relocated: `ftab` has one entry more
/// than there are functions, in length and in capacity, and `funcnametab` is no longer than its room.
#[must_use]
pub fn find_moduledata(image: &Image<'_>, header: &PcHeader) -> Option<(Addr, FoundBy)> {
    // cmd/link gives it a section of its own from 1.26 on.
    if let Some(section) = image.section(".go.module")
        && image
            .bytes_from(section.start)
            .is_some_and(|bytes| belongs(bytes, header))
    {
        return Some((section.start, FoundBy::Section(".go.module")));
    }
    let entries = header.functions.checked_add(1)?.to_le_bytes();
    let lengths = [entries, entries].concat();
    // It is relocated data, so nearly always writable; read-only data is tens of megabytes to look through.
    let (writable, other): (Vec<&Segment<'_>>, Vec<&Segment<'_>>) = image
        .segments()
        .iter()
        .filter(|segment| !segment.executable)
        .partition(|segment| segment.writable);
    writable.into_iter().chain(other).find_map(|segment| {
        memmem::find_iter(segment.bytes, &lengths).find_map(|at| {
            let start = at.checked_sub(FTAB_LEN)?;
            let found = segment.start.checked_add(u64::try_from(start).ok()?)?;
            (found.is_aligned(8) && belongs(segment.bytes.get(start..)?, header))
                .then_some((found, FoundBy::Bytes))
        })
    })
}

fn belongs(bytes: &[u8], header: &PcHeader) -> bool {
    let word = |at: usize| {
        bytes
            .get(at..)
            .and_then(|rest| rest.first_chunk())
            .map(|word| u64::from_le_bytes(*word))
    };
    let (Some(names), Some(names_cap)) = (word(FUNCNAMETAB_LEN), word(FUNCNAMETAB_LEN + 8)) else {
        return false;
    };
    let room = header.offsets[1].saturating_sub(header.offsets[0]);
    let entries = header.functions.checked_add(1);
    names == names_cap
        && names > 0
        && names <= room
        && word(FTAB_LEN) == entries
        && word(FTAB_LEN + 8) == entries
}

/// `runtime.moduledata`, as the target has it in memory: relocated.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct ModuleData {
    /// Where it lies.
    pub at: Addr,
    /// The front of pclntab.
    pub pc_header: Addr,
    /// NUL-terminated function names.
    pub funcnametab: GoSlice,
    /// u32 offsets into `filetab`, by unit.
    pub cutab: GoSlice,
    /// NUL-terminated file names.
    pub filetab: GoSlice,
    /// pc-value tables.
    pub pctab: GoSlice,
    /// `_func` structs.
    pub pclntable: GoSlice,
    /// Pairs of u32: entry offset from `text`, offset into `pclntable`.
    pub ftab: GoSlice,
    /// First address of Go code.
    pub text: Addr,
    /// One past its last.
    pub etext: Addr,
    /// Initialised data with pointers.
    pub data: Addr,
    /// Zeroed data with pointers.
    pub bss: Addr,
    /// Its end.
    pub ebss: Addr,
    /// All globals, those without pointers included.
    pub globals: Span,
    /// Type descriptors.
    pub types: Span,
    /// Base of the funcdata offsets.
    pub gofunc: Addr,
    /// The next module, or nil.
    pub next: Addr,
}

impl ModuleData {
    /// Reads the record at `at`.
    ///
    /// # Errors
    /// [`Unreadable`], as [`Memory::read`].
    pub fn read(
        memory: &(impl Memory + ?Sized),
        fields: &ModuleDataFields,
        at: Addr,
    ) -> Result<ModuleData, Unreadable> {
        let record = read_bytes(memory, at, usize::try_from(fields.size).unwrap_or(0))?;
        let short = || Unreadable {
            at,
            len: record.len(),
        };
        let slice = |field: crate::record::Field<GoSlice>| field.of(&record).ok_or_else(short);
        let addr = |field: crate::record::Field<Addr>| field.of(&record).ok_or_else(short);
        Ok(ModuleData {
            at,
            pc_header: addr(fields.pc_header)?,
            funcnametab: slice(fields.funcnametab)?,
            cutab: slice(fields.cutab)?,
            filetab: slice(fields.filetab)?,
            pctab: slice(fields.pctab)?,
            pclntable: slice(fields.pclntable)?,
            ftab: slice(fields.ftab)?,
            text: addr(fields.text)?,
            etext: addr(fields.etext)?,
            data: addr(fields.data)?,
            bss: addr(fields.bss)?,
            ebss: addr(fields.ebss)?,
            globals: Span::between(addr(fields.noptrdata)?, addr(fields.enoptrbss)?)
                .ok_or_else(short)?,
            types: Span::between(addr(fields.types)?, addr(fields.etypes)?).ok_or_else(short)?,
            gofunc: addr(fields.gofunc)?,
            next: addr(fields.next)?,
        })
    }
}

/// A module and the file it was loaded from.
#[derive(Clone, Debug)]
pub struct Module<'d> {
    /// The file.
    pub image: Image<'d>,
    /// Added to a linked address, gives the address in the target.
    pub bias: u64,
    /// The runtime's record of it.
    pub data: ModuleData,
}

impl<'d> Module<'d> {
    /// The file's bytes from the target's address `at` to the end of the segment.
    #[must_use]
    pub fn bytes_from(&self, at: Addr) -> Option<&'d [u8]> {
        self.image.bytes_from(at.checked_sub(self.bias)?)
    }

    /// The file's bytes of `len` elements of `size` bytes, by the target's address.
    #[must_use]
    pub fn slice(&self, slice: GoSlice, size: u64) -> Option<&'d [u8]> {
        self.image.bytes(
            slice.data.checked_sub(self.bias)?,
            slice.len.checked_mul(size)?,
        )
    }
}

/// What a target's files say of its memory: the data that is mapped read-only, and so never copied from the target.
#[derive(Copy, Clone, Debug)]
pub struct ReadOnly<'a, 'd>(pub &'a [Module<'d>]);

impl Memory for ReadOnly<'_, '_> {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        let runs = self.0.iter().flat_map(|module| {
            let segments = module.image.segments().iter();
            let constant = segments.filter(|segment| !segment.writable);
            constant.filter_map(|segment| {
                Some(Run {
                    start: segment.start.checked_add(module.bias)?,
                    bytes: segment.bytes,
                })
            })
        });
        let mut last = Err(Unreadable { at, len: buf.len() });
        for run in runs {
            last = run.read(at, buf);
            if last.is_ok() {
                break;
            }
        }
        last
    }
}
