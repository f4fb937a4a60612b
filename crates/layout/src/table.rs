//! One row of the generated tables.

use crate::arch::Arch;
use crate::enums::Enums;
use crate::fields::Fields;

/// The layout of a range of Go releases on one architecture.
#[derive(Debug)]
pub struct Table {
    /// Go 1.`minor`.
    pub minor: u16,
    /// The first and the last patch release that were looked at and are so.
    pub patches: (u16, u16),
    /// The architecture.
    pub arch: Arch,
    /// Offsets.
    pub fields: &'static Fields,
    /// Enumerations.
    pub enums: &'static Enums,
}
