//! The kinds of Go types, by the numbers that the runtime gives them (`internal/abi/type.go`).

/// `reflect.Kind`.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the words are Go's own")]
pub enum Kind {
    Bool,
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Uintptr,
    Float32,
    Float64,
    Complex64,
    Complex128,
    Array,
    Chan,
    Func,
    Interface,
    Map,
    Pointer,
    Slice,
    String,
    Struct,
    UnsafePointer,
}

/// All kinds, in the order of their numbers, from 1 up.
const ALL: [Kind; 26] = [
    Kind::Bool,
    Kind::Int,
    Kind::Int8,
    Kind::Int16,
    Kind::Int32,
    Kind::Int64,
    Kind::Uint,
    Kind::Uint8,
    Kind::Uint16,
    Kind::Uint32,
    Kind::Uint64,
    Kind::Uintptr,
    Kind::Float32,
    Kind::Float64,
    Kind::Complex64,
    Kind::Complex128,
    Kind::Array,
    Kind::Chan,
    Kind::Func,
    Kind::Interface,
    Kind::Map,
    Kind::Pointer,
    Kind::Slice,
    Kind::String,
    Kind::Struct,
    Kind::UnsafePointer,
];

/// The bits of the number; older releases keep flags beside it.
const MASK: u8 = 31;

impl Kind {
    /// The kind that a descriptor's byte stands for.
    #[must_use]
    pub fn of(raw: u8) -> Option<Kind> {
        ALL.get(usize::from((raw & MASK).checked_sub(1)?)).copied()
    }

    /// Bytes of a value of this kind; `None` where that depends on the type.
    #[must_use]
    pub fn size(self) -> Option<u64> {
        Some(match self {
            Kind::Bool | Kind::Int8 | Kind::Uint8 => 1,
            Kind::Int16 | Kind::Uint16 => 2,
            Kind::Int32 | Kind::Uint32 | Kind::Float32 => 4,
            Kind::Complex128 | Kind::Interface | Kind::String => 16,
            Kind::Slice => 24,
            Kind::Array | Kind::Struct => return None,
            // A machine word, or as many bits.
            _ => 8,
        })
    }

    /// Whether values are signed numbers.
    #[must_use]
    pub fn is_signed(self) -> bool {
        matches!(
            self,
            Kind::Int | Kind::Int8 | Kind::Int16 | Kind::Int32 | Kind::Int64
        )
    }

    /// Whether values are unsigned numbers.
    #[must_use]
    pub fn is_unsigned(self) -> bool {
        matches!(
            self,
            Kind::Uint | Kind::Uint8 | Kind::Uint16 | Kind::Uint32 | Kind::Uint64 | Kind::Uintptr
        )
    }

    /// Whether a value is one address.
    #[must_use]
    pub fn is_address(self) -> bool {
        matches!(
            self,
            Kind::Chan | Kind::Func | Kind::Map | Kind::Pointer | Kind::UnsafePointer
        )
    }

    /// Bytes between a descriptor's common part and its uncommon part (`abi.Type.Uncommon`). `None` for a map, whose
    /// descriptor differs between releases.
    pub(super) fn own_size(self) -> Option<u64> {
        Some(match self {
            Kind::Pointer | Kind::Slice | Kind::Func => 8,
            Kind::Chan => 16,
            Kind::Array => 24,
            Kind::Struct | Kind::Interface => 32,
            Kind::Map => return None,
            _ => 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn numbers_are_those_of_reflect() {
        assert_eq!(Kind::of(1), Some(Kind::Bool));
        assert_eq!(Kind::of(22), Some(Kind::Pointer));
        assert_eq!(Kind::of(25), Some(Kind::Struct));
        assert_eq!(Kind::of(26), Some(Kind::UnsafePointer));
    }

    #[test]
    fn flags_of_older_releases_do_not_count() {
        assert_eq!(Kind::of(0x16 | 1 << 5), Some(Kind::Pointer));
        assert_eq!(Kind::of(0x19 | 1 << 6), Some(Kind::Struct));
    }

    #[test]
    fn others_are_none() {
        assert_eq!([0, 27, 31, 32].map(Kind::of), [None; 4]);
    }
}
