//! The runtime's structs, made by hand with the offsets of a real table.

use gopeek_layout::Addr;
use gopeek_layout::arch::Arch;
use gopeek_layout::fields::Fields;
use gopeek_layout::mem::{GoSlice, Word};
use gopeek_layout::record::Field;
use gopeek_layout::tables;
use gopeek_layout::testing::Bytes;

/// The newest table of Go 1.`minor` on amd64.
pub(crate) fn fields(minor: u16) -> &'static Fields {
    tables::all()
        .rfind(|table| (table.minor, table.arch) == (minor, Arch::Amd64))
        .map(|table| table.fields)
        .expect("a table of each minor")
}

/// A struct of the runtime's at some address.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    at: u64,
    bytes: Vec<u8>,
}

impl Record {
    /// `size` zeroes at `at`.
    pub(crate) fn new(at: u64, size: u32) -> Record {
        Record {
            at,
            bytes: vec![0; usize::try_from(size).unwrap()],
        }
    }

    /// Sets a number or an address.
    pub(crate) fn set<T: Word>(mut self, field: Field<T>, value: u64) -> Record {
        self.put(field, &value.to_le_bytes()[..T::SIZE]);
        self
    }

    /// Sets the front of a slice.
    pub(crate) fn slice(mut self, field: Field<GoSlice>, data: u64, len: u64) -> Record {
        self.put(field, &[data, len].map(u64::to_le_bytes).concat());
        self
    }

    /// The record's bytes alone, for a list of them.
    pub(crate) fn raw(&self) -> &[u8] {
        &self.bytes
    }

    /// The record as memory.
    pub(crate) fn bytes(&self) -> Bytes {
        Bytes::at(self.at).raw(&self.bytes)
    }

    fn put<T>(&mut self, field: Field<T>, bytes: &[u8]) {
        let from = usize::try_from(field.offset()).unwrap();
        self.bytes[from..from + bytes.len()].copy_from_slice(bytes);
    }
}

/// A g that names itself, as each one that ever had a stack does.
pub(crate) fn g(fields: &Fields, at: u64) -> Record {
    Record::new(at, fields.g.size).set(fields.g.sched_g, at)
}

/// Where a parked goroutine goes on.
pub(crate) const PC: u64 = 0x40_1000;

/// What counts as code in hand-made targets.
pub(crate) fn is_code(at: Addr) -> bool {
    (0x40_0000..0x50_0000).contains(&at.get())
}

/// `goid` is parked at `sp` of the stack `[lo, hi)`.
pub(crate) fn parked(fields: &Fields, at: u64, goid: u64, [lo, sp, hi]: [u64; 3]) -> Record {
    g(fields, at)
        .set(fields.g.goid, goid)
        .set(fields.g.status, 4)
        .set(fields.g.stack_lo, lo)
        .set(fields.g.sched_pc, PC)
        .set(fields.g.sched_sp, sp)
        .set(fields.g.stack_hi, hi)
}

/// A slice header at `at`, with a capacity of its length.
pub(crate) fn slice(at: u64, data: u64, len: u64) -> Bytes {
    Bytes::at(at).u64(data).u64(len).u64(len)
}

/// `words`, one after the other.
pub(crate) fn words(at: u64, words: &[u64]) -> Bytes {
    words
        .iter()
        .fold(Bytes::at(at), |bytes, word| bytes.u64(*word))
}
