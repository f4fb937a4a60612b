//! The generated tables, against themselves and against facts that no release changed.

use gopeek_layout::arch::Arch;
use gopeek_layout::fields::{Fields, Member, Members, MissingField};
use gopeek_layout::table::Table;
use gopeek_layout::tables;

const ARCHES: [Arch; 2] = [Arch::Amd64, Arch::Arm64];

fn name(table: &Table) -> String {
    let Table {
        minor,
        patches: (first, last),
        arch,
        ..
    } = table;
    format!("1.{minor}.{first}-{last} {arch}")
}

/// Offset of a field, by its name here.
fn offset(fields: &Fields, record: &str, field: &str) -> Option<u32> {
    let rows = fields.rows();
    let row = rows
        .iter()
        .find(|row| (row.record, row.field) == (record, field));
    row.unwrap_or_else(|| panic!("{record}.{field}")).offset
}

#[test]
fn every_minor_has_tables_for_both_architectures() {
    for minor in 19..=27 {
        for arch in ARCHES {
            let found = tables::all().any(|table| (table.minor, table.arch) == (minor, arch));
            assert!(found, "1.{minor} {arch}");
        }
    }
}

#[test]
fn tables_are_in_the_order_of_their_minors() {
    assert!(tables::all().is_sorted_by_key(|table| table.minor));
}

#[test]
fn ranges_of_patches_ascend_and_share_no_release() {
    for arch in ARCHES {
        for minor in 19..=27 {
            let of_minor = tables::all().filter(|t| (t.minor, t.arch) == (minor, arch));
            let ranges: Vec<_> = of_minor.map(|table| table.patches).collect();
            for (first, last) in &ranges {
                assert!(first <= last, "1.{minor} {arch}: {ranges:?}");
            }
            for pair in ranges.windows(2) {
                assert!(pair[0].1 < pair[1].0, "1.{minor} {arch}: {ranges:?}");
            }
            assert_eq!(
                ranges[0].0, 0,
                "1.{minor} {arch} begins with its first release"
            );
        }
    }
}

#[test]
fn every_field_lies_in_its_struct() {
    for table in tables::all() {
        let records = table.fields.records();
        for row in table.fields.rows() {
            let record = records.iter().find(|record| record.record == row.record);
            let size = record.and_then(|record| record.size).expect("its size");
            assert!(
                size.is_multiple_of(8),
                "{}: {} {size}",
                name(table),
                row.record
            );
            if let Some(offset) = row.offset {
                let field = format!("{} {}.{}", name(table), row.record, row.field);
                assert!(offset < size, "{field} at {offset} of {size}");
            }
        }
    }
}

#[test]
fn no_two_fields_of_a_struct_share_an_offset() {
    for table in tables::all() {
        let mut seen = std::collections::HashMap::new();
        for row in table.fields.rows() {
            let Some(offset) = row.offset else { continue };
            let other = seen.insert((row.record, offset), row.field);
            assert_eq!(other, None, "{} {}.{}", name(table), row.record, row.field);
        }
    }
}

#[test]
fn an_optional_field_is_all_that_may_be_missing() {
    for table in tables::all() {
        for row in table.fields.rows() {
            assert!(
                row.optional || row.offset.is_some(),
                "{} {row:?}",
                name(table)
            );
        }
    }
}

#[test]
fn what_no_release_moved_is_where_it_always_was() {
    let facts = [
        ("runtime.g", "stack_lo", 0),
        ("runtime.g", "stack_hi", 8),
        ("runtime.g", "m", 48),
        ("runtime.g", "sched_sp", 56),
        ("runtime.g", "sched_pc", 64),
        ("runtime.g", "sched_g", 72),
        ("runtime.m", "g0", 0),
        ("runtime.p", "id", 0),
        ("runtime.p", "status", 4),
        ("runtime.moduledata", "pc_header", 0),
        ("runtime.moduledata", "funcnametab", 8),
        ("runtime.moduledata", "pclntable", 104),
        ("runtime.moduledata", "ftab", 128),
        ("runtime.sudog", "g", 0),
        ("runtime.hchan", "qcount", 0),
        ("runtime.hchan", "dataqsiz", 8),
        ("runtime.ancestorInfo", "pcs", 0),
        ("runtime.ancestorInfo", "goid", 24),
        ("runtime.ancestorInfo", "gopc", 32),
    ];
    for table in tables::all() {
        for (record, field, at) in facts {
            let found = offset(table.fields, record, field);
            assert_eq!(found, Some(at), "{} {record}.{field}", name(table));
        }
    }
}

