//! Removes an ELF file's section headers, and nothing that the kernel or the dynamic loader reads.

use std::ops::Range;

use anyhow::{Context, Result, bail};

/// Fields of the ELF64 file header (elf(5)).
const E_SHOFF: Range<usize> = 0x28..0x30;
const E_SHENTSIZE: Range<usize> = 0x3a..0x3c;
const E_SHNUM: Range<usize> = 0x3c..0x3e;
const E_SHSTRNDX: Range<usize> = 0x3e..0x40;

/// 64 bit, little endian, the only kind of ELF that gopeek's targets are.
const IDENT: &[u8] = b"\x7fELF\x02\x01";

/// Drops the table of section headers: cut off where it ends the file, else blanked where it lies.
///
/// Go's own linker puts the table behind the program headers, the C linkers put it at the end.
///
/// # Errors
/// When this is no ELF file with section headers.
pub(crate) fn drop_headers(elf: &mut Vec<u8>) -> Result<()> {
    if !elf.starts_with(IDENT) {
        bail!("no little-endian ELF64 file");
    }
    let start = usize::try_from(number(elf, E_SHOFF)?)?;
    let len = number(elf, E_SHENTSIZE)? * number(elf, E_SHNUM)?;
    let end = start.checked_add(usize::try_from(len)?);
    let end = end.context("section headers past the end of memory")?;
    if start == 0 || start == end {
        bail!("no section headers");
    }
    let table = elf
        .get_mut(start..end)
        .context("section headers past the end of the file")?;
    table.fill(0);
    if end == elf.len() {
        elf.truncate(start);
    }
    // e_shentsize stays: it says how big one would be, not that there are any.
    for field in [E_SHOFF, E_SHNUM, E_SHSTRNDX] {
        if let Some(field) = elf.get_mut(field) {
            field.fill(0);
        }
    }
    Ok(())
}

fn number(elf: &[u8], field: Range<usize>) -> Result<u64> {
    let bytes = elf.get(field).context("the ELF header is cut short")?;
    let digits = bytes.iter().rev();
    Ok(digits.fold(0, |number, byte| (number << 8) | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file header, `gap` bytes of contents, two section headers, and a `tail`.
    fn elf(gap: &[u8], tail: &[u8]) -> Vec<u8> {
        let mut elf = vec![0; 0x40];
        elf[..6].copy_from_slice(IDENT);
        elf[E_SHOFF].copy_from_slice(&(0x40 + gap.len() as u64).to_le_bytes());
        elf[E_SHENTSIZE].copy_from_slice(&64u16.to_le_bytes());
        elf[E_SHNUM].copy_from_slice(&2u16.to_le_bytes());
        elf[E_SHSTRNDX].copy_from_slice(&1u16.to_le_bytes());
        elf.extend(gap);
        elf.extend([0xaa; 128]);
        elf.extend(tail);
        elf
    }

    fn assert_says_no_sections(elf: &[u8]) {
        for field in [E_SHOFF, E_SHNUM, E_SHSTRNDX] {
            assert_eq!(number(elf, field).unwrap(), 0);
        }
        assert_eq!(number(elf, E_SHENTSIZE).unwrap(), 64);
    }

    #[test]
    fn cuts_off_a_table_at_the_end() {
        let mut file = elf(b"code", b"");
        drop_headers(&mut file).unwrap();
        assert_says_no_sections(&file);
        assert!(file.ends_with(b"code"));
    }

    #[test]
    fn blanks_a_table_in_the_middle_and_moves_nothing() {
        let mut file = elf(b"", b"code");
        let before = file.len();
        drop_headers(&mut file).unwrap();
        assert_says_no_sections(&file);
        assert_eq!(file.len(), before);
        assert!(file.ends_with(b"\0\0\0\0code"));
        assert!(!file.contains(&0xaa));
    }

    #[test]
    fn refuses_what_has_none() {
        let mut bare = elf(b"", b"");
        drop_headers(&mut bare).unwrap();
        assert!(drop_headers(&mut bare).is_err());
        assert!(drop_headers(&mut b"#!/bin/sh".to_vec()).is_err());
        let mut cut = elf(b"", b"");
        cut.truncate(0x80);
        assert!(drop_headers(&mut cut).is_err());
    }
}
