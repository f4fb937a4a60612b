//! What the stacks of `spin`'s goroutines may be, as `truth.txt` and the marks in its source say.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};

/// Ends a source line that a stack may be at.
const MARK: &str = "//@";

/// The program's file with its table, and its source.
#[derive(Debug)]
pub(crate) struct Truth {
    /// By the line of the `go` statement that makes it.
    pub(super) goroutines: BTreeMap<u32, Expected>,
    /// Lines that frames of package main may be at.
    pub(super) marked: BTreeSet<u32>,
}

/// One goroutine.
#[derive(Debug)]
pub(super) struct Expected {
    /// Its outermost function.
    pub(super) name: String,
    /// It never runs, and its stack is always whole.
    pub(super) parks: bool,
    /// Its frames, the outermost first.
    pub(super) steps: Vec<Step>,
}

/// One place of a stack.
#[derive(Debug)]
pub(super) struct Step {
    patterns: Vec<String>,
    /// It may come any number of times.
    pub(super) repeats: bool,
}

impl Step {
    fn parse(text: &str) -> Self {
        let once = text.strip_suffix('+');
        Self {
            patterns: once.unwrap_or(text).split('|').map(str::to_owned).collect(),
            repeats: once.is_some(),
        }
    }

    /// Whether a function may be here.
    pub(super) fn takes(&self, function: &str) -> bool {
        self.patterns.iter().any(|pattern| {
            // `(*T).M` has a star, too.
            match pattern.strip_suffix('*') {
                Some(prefix) => function.starts_with(prefix),
                None => function == pattern,
            }
        })
    }
}

impl Truth {
    /// Reads both files.
    ///
    /// # Errors
    /// When a line of the table makes no sense, or the source has no `go` statement for it.
    pub(crate) fn parse(table: &str, source: &str) -> Result<Self> {
        let numbered = || (1u32..).zip(source.lines());
        let mut goroutines = BTreeMap::new();
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split_whitespace();
            let parks = match words.next() {
                None => continue,
                Some("parks") => true,
                Some("runs") => false,
                Some(other) => bail!("neither runs nor parks: {other}"),
            };
            let steps: Vec<_> = words.clone().map(Step::parse).collect();
            let name = words.next().context("a line names no function")?;
            let function = name.strip_prefix("main.").unwrap_or(name);
            let made = format!("go {function}(");
            let (at, _) = numbered()
                .find(|(_, line)| line.trim_start().starts_with(&made))
                .with_context(|| format!("no `{made}` in the source"))?;
            let name = name.to_owned();
            goroutines.insert(at, Expected { name, parks, steps });
        }
        let marked = numbered().filter(|(_, line)| line.ends_with(MARK));
        Ok(Self {
            goroutines,
            marked: marked.map(|(at, _)| at).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Step, Truth};
    use crate::repo;
    use std::fs;

    #[test]
    fn a_step_is_a_name_a_prefix_or_a_choice() {
        let step = Step::parse("main.f|sort.*+");
        assert!(step.repeats && step.takes("main.f") && step.takes("sort.(*T).Less"));
        assert!(!step.takes("main.f2") && !step.takes("resort.F"));
        assert!(!Step::parse("main.f").repeats);
    }

    #[test]
    fn goroutines_are_known_by_their_go_statements() {
        let source = "package main\nfunc main() {\n\tgo f(1)\n}\nfunc f(int) {\n\tfor { //@\n";
        let truth = Truth::parse("# a comment\n\nparks main.f main.g+\n", source).unwrap();
        assert!(truth.goroutines[&3].parks);
        assert_eq!(truth.goroutines[&3].steps.len(), 2);
        assert!(truth.marked.iter().eq(&[6]));
        for wrong in ["runs main.h", "sits main.f", "runs"] {
            assert!(Truth::parse(wrong, source).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_program_has_a_statement_for_each_line_of_its_table() {
        let dir = repo::programs().join("spin");
        let read = |name| fs::read_to_string(dir.join(name)).unwrap();
        let (table, source) = (read("truth.txt"), read("main.go"));
        let truth = Truth::parse(&table, &source).unwrap();
        let statements = source.lines().filter(|line| line.starts_with("\tgo "));
        assert_eq!(truth.goroutines.len(), statements.count());
    }
}
