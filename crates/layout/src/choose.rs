//! Which layout fits a target: the table of its release, its own DWARF, or the nearest table that holds up.

use crate::arch::Arch;
use crate::dwarf::DwarfTypes;
use crate::enums::Enums;
use crate::fields::Fields;
use crate::image::Image;
use crate::rules::{Rules, rules};
use crate::table::Table;
use crate::tables;
use crate::version::GoVersion;
use std::fmt;

/// The oldest minor with a table.
pub const OLDEST_MINOR: u16 = 19;

/// What a target's structs look like, and where that is known from.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Offsets.
    pub fields: Fields,
    /// Enumerations.
    pub enums: Enums,
    /// Behaviour of its traceback.
    pub rules: &'static Rules,
    /// Where the offsets are from.
    pub from: LayoutFrom,
}

/// Where a layout is from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LayoutFrom {
    /// A table made from this very release, or from releases before and after it that are alike.
    Release,
    /// The target's own DWARF.
    Dwarf,
    /// A table of other releases, `go1.N.first` to `go1.N.last`.
    Nearest {
        /// Its minor.
        minor: u16,
        /// Its patch releases.
        patches: (u16, u16),
    },
}

impl LayoutFrom {
    /// Whether nothing about it is a guess.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !matches!(self, LayoutFrom::Nearest { .. })
    }
}

impl fmt::Display for LayoutFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LayoutFrom::Release => f.write_str("table of its release"),
            LayoutFrom::Dwarf => f.write_str("its own DWARF"),
            LayoutFrom::Nearest {
                minor,
                patches: (first, last),
            } if first == last => {
                write!(f, "nearest table, go1.{minor}.{first}")
            }
            LayoutFrom::Nearest {
                minor,
                patches: (first, last),
            } => {
                write!(f, "nearest table, go1.{minor}.{first} to .{last}")
            }
        }
    }
}

/// The layouts that may fit a target, best first. The caller takes the first that holds against its memory.
pub fn candidates<'a>(
    version: &'a GoVersion,
    image: &'a Image<'_>,
) -> impl Iterator<Item = Layout> + use<'a> {
    let arch = image.arch();
    let exact = exact_table(version, arch).map(|table| layout(table, version, LayoutFrom::Release));
    let own = std::iter::once_with(|| from_dwarf(version, image)).flatten();
    exact.into_iter().chain(own).chain(nearest(version, arch))
}

fn exact_table(version: &GoVersion, arch: Arch) -> Option<&'static Table> {
    let patch = version.patch.filter(|_| version.experiments.is_empty())?;
    tables::all().find(|table| {
        (table.minor, table.arch) == (version.minor, arch)
            && (table.patches.0..=table.patches.1).contains(&patch)
    })
}

/// Other tables: first those of the same minor, then by distance; of equals the newer one.
fn nearest(version: &GoVersion, arch: Arch) -> impl Iterator<Item = Layout> {
    let patch = version.patch.unwrap_or(0);
    let distance = move |table: &&Table| {
        let patches = table
            .patches
            .0
            .abs_diff(patch)
            .min(table.patches.1.abs_diff(patch));
        (table.minor.abs_diff(version.minor), patches)
    };
    let mut others: Vec<_> = tables::all()
        .rev()
        .filter(|table| table.arch == arch)
        .collect();
    others.sort_by_key(distance);
    let version = version.clone();
    others.into_iter().map(move |table| {
        layout(
            table,
            &version,
            LayoutFrom::Nearest {
                minor: table.minor,
                patches: table.patches,
            },
        )
    })
}

fn layout(table: &Table, version: &GoVersion, from: LayoutFrom) -> Layout {
    Layout {
        fields: *table.fields,
        enums: table.enums.clone(),
        rules: rules(version.minor),
        from,
    }
}

/// From the binary itself. Enumerations that it does not show come from the nearest table.
fn from_dwarf(version: &GoVersion, image: &Image<'_>) -> Option<Layout> {
    let types = DwarfTypes::read(image.data(), Fields::has_record).ok()?;
    let fields = Fields::resolve(&types).ok()?;
    let enums = Enums::from_binary(image, &types).ok().or_else(|| {
        nearest(version, image.arch())
            .next()
            .map(|layout| layout.enums)
    })?;
    Some(Layout {
        fields,
        enums,
        rules: rules(version.minor),
        from: LayoutFrom::Dwarf,
    })
}
