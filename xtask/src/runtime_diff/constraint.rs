//! `//go:build` lines: finding one, and whether it can hold.

/// Whether something holds, where some tags are not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Truth {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// It depends on tags that are not known.
    Maybe,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Truth {
    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Maybe,
        }
    }

    fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }
}

/// The constraint of a file: it stands before the first line that is neither empty nor a comment.
pub(super) fn line(text: &str) -> Option<&str> {
    let mut in_comment = false;
    for line in text.lines() {
        if in_comment {
            in_comment = !line.contains("*/");
        } else if let Some(constraint) = line.strip_prefix("//go:build ") {
            return Some(constraint.trim());
        } else if line.starts_with("/*") {
            in_comment = !line.contains("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            return None;
        }
    }
    None
}

/// Whether a constraint holds; an empty one does, and one that cannot be read may.
pub(super) fn holds(constraint: &str, tag: &impl Fn(&str) -> Truth) -> Truth {
    if constraint.is_empty() {
        return Truth::Yes;
    }
    let mut rest = constraint;
    let holds = any(&mut rest, tag, 0);
    if rest.trim().is_empty() {
        holds.unwrap_or(Truth::Maybe)
    } else {
        Truth::Maybe
    }
}

/// Maximum number of parentheses inside each other.
const DEEPEST: usize = 32;

fn any(rest: &mut &str, tag: &impl Fn(&str) -> Truth, depth: usize) -> Option<Truth> {
    let mut holds = all(rest, tag, depth)?;
    while take(rest, "||") {
        holds = holds.or(all(rest, tag, depth)?);
    }
    Some(holds)
}

fn all(rest: &mut &str, tag: &impl Fn(&str) -> Truth, depth: usize) -> Option<Truth> {
    let mut holds = one(rest, tag, depth)?;
    while take(rest, "&&") {
        holds = holds.and(one(rest, tag, depth)?);
    }
    Some(holds)
}

fn one(rest: &mut &str, tag: &impl Fn(&str) -> Truth, depth: usize) -> Option<Truth> {
    if depth > DEEPEST {
        return None;
    }
    if take(rest, "!") {
        return one(rest, tag, depth + 1).map(Truth::not);
    }
    if take(rest, "(") {
        let holds = any(rest, tag, depth + 1)?;
        return take(rest, ")").then_some(holds);
    }
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    let (name, behind) = rest.split_at_checked(end)?;
    *rest = behind;
    (!name.is_empty()).then(|| tag(name))
}

/// Takes a mark, and the spaces around it.
fn take(rest: &mut &str, mark: &str) -> bool {
    match rest.trim_start().strip_prefix(mark) {
        Some(behind) => {
            *rest = behind.trim_start();
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_linux(tag: &str) -> Truth {
        match tag {
            "linux" | "amd64" => Truth::Yes,
            "darwin" | "arm" => Truth::No,
            _ => Truth::Maybe,
        }
    }

    #[test]
    fn constraints_are_read_as_go_does() {
        for (constraint, expected) in [
            ("", Truth::Yes),
            ("linux", Truth::Yes),
            ("!linux", Truth::No),
            ("darwin || linux && amd64", Truth::Yes),
            ("(darwin || linux) && arm", Truth::No),
            ("linux && goexperiment.swissmap", Truth::Maybe),
            ("darwin && race", Truth::No),
            ("!(darwin || arm)", Truth::Yes),
            ("linux || race", Truth::Yes),
            ("linux &&", Truth::Maybe),
        ] {
            assert_eq!(holds(constraint, &on_linux), expected, "{constraint}");
        }
    }

    #[test]
    fn a_constraint_stands_before_the_package() {
        let text = "// Copyright\n\n/*\nwords\n*/\n//go:build linux\n\npackage x\n";
        assert_eq!(line(text), Some("linux"));
        assert_eq!(line("package x\n//go:build linux\n"), None);
    }
}
