//! Which layout fits a target: the table of its release, its own DWARF, or the nearest table that holds up.

use crate::arch::Arch;
use crate::dwarf::DwarfTypes;
use crate::enums::Enums;
use crate::fields::Fields;
use crate::image::Image;
use crate::mem::{GoSlice, Word};
use crate::rules::{Rules, rules};
use crate::table::Table;
use crate::tables;
use crate::version::GoVersion;
use memchr::memmem;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;

/// The oldest minor with a table.
pub const OLDEST_MINOR: u16 = 19;
/// Maximum number of bytes of a segment that are searched for texts.
const MAX_SEARCHED: usize = 256 << 20;
/// Maximum number of places at which an array of texts may begin.
const MAX_HITS: usize = 1 << 20;
/// Bytes of an address.
const WORD: usize = 8;

/// Returns the oldest and the newest Go release that has a table, such as `go1.19.0` and `go1.27.4`.
#[must_use]
pub fn known_releases() -> (String, String) {
    let releases = || {
        tables::all().flat_map(|table| {
            [
                (table.minor, table.patches.0),
                (table.minor, table.patches.1),
            ]
        })
    };
    let name = |release: Option<(u16, u16)>| {
        release.map_or_else(String::new, |(minor, patch)| format!("go1.{minor}.{patch}"))
    };
    (name(releases().min()), name(releases().max()))
}

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
    let others = std::iter::once_with(move || nearest(version, image)).flatten();
    exact.into_iter().chain(own).chain(others)
}

fn exact_table(version: &GoVersion, arch: Arch) -> Option<&'static Table> {
    let is_known = version.is_gos && version.experiments.is_empty();
    let (minor, patch) = version.minor.zip(version.patch).filter(|_| is_known)?;
    tables::all().find(|table| {
        (table.minor, table.arch) == (minor, arch)
            && (table.patches.0..=table.patches.1).contains(&patch)
    })
}

/// Other tables: first those of the same minor, then by distance; of equals the newer one. Without a number, the order is
/// that of [`by_texts`].
fn nearest(version: &GoVersion, image: &Image<'_>) -> impl Iterator<Item = Layout> + use<> {
    let arch = image.arch();
    let mut others: Vec<_> = tables::all()
        .rev()
        .filter(|table| table.arch == arch)
        .collect();
    match version.minor {
        Some(minor) => {
            let patch = version.patch.unwrap_or(0);
            let distance = |table: &&Table| {
                let (first, last) = table.patches;
                let patches = first.abs_diff(patch).min(last.abs_diff(patch));
                let patches = if (first..=last).contains(&patch) {
                    0
                } else {
                    patches
                };
                (table.minor.abs_diff(minor), patches)
            };
            others.sort_by_key(distance);
        }
        None => by_texts(&mut others, image),
    }
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

/// Puts those tables first whose texts the file has: `waitReasonStrings` differs from nearly every minor to the next. Of
/// those that fit, the longest says most.
fn by_texts(tables: &mut [&'static Table], image: &Image<'_>) {
    let mut known: HashMap<Vec<u64>, bool> = HashMap::new();
    tables.sort_by_cached_key(|table| {
        let texts = table.enums.wait_reasons.iter();
        let lengths: Vec<u64> = texts.map(|text| text.len() as u64).collect();
        let count = lengths.len();
        let is_there = *known
            .entry(lengths)
            .or_insert_with_key(|lengths| has_texts(image, lengths));
        (!is_there, Reverse(count))
    });
}

/// Whether the file has an array of Go strings of these lengths, which unlike their addresses no relocation changes. The
/// first of wait reasons is empty.
fn has_texts(image: &Image<'_>, lengths: &[u64]) -> bool {
    let Some(second) = lengths.get(1) else {
        return false;
    };
    let second = second.to_le_bytes();
    let data = image.segments().iter().filter(|it| !it.executable);
    let holds = |bytes: &[u8]| {
        let hits = memmem::find_iter(bytes, &second).take(MAX_HITS);
        let mut starts = hits.filter_map(|at| at.checked_sub(GoSlice::SIZE + WORD));
        starts.any(|start| {
            let mut at = (start..).step_by(GoSlice::SIZE);
            lengths.iter().all(|len| {
                let found = at.next().and_then(|at| bytes.get(at + WORD..));
                found.and_then(u64::decode) == Some(*len)
            })
        })
    };
    data.map(|segment| segment.bytes.get(..MAX_SEARCHED).unwrap_or(segment.bytes))
        .any(holds)
}

fn layout(table: &Table, version: &GoVersion, from: LayoutFrom) -> Layout {
    Layout {
        fields: *table.fields,
        enums: table.enums.clone(),
        rules: rules(version.minor.unwrap_or(table.minor)),
        from,
    }
}

/// From the binary itself. Enumerations that it does not show come from the nearest table, and so do the rules of a program
/// that does not say its release.
fn from_dwarf(version: &GoVersion, image: &Image<'_>) -> Option<Layout> {
    let types = DwarfTypes::read(image.data(), Fields::has_record).ok()?;
    let fields = Fields::resolve(&types).ok()?;
    let nearest = || nearest(version, image).next();
    let enums = Enums::from_binary(image, &types).ok();
    let enums = enums.or_else(|| nearest().map(|layout| layout.enums))?;
    let rules = match version.minor {
        Some(minor) => rules(minor),
        None => nearest()?.rules,
    };
    Some(Layout {
        fields,
        enums,
        rules,
        from: LayoutFrom::Dwarf,
    })
}
