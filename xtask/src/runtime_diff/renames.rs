//! Which deleted file became which new one, decided as `git diff -M` does.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::similarity::{Chunks, RENAMED, WHOLE};

/// Score from which a deleted and a new file that alone have a name are paired first: halfway from 50 % to 100 %.
const SAME_NAME: u64 = u64::midpoint(RENAMED, WHOLE);
/// How many old files are remembered for each new one while all are compared with all.
const BEST: usize = 4;

/// A file's path and bytes.
pub(super) type Named<'a> = (&'a str, &'a [u8]);

/// Pairs deleted files with new ones; both lists ascend by path. Returns the old path of each new path.
pub(super) fn find<'a>(deleted: &[Named<'a>], new: &[Named<'a>]) -> BTreeMap<&'a str, &'a str> {
    let mut pairing = Pairing {
        deleted: deleted.to_vec(),
        new: new.to_vec(),
        found: BTreeMap::new(),
    };
    pairing.equal();
    pairing.same_name();
    pairing.similar();
    pairing.found
}

struct Pairing<'a> {
    deleted: Vec<Named<'a>>,
    new: Vec<Named<'a>>,
    found: BTreeMap<&'a str, &'a str>,
}

impl<'a> Pairing<'a> {
    fn pair(&mut self, new: &'a str, old: &'a str) {
        self.found.insert(new, old);
        self.deleted.retain(|(path, _)| *path != old);
        self.new.retain(|(path, _)| *path != new);
    }

    /// Equal files: one of the same name, else the first.
    fn equal(&mut self) {
        for (path, bytes) in self.new.clone() {
            let same = self.deleted.iter().filter(|(_, old)| *old == bytes);
            let best = same.min_by_key(|(old, _)| name(old) != name(path));
            if let Some(&(old, _)) = best {
                self.pair(path, old);
            }
        }
    }

    /// Files whose name one deleted and one new file have, and that are very similar.
    fn same_name(&mut self) {
        let (deleted, new) = (only_of_name(&self.deleted), only_of_name(&self.new));
        for (name, (old, old_bytes)) in deleted {
            let Some(&(path, bytes)) = new.get(name) else {
                continue;
            };
            if Chunks::of(old_bytes).score(&Chunks::of(bytes), SAME_NAME) >= SAME_NAME {
                self.pair(path, old);
            }
        }
    }

    /// All that are left, with all: the best scores first, of equal scores those of the same name.
    fn similar(&mut self) {
        let chunks = |files: &[Named<'a>]| -> Vec<(&'a str, Chunks)> {
            let chunks = files.iter().map(|(path, bytes)| (*path, Chunks::of(bytes)));
            chunks.collect()
        };
        let (deleted, new) = (chunks(&self.deleted), chunks(&self.new));
        let mut candidates = Vec::new();
        for (path, new) in &new {
            let mut best: Vec<Candidate<'_>> = Vec::new();
            for (old, chunks) in &deleted {
                let score = Reverse(chunks.score(new, RENAMED));
                remember(&mut best, (score, name(old) != name(path), path, old));
            }
            candidates.extend(best);
        }
        candidates.retain(|(Reverse(score), ..)| *score >= RENAMED);
        candidates.sort_by_key(|(score, other_name, ..)| (*score, *other_name));
        for (_, _, path, old) in candidates {
            let used = self.found.values().any(|taken| *taken == old);
            if !used && !self.found.contains_key(path) {
                self.found.insert(path, old);
            }
        }
    }
}

/// An old file for a new one, better ones first: the score, whether the name differs, the new path, the old path.
type Candidate<'a> = (Reverse<u64>, bool, &'a str, &'a str);

/// Keeps the best candidates for one new file. A better one takes the place of the worst, as with git: of equal ones, the
/// place decides in the end.
fn remember<'a>(best: &mut Vec<Candidate<'a>>, candidate: Candidate<'a>) {
    if best.len() < BEST {
        best.push(candidate);
        return;
    }
    let rank = |(score, other_name, ..): &Candidate<'_>| (*score, *other_name);
    let mut worst = 0;
    for (at, one) in best.iter().enumerate() {
        if best.get(worst).is_some_and(|other| rank(one) > rank(other)) {
            worst = at;
        }
    }
    if let Some(place) = best
        .get_mut(worst)
        .filter(|place| rank(place) > rank(&candidate))
    {
        *place = candidate;
    }
}

/// A path's last part.
fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The files whose name no other of the list has, by that name.
fn only_of_name<'a>(files: &[Named<'a>]) -> BTreeMap<&'a str, Named<'a>> {
    let mut of_name: BTreeMap<&str, Vec<Named<'a>>> = BTreeMap::new();
    for file in files {
        of_name.entry(name(file.0)).or_default().push(*file);
    }
    let alone = of_name
        .into_iter()
        .filter_map(|(name, files)| match files[..] {
            [file] => Some((name, file)),
            _ => None,
        });
    alone.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: std::ops::Range<u32>) -> Vec<u8> {
        let lines = lines.map(|line| format!("line {line:04} of a file\n"));
        lines.collect::<String>().into_bytes()
    }

    #[test]
    fn an_equal_file_of_the_same_name_is_preferred() {
        let (same, other) = (text(0..9), text(0..9));
        let deleted = [
            ("runtime/internal/a/x.go", &same[..]),
            ("runtime/internal/b/y.go", &other[..]),
        ];
        let new = [("internal/runtime/b/y.go", &other[..])];
        let found = find(&deleted, &new);
        assert_eq!(found["internal/runtime/b/y.go"], "runtime/internal/b/y.go");
    }

    #[test]
    fn a_file_that_moved_and_changed_a_little_is_followed_over_the_roots() {
        let (old, new) = (text(0..100), text(10..110));
        let found = find(
            &[("runtime/internal/sys/intrinsics.go", &old[..])],
            &[("internal/runtime/sys/intrinsics.go", &new[..])],
        );
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn below_half_it_is_another_file() {
        let (old, new) = (text(0..100), text(60..160));
        assert!(find(&[("a.go", &old[..])], &[("a.go", &new[..])]).is_empty());
    }

    #[test]
    fn a_better_candidate_takes_the_place_of_the_worst() {
        let mut best = Vec::new();
        for (score, old) in [
            (3, "a"),
            (5, "b"),
            (3, "c"),
            (4, "d"),
            (5, "e"),
            (3, "f"),
            (5, "g"),
        ] {
            remember(&mut best, (Reverse(score), true, "new", old));
        }
        assert_eq!(best.iter().map(|one| one.3).collect::<String>(), "ebgd");
    }

    #[test]
    fn an_old_file_becomes_only_one_new_one() {
        let (old, most, half) = (text(0..100), text(0..90), text(0..60));
        let found = find(
            &[("a.go", &old[..])],
            &[("b.go", &half[..]), ("c.go", &most[..])],
        );
        assert_eq!(found, BTreeMap::from([("c.go", "a.go")]));
    }
}
