//! Go's variable-length integers, as `encoding/binary` and pclntab write them.

/// A varint and the bytes behind it; nothing where it is cut off or longer than 64 bits.
#[must_use]
pub fn uvarint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (index, &byte) in bytes.iter().enumerate().take(10) {
        let shift = u32::try_from(index).ok()?.checked_mul(7)?;
        let part = u64::from(byte & 0x7f);
        value |= part
            .checked_shl(shift)
            .filter(|shifted| shifted >> shift == part)?;
        if byte < 0x80 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

/// The signed number that a zigzag-encoded varint stands for.
#[must_use]
pub fn zigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::{uvarint, zigzag};

    #[test]
    fn one_and_more_bytes() {
        assert_eq!(uvarint(&[0x7f, 9]), Some((127, &[9u8][..])));
        assert_eq!(uvarint(&[0xac, 0x02]), Some((300, &[][..])));
    }

    #[test]
    fn cut_or_too_long() {
        assert_eq!(uvarint(&[]), None);
        assert_eq!(uvarint(&[0x80]), None);
        assert_eq!(uvarint(&[0xff; 10]), None);
        assert_eq!(
            uvarint(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]).map(|v| v.0),
            Some(u64::MAX)
        );
    }

    #[test]
    fn zigzag_alternates() {
        assert_eq!([0, 1, 2, 3].map(zigzag), [0, -1, 1, -2]);
        assert_eq!(zigzag(u64::MAX), i64::MIN);
    }
}
