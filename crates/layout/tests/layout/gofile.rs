//! Files that look as if Go's linker had made them: build info, pclntab's header, moduledata.

use gopeek_layout::testing::elf::{AMD64, ARM64, EXECUTE, Elf, READ, WRITE};

/// Where the segments are linked.
pub(crate) const TEXT: u64 = 0x40_1000;
pub(crate) const RODATA: u64 = 0x50_0000;
pub(crate) const DATA: u64 = 0x60_0000;

/// How many functions the header and the moduledata claim.
pub(crate) const FUNCTIONS: u64 = 3;
/// Bytes of function names.
const NAMES: u64 = 40;

/// The front of pclntab: magic, quantum, word size, counts, text, and offsets of the tables.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Header {
    pub(crate) magic: u32,
    pub(crate) quantum: u8,
    pub(crate) word: u8,
    pub(crate) functions: u64,
    pub(crate) offsets: [u64; 5],
}

impl Header {
    pub(crate) const GOOD: Header = Header {
        magic: 0xffff_fff1,
        quantum: 1,
        word: 8,
        functions: FUNCTIONS,
        offsets: [72, 72 + NAMES, 120, 144, 160],
    };

    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut bytes = self.magic.to_le_bytes().to_vec();
        bytes.extend([0, 0, self.quantum, self.word]);
        for word in [self.functions, 2, TEXT] {
            bytes.extend(word.to_le_bytes());
        }
        for offset in self.offsets {
            bytes.extend(offset.to_le_bytes());
        }
        bytes
    }
}

/// A header and as many zeroes as its tables take.
pub(crate) fn pclntab(header: Header) -> Vec<u8> {
    let mut bytes = header.bytes();
    bytes.resize(0x100, 0);
    bytes
}

/// The front of a moduledata whose pclntab lies at `pclntab`.
pub(crate) fn moduledata(pclntab: u64, functions: u64, names: u64) -> Vec<u8> {
    let entries = functions + 1;
    let slices = [
        (72, names),
        (112, 6),
        (120, 20),
        (144, 16),
        (160, 80),
        (160, entries),
    ];
    let mut bytes = pclntab.to_le_bytes().to_vec();
    for (offset, len) in slices {
        for word in [pclntab + offset, len, len] {
            bytes.extend(word.to_le_bytes());
        }
    }
    bytes.resize(0x240, 0);
    bytes
}

/// The build info of `version`, with `text` as its module text.
pub(crate) fn buildinfo(version: &str, text: &str) -> Vec<u8> {
    let mut blob = b"\xff Go buildinf:\x08\x02".to_vec();
    blob.resize(32, 0);
    let framed = format!("0123456789abcdef{text}0123456789abcdef");
    for part in [version, &framed] {
        assert!(part.len() < 0x4000, "a varint of at most two bytes");
        let (low, high) = (part.len() & 0x7f, part.len() >> 7);
        if high > 0 {
            blob.push(u8::try_from(low | 0x80).unwrap());
            blob.push(u8::try_from(high).unwrap());
        } else {
            blob.push(u8::try_from(low).unwrap());
        }
        blob.extend(part.as_bytes());
    }
    blob
}

/// A file with one of each: pclntab at [`RODATA`], build info at [`DATA`], moduledata behind it.
pub(crate) fn go_file(machine: u16) -> Elf {
    let quantum = if machine == ARM64 { 4 } else { 1 };
    let header = Header {
        quantum,
        ..Header::GOOD
    };
    let mut data = buildinfo("go1.24.11", "path\texample.com/x\n");
    data.resize(usize::try_from(MODULEDATA - DATA).unwrap(), 0);
    data.extend(moduledata(RODATA, FUNCTIONS, NAMES));
    Elf::new(machine)
        .load(TEXT, READ | EXECUTE, &[0xcc; 64])
        .load(RODATA, READ, &pclntab(header))
        .load(DATA, READ | WRITE, &data)
        .zeroed(0x100)
}

/// Where [`go_file`] has its moduledata.
pub(crate) const MODULEDATA: u64 = DATA + 0x100;

/// An amd64 file with nothing but `rodata` and `data`.
pub(crate) fn with(rodata: &[u8], data: &[u8]) -> Vec<u8> {
    Elf::new(AMD64)
        .load(RODATA, READ, rodata)
        .load(DATA, READ | WRITE, data)
        .build()
}
