//! Written by `cargo xtask offsets` from the DWARF of Go's own binaries. Not to be edited.

mod go1_19;
mod go1_20;
mod go1_21;
mod go1_22;
mod go1_23;
mod go1_24;
mod go1_25;
mod go1_26;
mod go1_27;

use crate::table::Table;

/// Every table, oldest minor first.
#[must_use]
pub fn all() -> impl DoubleEndedIterator<Item = &'static Table> {
    let files: [&'static [Table]; 9] = [
        &go1_19::TABLES,
        &go1_20::TABLES,
        &go1_21::TABLES,
        &go1_22::TABLES,
        &go1_23::TABLES,
        &go1_24::TABLES,
        &go1_25::TABLES,
        &go1_26::TABLES,
        &go1_27::TABLES,
    ];
    files.into_iter().flatten()
}
