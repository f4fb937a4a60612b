//! The tables as Rust source. The same releases give the same bytes.

use std::fmt::Write as _;

use gopeek_layout::arch::Arch;
use gopeek_layout::enums::Enums;
use gopeek_layout::fields::Fields;

use super::Release;

const HEADER: &str = "//! Written by `cargo xtask offsets` from the DWARF of Go's own binaries. Not to be edited.\n\n";

/// Releases in a row that are alike.
struct Range {
    arch: Arch,
    patches: (u16, u16),
    fields: usize,
    enums: usize,
}

/// The file of one minor: the ranges of releases, then each distinct set of offsets and enumerations once.
pub(super) fn minor(minor: u16, releases: &[Release]) -> String {
    let (mut fields, mut enums): (Vec<&Fields>, Vec<&Enums>) = (Vec::new(), Vec::new());
    let mut ranges: Vec<Range> = Vec::new();
    for arch in [Arch::Amd64, Arch::Arm64] {
        for release in releases {
            let shape = release.shapes.iter().find(|(of, _)| *of == arch);
            let Some((_, shape)) = shape else { continue };
            let range = Range {
                arch,
                patches: (release.patch, release.patch),
                fields: index_of(&mut fields, &shape.fields),
                enums: index_of(&mut enums, &shape.enums),
            };
            match ranges.last_mut() {
                Some(last) if alike(last, &range) => last.patches.1 = release.patch,
                _ => ranges.push(range),
            }
        }
    }
    let mut out = preamble(fields.first().copied());
    let _ = writeln!(
        out,
        "pub(super) static TABLES: [Table; {}] = [",
        ranges.len()
    );
    for Range {
        arch,
        patches: (first, last),
        fields,
        enums,
    } in &ranges
    {
        let _ = writeln!(
            out,
            "Table {{ minor: {minor}, patches: ({first}, {last}), arch: Arch::{arch:?}, \
             fields: &FIELDS_{fields}, enums: &ENUMS_{enums} }},"
        );
    }
    out += "];\n";
    for (index, fields) in fields.iter().enumerate() {
        write_fields(&mut out, index, fields);
    }
    for (index, enums) in enums.iter().enumerate() {
        write_enums(&mut out, index, enums);
    }
    out
}

fn alike(a: &Range, b: &Range) -> bool {
    (a.arch, a.fields, a.enums) == (b.arch, b.fields, b.enums)
}

/// Where `item` stands among the distinct ones, as which it is counted if it is new.
fn index_of<'a, T: PartialEq>(distinct: &mut Vec<&'a T>, item: &'a T) -> usize {
    distinct
        .iter()
        .position(|known| *known == item)
        .unwrap_or_else(|| {
            distinct.push(item);
            distinct.len() - 1
        })
}

fn preamble(fields: Option<&Fields>) -> String {
    let mut out = String::from(HEADER);
    out +=
        "use crate::arch::Arch;\nuse crate::enums::{Enums, FuncIds};\nuse crate::fields::{Fields";
    let records = fields.map(Fields::records).unwrap_or_default();
    for record in records.iter().filter(|record| record.size.is_some()) {
        let _ = write!(out, ", {}", record.name);
    }
    out + "};\nuse crate::record::Field;\nuse crate::table::Table;\nuse std::borrow::Cow;\n\n"
}

fn write_fields(out: &mut String, index: usize, fields: &Fields) {
    let rows = fields.rows();
    let _ = writeln!(out, "\nstatic FIELDS_{index}: Fields = Fields {{");
    for record in fields.records() {
        let (open, close) = if record.optional {
            ("Some(", ")")
        } else {
            ("", "")
        };
        let Some(size) = record.size else {
            let _ = writeln!(out, "{}: None,", record.slot);
            continue;
        };
        let _ = writeln!(
            out,
            "{}: {open}{} {{ size: {size},",
            record.slot, record.name
        );
        for row in rows.iter().filter(|row| row.record == record.record) {
            let value = match (row.offset, row.optional) {
                (Some(offset), false) => format!("Field::at({offset})"),
                (Some(offset), true) => format!("Some(Field::at({offset}))"),
                (None, _) => "None".to_owned(),
            };
            let _ = writeln!(out, "{}: {value},", row.field);
        }
        let _ = writeln!(out, "}}{close},");
    }
    *out += "};\n";
}

fn write_enums(out: &mut String, index: usize, enums: &Enums) {
    let texts = |list: &[std::borrow::Cow<'_, str>]| {
        let list: Vec<_> = list
            .iter()
            .map(|text| format!("Cow::Borrowed({text:?})"))
            .collect();
        format!("Cow::Borrowed(&[{}])", list.join(", "))
    };
    let _ = writeln!(out, "\nstatic ENUMS_{index}: Enums = Enums {{");
    let _ = writeln!(out, "statuses: {},", texts(&enums.statuses));
    let _ = writeln!(out, "wait_reasons: {},", texts(&enums.wait_reasons));
    let idle: Vec<_> = enums
        .idle_in_synctest
        .iter()
        .map(ToString::to_string)
        .collect();
    let _ = writeln!(
        out,
        "idle_in_synctest: Cow::Borrowed(&[{}]),",
        idle.join(", ")
    );
    let _ = writeln!(out, "func_ids: {:?},\n}};", enums.func_ids);
}

/// `tables/mod.rs`: all files, oldest first.
pub(super) fn index(minors: &[u16]) -> String {
    let mut out = String::from(HEADER);
    for minor in minors {
        let _ = writeln!(out, "mod go1_{minor};");
    }
    out += "\nuse crate::table::Table;\n\n/// Every table, oldest minor first.\n#[must_use]\n";
    out += "pub fn all() -> impl DoubleEndedIterator<Item = &'static Table> {\n";
    let _ = writeln!(
        out,
        "    let files: [&'static [Table]; {}] = [",
        minors.len()
    );
    for minor in minors {
        let _ = writeln!(out, "&go1_{minor}::TABLES,");
    }
    out + "];\n    files.into_iter().flatten()\n}\n"
}
