//! The tables as Rust source. The same releases give the same bytes.

use std::fmt::Write as _;

use gopeek_layout::enums::Enums;
use gopeek_layout::fields::Fields;

use super::Release;
use super::probe::Shape;

const HEADER: &str = "//! Written by `cargo xtask offsets` from the DWARF of Go's own binaries. Not to be edited.\n\n";

/// The file of one minor: each distinct shape once, then the ranges of releases that have it.
pub(super) fn minor(minor: u16, releases: &[Release]) -> String {
    let mut shapes: Vec<&Shape> = Vec::new();
    let mut index_of = |shape| {
        shapes
            .iter()
            .position(|known| *known == shape)
            .unwrap_or_else(|| {
                shapes.push(shape);
                shapes.len() - 1
            })
    };
    let mut rows: Vec<(usize, u16, u16, &str)> = Vec::new();
    for arch in 0..2 {
        for release in releases {
            let (arch_name, shape) = &release.shapes[arch];
            let index = index_of(shape);
            let arch_name = match arch_name.name() {
                "amd64" => "Amd64",
                _ => "Arm64",
            };
            match rows.last_mut() {
                Some((last, _, to, arch)) if *last == index && *arch == arch_name => {
                    *to = release.patch;
                }
                _ => rows.push((index, release.patch, release.patch, arch_name)),
            }
        }
    }
    let mut out = String::from(HEADER);
    out +=
        "use crate::table::Table;\nuse crate::arch::Arch;\nuse crate::enums::{Enums, FuncIds};\n";
    out += "use crate::fields::{RECORDS};\nuse crate::record::Field;\nuse std::borrow::Cow;\n\n";
    let _ = writeln!(out, "pub(super) static TABLES: [Table; {}] = [", rows.len());
    for (index, from, to, arch) in &rows {
        let _ = writeln!(
            out,
            "Table {{ minor: {minor}, patches: ({from}, {to}), arch: Arch::{arch}, fields: &FIELDS_{index}, enums: &ENUMS_{index} }},"
        );
    }
    out += "];\n";
    let mut records = String::from("Fields");
    for (index, shape) in shapes.iter().enumerate() {
        fields(&mut out, index, &shape.fields);
        enums(&mut out, index, &shape.enums);
    }
    for record in shapes
        .first()
        .map(|shape| shape.fields.records())
        .unwrap_or_default()
    {
        if record.size.is_some() {
            let _ = write!(records, ", {}", record.name);
        }
    }
    out.replace("RECORDS", &records)
}

fn fields(out: &mut String, index: usize, fields: &Fields) {
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

fn enums(out: &mut String, index: usize, enums: &Enums) {
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
    out += "\nuse crate::table::Table;\n\n/// Every table, oldest minor first.\n";
    out += "#[must_use]\npub fn all() -> impl DoubleEndedIterator<Item = &'static Table> {\n    let files: [&'static [Table]; ";
    let _ = writeln!(out, "{}] = [", minors.len());
    for minor in minors {
        let _ = writeln!(out, "&go1_{minor}::TABLES,");
    }
    out + "];\n    files.into_iter().flatten()\n}\n"
}
