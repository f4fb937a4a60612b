//! What the program says of its own variables, in comments, and whether gopeek says the same.

/// A variable that the program describes.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Expected {
    /// Where in the program.
    pub(super) line: usize,
    /// The function that has it, as the linker calls it.
    pub(super) function: String,
    /// Its name.
    pub(super) name: String,
    /// `type = value`.
    text: String,
    demand: Demand,
}

/// How sure the program can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Demand {
    /// `//=`: it is there in every build.
    Always,
    /// `//~`: an optimised build may have no place for it.
    Unoptimised,
    /// `//-`: it is not to be seen there.
    Never,
}

/// What came of one variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// As the program says.
    Right,
    /// Not to be had, as the program allows.
    OptimisedOut,
    /// Anything else.
    Wrong,
}

/// Reads all comments of a program.
pub(super) fn read(program: &str) -> Vec<Expected> {
    let mut function = String::new();
    let mut expected = Vec::new();
    for (index, line) in program.lines().enumerate() {
        if let Some(rest) = line.strip_prefix("func ") {
            let end = rest.find(['(', '[']).unwrap_or(rest.len());
            function = format!("main.{}", &rest[..end]);
            continue;
        }
        let line = line.trim_start();
        let marks = [
            ("//= ", Demand::Always),
            ("//~ ", Demand::Unoptimised),
            ("//- ", Demand::Never),
        ];
        let marked = marks
            .iter()
            .find_map(|(mark, demand)| Some((line.strip_prefix(mark)?, *demand)));
        let Some((mut rest, demand)) = marked else {
            continue;
        };
        let mut function = function.clone();
        if let Some((named, after)) = rest.strip_prefix('@').and_then(|rest| rest.split_once(' ')) {
            named.clone_into(&mut function);
            rest = after;
        }
        let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
        expected.push(Expected {
            line: index + 1,
            function,
            name: name.to_owned(),
            text: text.to_owned(),
            demand,
        });
    }
    expected
}

impl Expected {
    /// Judges what gopeek says of this variable: `type = value`, or nothing.
    pub(super) fn judge(&self, said: Option<&str>, optimised: bool) -> Verdict {
        let lenient = self.demand == Demand::Unoptimised && optimised;
        match (self.demand, said) {
            (Demand::Never, None) => Verdict::Right,
            (Demand::Never, Some(_)) => Verdict::Wrong,
            (_, Some(said)) if alike(&self.text, &without_addresses(said)) => Verdict::Right,
            (_, said) if lenient && said.is_none_or(is_lost) => Verdict::OptimisedOut,
            _ => Verdict::Wrong,
        }
    }
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.function, self.name, self.text)
    }
}

/// Whether a variable, or a part of it, was said to be nowhere.
fn is_lost(said: &str) -> bool {
    said.contains("<optimised out")
}

/// Whether a text is as `pattern` says, where `**` is any text.
fn alike(pattern: &str, text: &str) -> bool {
    match pattern.split_once("**") {
        Some((start, end)) => {
            let rest = text.strip_prefix(start);
            rest.is_some_and(|rest| rest.ends_with(end))
        }
        None => pattern == text,
    }
}

/// `text` with `0x_` for each number that is as long as an address.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split("0x");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        let (number, rest) = part.split_at(digits);
        let number = if digits >= 6 { "_" } else { number };
        shown.extend(["0x", number, rest]);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{Verdict, read};

    const PROGRAM: &str = r"
func f[T any](n int) {
	//= n int = 1
	x := &n
	//~ x *int = 0x_ -> 1
	//= @main.f.func1 y ** = [**]
	//- z
";

    #[test]
    fn comments_belong_to_the_function_above() {
        let read = read(PROGRAM);
        let functions: Vec<_> = read.iter().map(|it| (&*it.function, &*it.name)).collect();
        let f = "main.f";
        assert_eq!(
            functions,
            [(f, "n"), (f, "x"), ("main.f.func1", "y"), (f, "z")]
        );
        assert_eq!(read[0].line, 3);
    }

    #[test]
    fn a_wrong_value_is_wrong_in_every_build() {
        let read = read(PROGRAM);
        for optimised in [false, true] {
            let judge = |index: usize, said| read[index].judge(said, optimised);
            assert_eq!(judge(0, Some("int = 1")), Verdict::Right);
            assert_eq!(judge(0, Some("int = 2")), Verdict::Wrong);
            assert_eq!(judge(0, Some("int = <optimised out>")), Verdict::Wrong);
            assert_eq!(judge(0, None), Verdict::Wrong);
            assert_eq!(judge(1, Some("*int = 0xc000123450 -> 1")), Verdict::Right);
            assert_eq!(judge(1, Some("*int = 0xc000 -> 1")), Verdict::Wrong);
            assert_eq!(judge(3, None), Verdict::Right);
            assert_eq!(judge(3, Some("int = 0")), Verdict::Wrong);
        }
    }

    #[test]
    fn only_an_optimised_build_may_lose_a_variable() {
        let read = read(PROGRAM);
        let lost = Some("*int = <optimised out>");
        assert_eq!(read[1].judge(lost, true), Verdict::OptimisedOut);
        assert_eq!(read[1].judge(None, true), Verdict::OptimisedOut);
        assert_eq!(read[1].judge(lost, false), Verdict::Wrong);
        assert_eq!(read[1].judge(None, false), Verdict::Wrong);
    }
}