#[test]
fn what_the_releases_added_and_changed_is_in_the_tables() {
    for table in tables::all() {
        let (minor, fields) = (table.minor, table.fields);
        let has = |record, field| offset(fields, record, field).is_some();
        let since = [
            ("parent_goid", 21),
            ("sleep_when", 23),
            ("coro_arg", 22),
            ("bubble", 24),
            ("running_cleanups", 25),
        ];
        for (field, first) in since {
            assert_eq!(
                has("runtime.g", field),
                minor >= first,
                "{} {field}",
                name(table)
            );
        }
        assert_eq!(
            fields.synctest_group.is_some(),
            minor == 24,
            "{}",
            name(table)
        );
        assert_eq!(fields.bubble.is_some(), minor >= 25, "{}", name(table));
        // gobuf lost its ret: the link register and the frame pointer moved down.
        let lr = offset(fields, "runtime.g", "sched_lr");
        assert_eq!(
            lr,
            Some(if minor < 25 { 96 } else { 88 }),
            "{}",
            name(table)
        );
    }
}

#[test]
fn the_texts_that_every_release_has_are_in_the_tables() {
    for table in tables::all() {
        let reasons = &table.enums.wait_reasons;
        for reason in ["IO wait", "select", "chan receive", "chan send", "sleep"] {
            assert!(reasons.contains(&reason.into()), "{} {reason}", name(table));
        }
        assert_eq!(reasons[0], "", "{}", name(table));
        let statuses = &table.enums.statuses;
        let waiting = statuses.get(4).map(AsRef::as_ref);
        assert_eq!(waiting, Some("waiting"), "{}", name(table));
        let idle = &table.enums.idle_in_synctest;
        assert!(
            idle.is_empty() || idle.len() == reasons.len(),
            "{}",
            name(table)
        );
    }
}

#[test]
fn function_ids_differ_from_one_another() {
    for table in tables::all() {
        let ids = table.enums.func_ids;
        let optional = [ids.corostart, ids.cleanups];
        let always = [
            ids.wrapper,
            ids.gopanic,
            ids.sigpanic,
            ids.panicwrap,
            ids.async_preempt,
            ids.debug_call,
            ids.cgocallback,
            ids.systemstack,
            ids.mcall,
            ids.morestack,
            ids.runtime_main,
            ids.handle_async_event,
            ids.finalizers,
        ];
        let mut all: Vec<_> = optional.into_iter().flatten().chain(always).collect();
        all.sort_unstable();
        assert!(all.is_sorted_by(|a, b| a < b), "{}: {all:?}", name(table));
        assert!(all[0] > 0, "{}: 0 is everyone else's", name(table));
    }
}

/// What a table says, as if it were DWARF with one struct less.
struct Without<'a>(&'a Fields, &'static str);

impl Members for Without<'_> {
    fn size(&self, record: &str) -> Option<u32> {
        let records = self.0.records();
        let found = records.iter().find(|row| row.record == record)?;
        found.size.filter(|_| record != self.1)
    }

    fn member(&self, record: &str, _: &str) -> Option<Member> {
        (record != self.1).then_some(Member {
            offset: 0,
            size: 16,
        })
    }
}

#[test]
fn a_struct_that_is_missing_is_named() {
    let fields = tables::all().next_back().unwrap().fields;
    for row in fields.records() {
        let resolved = Fields::resolve(&Without(fields, row.record));
        match resolved {
            Ok(_) => assert!(row.optional, "{}", row.record),
            Err(MissingField { record, .. }) => {
                assert_eq!((record, row.optional), (row.record, false));
            }
        }
    }
}
