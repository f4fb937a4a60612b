//! Structs whose layout differs between two tables: fields that came, went, and moved.

use super::tables::{Record, Table};

/// A struct that differs, on the architectures on which it differs so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in super::super) struct RecordChange {
    /// Go's names of the architectures.
    pub(in super::super) arches: Vec<String>,
    /// The struct, as DWARF names it.
    pub(in super::super) record: String,
    /// Its size before and after, in bytes; `None` where the release does not have it.
    pub(in super::super) size: (Option<u32>, Option<u32>),
    /// The fields that differ.
    pub(in super::super) fields: Vec<FieldChange>,
}

/// A field by gopeek's name, and its offset before and after, in bytes.
pub(in super::super) type FieldChange = (String, Option<u32>, Option<u32>);

/// Adds the structs that differ on an architecture to those found before.
pub(super) fn compare(found: &mut Vec<RecordChange>, old: &Table, new: &Table) {
    for (name, after) in &new.records {
        let before = old.records.get(name).and_then(Option::as_ref);
        let after = after.as_ref();
        let size = (
            before.map(|record| record.size),
            after.map(|record| record.size),
        );
        let fields = fields(before, after);
        if fields.is_empty() && size.0 == size.1 {
            continue;
        }
        let same = found
            .iter_mut()
            .find(|other| other.record == *name && other.fields == fields && other.size == size);
        match same {
            Some(same) => same.arches.push(new.arch.clone()),
            None => found.push(RecordChange {
                arches: vec![new.arch.clone()],
                record: name.clone(),
                size,
                fields,
            }),
        }
    }
}

fn fields(before: Option<&Record>, after: Option<&Record>) -> Vec<FieldChange> {
    let offset = |record: Option<&Record>, name: &str| record?.fields.get(name).copied().flatten();
    // A table has every field of gopeek's list, also those that its releases lack.
    let Some(either) = after.or(before) else {
        return Vec::new();
    };
    let changes = either.fields.keys().map(|name| {
        let (was, is) = (offset(before, name), offset(after, name));
        (name.clone(), was, is)
    });
    changes.filter(|(_, was, is)| was != is).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tables;
    use super::*;
    use crate::toolchain::Version;

    fn change(record: &str, from: (u16, u16), to: (u16, u16)) -> Option<RecordChange> {
        let table = |(minor, patch)| tables::of(Version::new(minor, patch)).unwrap().remove(0);
        let mut found = Vec::new();
        compare(&mut found, &table(from), &table(to));
        found.into_iter().find(|change| change.record == record)
    }

    #[test]
    fn fields_that_came_are_told() {
        // The goroutine got its synctest group in 1.24.
        let g = change("runtime.g", (23, 0), (24, 0)).unwrap();
        let came = g.fields.iter().filter(|(_, before, _)| before.is_none());
        assert!(
            came.map(|(name, ..)| &name[..])
                .any(|name| name == "bubble")
        );
        assert!(
            g.fields
                .iter()
                .any(|(_, before, after)| before.is_some() && after.is_some())
        );
    }

    #[test]
    fn a_struct_that_came_has_no_size_before() {
        let coro = change("runtime.coro", (21, 0), (22, 0)).unwrap();
        assert!(coro.size.0.is_none() && coro.size.1.is_some());
        assert!(change("runtime.coro", (22, 0), (22, 12)).is_none());
    }
}
