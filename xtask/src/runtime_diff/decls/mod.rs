//! The top-level declarations of a file, each with its size and the hash of its text.

mod asm;
mod go;
mod lexer;

use std::collections::BTreeMap;
use std::ops::Range;

/// A declaration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Decl {
    /// `mallocgc`, `(*mheap).alloc`, `type g`, `var sched`; of a group of constants its first: `const _Gidle`.
    /// A later one of the same name has its number behind it: `init#2`.
    pub(super) name: String,
    /// Number of lines, without the comment above it.
    pub(super) lines: u32,
    /// CRC-32 of its text.
    pub(super) hash: u32,
}

/// A declaration's name and where its text lies in the file, in bytes.
type Found = (String, Range<usize>);

/// The declarations of Go and assembly files, in the order of the file; none of other files.
pub(super) fn of(path: &str, bytes: &[u8]) -> Vec<Decl> {
    let all = spans(path, bytes).into_iter();
    let decls = all.map(|(name, span)| {
        let text = bytes.get(span).unwrap_or_default();
        Decl {
            name,
            lines: super::lines::count(text),
            hash: crc32fast::hash(text),
        }
    });
    decls.collect()
}

/// Where the declarations lie, in the order of [`of`].
pub(super) fn spans(path: &str, bytes: &[u8]) -> Vec<Found> {
    let mut found = match path.rsplit('.').next() {
        Some("go") => go::find(bytes),
        Some("s" | "S") => asm::find(bytes),
        _ => Vec::new(),
    };
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for (name, _) in &mut found {
        let nth = seen.entry(name.clone()).or_default();
        *nth += 1;
        if *nth > 1 {
            *name = format!("{name}#{nth}");
        }
    }
    found
}

/// The lines of a file with where each begins.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    bytes
        .split_inclusive(|byte| *byte == b'\n')
        .map(move |line| {
            let start = at;
            at += line.len();
            (start, line)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_of_a_name_has_its_number() {
        let text = b"func init() {\n}\n\nfunc init() {\n\tx()\n}\n";
        let decls = of("runtime/a.go", text);
        let names: Vec<_> = decls
            .iter()
            .map(|decl| (&decl.name[..], decl.lines))
            .collect();
        assert_eq!(names, [("init", 2), ("init#2", 3)]);
    }

    #[test]
    fn files_of_other_languages_have_none() {
        assert!(of("runtime/cgo/gcc_linux.c", b"func x() {\n}\n").is_empty());
    }
}
