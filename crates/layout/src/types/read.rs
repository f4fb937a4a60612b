//! Values as numbers and text.

use super::{Kind, Place, Type, Types};
use crate::addr::Addr;
use crate::mem::{GoSlice, read_go_string, read_uint, read_word};

/// Maximum nesting of a struct around a single number: `atomic.Int64` is one.
const MAX_WRAPPED: usize = 4;
/// Maximum length of a text in bytes.
const MAX_TEXT: usize = 4096;

/// Seconds from the year 1 to 1970, and from 1885 to 1970: the beginnings that `time.Time` counts from.
const UNIX_FROM_1: i64 = 62_135_596_800;
const UNIX_FROM_1885: i64 = 2_682_288_000;

/// A `time.Time`.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Moment {
    /// Seconds since 1970, UTC.
    pub seconds: i64,
    /// Nanoseconds within the second.
    pub nanos: u32,
    /// Nanoseconds on the monotonic clock since the process started, if the time has them.
    pub monotonic: Option<i64>,
}

impl Moment {
    /// The two words of a `time.Time`: `wall` and `ext` (time/time.go).
    fn decode(wall: u64, ext: i64) -> Option<Moment> {
        let nanos = u32::try_from(wall & 0x3fff_ffff).ok()?;
        let has_monotonic = wall >> 63 != 0;
        let seconds = if has_monotonic {
            i64::try_from(wall << 1 >> 31)
                .ok()?
                .checked_sub(UNIX_FROM_1885)?
        } else {
            ext.checked_sub(UNIX_FROM_1)?
        };
        (nanos < 1_000_000_000).then_some(Moment {
            seconds,
            nanos,
            monotonic: has_monotonic.then_some(ext),
        })
    }

    /// Whether it is Go's zero time, which stands for none.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.seconds == -UNIX_FROM_1 && self.nanos == 0
    }
}

impl Types<'_> {
    /// A number, signed or not, of any width; also one that is wrapped, as in `atomic.Int64`.
    #[must_use]
    pub fn integer(&self, place: &Place) -> Option<i64> {
        let Place { at, kind } = self.unwrapped(*place)?;
        let width = usize::try_from(kind.size).ok()?;
        if !kind.kind.is_signed() && !kind.kind.is_unsigned() {
            return None;
        }
        let word = read_uint(self.memory, at, width).ok()?;
        if kind.kind.is_unsigned() {
            return i64::try_from(word).ok();
        }
        let unused = 64 - 8 * u32::try_from(width).ok()?;
        Some(word.checked_shl(unused)?.cast_signed() >> unused)
    }

    /// A bool; also an `atomic.Bool`, and a number that is not zero.
    #[must_use]
    pub fn boolean(&self, place: &Place) -> Option<bool> {
        let inner = self.unwrapped(*place)?;
        if inner.kind.kind == Kind::Bool {
            return Some(read_word::<u8>(self.memory, inner.at).ok()? != 0);
        }
        Some(self.integer(&inner)? != 0)
    }

    /// Reads a string, at most its first 4 KiB. Replaces bytes that are not UTF-8.
    #[must_use]
    pub fn text(&self, place: &Place) -> Option<String> {
        let text = (place.kind.kind == Kind::String)
            .then(|| read_go_string(self.memory, place.at, MAX_TEXT).ok())
            .flatten()?;
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    /// The address in a pointer, channel, map or func.
    #[must_use]
    pub fn address(&self, place: &Place) -> Option<Addr> {
        let inner = self.unwrapped(*place)?;
        let at = inner.kind.kind.is_address().then_some(inner.at)?;
        read_word(self.memory, at).ok()
    }

    /// Header of a slice, and the type of its elements.
    #[must_use]
    pub fn slice(&self, place: &Place) -> Option<(GoSlice, Type)> {
        let kind = self.elem(&place.kind);
        let kind = kind.filter(|_| place.kind.kind == Kind::Slice)?;
        Some((read_word(self.memory, place.at).ok()?, kind))
    }

    /// Go's `len` of a string, slice, array, map or channel.
    #[must_use]
    pub fn len(&self, place: &Place) -> Option<u64> {
        match place.kind.kind {
            Kind::String | Kind::Slice => {
                let header: GoSlice = read_word(self.memory, place.at).ok()?;
                Some(header.len)
            }
            Kind::Array => self.array_len(&place.kind),
            Kind::Map | Kind::Chan => {
                let at: Addr = read_word(self.memory, place.at).ok()?;
                if at.is_null() {
                    return Some(0);
                }
                // A map's first word is its count in all releases: the compiler's `len` relies on it.
                match place.kind.kind {
                    Kind::Map => read_word(self.memory, at).ok(),
                    _ => self.channel.qcount.read(self.memory, at).ok(),
                }
            }
            _ => None,
        }
    }

    /// A `time.Time`.
    #[must_use]
    pub fn moment(&self, place: &Place) -> Option<Moment> {
        let word = |field| {
            let (offset, kind) = self.path(&place.kind, field)?;
            let at = place.at.checked_add(offset)?;
            (kind.size == 8).then(|| read_word::<i64>(self.memory, at).ok())?
        };
        if self.full_name(&place.kind)? != "time.Time" {
            return None;
        }
        Moment::decode(word("wall")?.cast_unsigned(), word("ext")?)
    }

    /// The only field of a struct that takes any room, and of that one, down to what is no struct.
    fn unwrapped(&self, mut place: Place) -> Option<Place> {
        for _ in 0..MAX_WRAPPED {
            if place.kind.kind != Kind::Struct {
                return Some(place);
            }
            let fields = self.fields(&place.kind)?;
            let mut filled = fields.iter().filter(|field| field.kind.size > 0);
            let (only, None) = (filled.next()?, filled.next()) else {
                return None;
            };
            place = Place {
                at: place.at.checked_add(only.offset)?,
                kind: only.kind,
            };
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn a_time_with_a_monotonic_reading() {
        // 2026-11-30 15:00:00.5 UTC.
        let seconds = 1_796_050_800i64;
        let since_1885 = (seconds + super::UNIX_FROM_1885).cast_unsigned();
        let moment = Moment::decode((1 << 63) + (since_1885 << 30) + 500_000_000, 77).unwrap();
        assert_eq!((moment.seconds, moment.nanos), (seconds, 500_000_000));
        assert_eq!(moment.monotonic, Some(77));
    }

    #[test]
    fn a_time_without_one() {
        let moment = Moment::decode(7, super::UNIX_FROM_1 + 5).unwrap();
        assert_eq!(
            (moment.seconds, moment.nanos, moment.monotonic),
            (5, 7, None)
        );
        assert!(!moment.is_zero());
        assert!(Moment::decode(0, 0).unwrap().is_zero());
    }

    #[test]
    fn what_is_no_time() {
        assert_eq!(Moment::decode(0x3fff_ffff, 0), None);
        assert_eq!(Moment::decode(0, i64::MIN), None);
    }
}
