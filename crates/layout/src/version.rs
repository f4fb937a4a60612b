//! A Go release, as `runtime.buildVersion` spells it.

use std::fmt;

/// The version of the Go toolchain that built a target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GoVersion {
    /// The 24 of `go1.24.11`; nothing where the text has no such number.
    pub minor: Option<u16>,
    /// The 11 of `go1.24.11`; 0 for `go1.20`; nothing for a release candidate or a development build.
    pub patch: Option<u16>,
    /// Whether it is spelled as Go spells its versions: one that is not may be numbered otherwise than Go is.
    pub is_gos: bool,
    /// GOEXPERIMENTs that differ from the default, as in `go1.24.3 X:synctest`.
    pub experiments: Vec<String>,
    /// The whole text.
    pub raw: String,
}

/// Words in a suffix that make it another thing than the release whose number it has.
const UNRELEASED: [&str; 6] = ["rc", "beta", "alpha", "pre", "dev", "devel"];

impl GoVersion {
    /// Reads `go1.24.11`, `go1.26.6-X:goroutineleakprofile`, `go1.27rc1`, `devel go1.28-3f2a1b ...`, and what
    /// distributors append. Nothing where no `go1.N` is in it.
    #[must_use]
    pub fn parse(raw: &str) -> Option<GoVersion> {
        let raw = raw.trim();
        let at = raw.find("go1.")?;
        let development = !raw[..at].is_empty();
        let (minor, rest) = leading_number(&raw[at + "go1.".len()..])?;
        let (patch, rest) = number_behind_dot(rest);
        // A release of two numbers (go1.20) may be followed by experiments only: go1.24-20250101 is none.
        let released = match patch {
            Some(_) => !development && is_remark(rest),
            None => !development && (rest.is_empty() || is_experiments(rest)),
        };
        let patch = patch.or((!rest.starts_with('.')).then_some(0));
        Some(GoVersion {
            minor: Some(minor),
            patch: patch.filter(|_| released),
            is_gos: true,
            experiments: experiments(raw),
            raw: raw.to_owned(),
        })
    }

    /// Reads any text: that of a company's own toolchain may name the release in another way (`v1.26.8-corp`), or not at all
    /// (`devel +28c6648`, `unknown`).
    #[must_use]
    pub fn read(raw: &str) -> GoVersion {
        GoVersion::parse(raw).unwrap_or_else(|| {
            let number = foreign_number(raw);
            GoVersion {
                minor: number.map(|(minor, _)| minor),
                patch: number.and_then(|(_, patch)| patch),
                is_gos: false,
                experiments: experiments(raw),
                raw: raw.trim().to_owned(),
            }
        })
    }
}

fn number_behind_dot(rest: &str) -> (Option<u16>, &str) {
    match rest.strip_prefix('.').and_then(leading_number) {
        Some((number, rest)) => (Some(number), rest),
        None => (None, rest),
    }
}

fn is_experiments(rest: &str) -> bool {
    rest.starts_with(' ') || rest.starts_with("-X:")
}

/// Whether what follows a release's three numbers is a remark of who distributes it: set off by a sign, and without a word
/// that makes it something else.
fn is_remark(rest: &str) -> bool {
    let set_off = rest
        .chars()
        .next()
        .is_none_or(|first| !first.is_alphanumeric());
    let own = rest.split("X:").next().unwrap_or_default();
    let mut words = own.split(|c: char| !c.is_ascii_alphanumeric());
    set_off
        && !rest.starts_with('.')
        && !words.any(|word| {
            let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
            UNRELEASED.iter().any(|bad| word.eq_ignore_ascii_case(bad))
        })
}

fn experiments(raw: &str) -> Vec<String> {
    let list = raw.split_once("X:").map(|(_, list)| list);
    let names = list.unwrap_or_default().split([',', ' ']);
    let names = names.take_while(|name| !name.is_empty());
    names.map(String::from).collect()
}

/// The first `1.N` or `1.N.P` in a text, of which `1` is not the end of another number.
fn foreign_number(raw: &str) -> Option<(u16, Option<u16>)> {
    raw.match_indices("1.").find_map(|(at, one)| {
        let before = raw[..at].chars().next_back();
        if before.is_some_and(|c| c.is_ascii_digit() || c == '.') {
            return None;
        }
        let (minor, rest) = leading_number(&raw[at + one.len()..])?;
        Some((minor, number_behind_dot(rest).0))
    })
}

fn leading_number(text: &str) -> Option<(u16, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

impl fmt::Display for GoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.raw)
    }
}

#[cfg(test)]
mod tests {
    use super::GoVersion;

    fn parse(raw: &str) -> Option<(u16, Option<u16>, usize)> {
        GoVersion::parse(raw).map(|v| (v.minor.unwrap(), v.patch, v.experiments.len()))
    }

    #[test]
    fn releases() {
        assert_eq!(parse("go1.24.11"), Some((24, Some(11), 0)));
        assert_eq!(parse("go1.20"), Some((20, Some(0), 0)));
        assert_eq!(parse("go1.19.8\n"), Some((19, Some(8), 0)));
    }

    #[test]
    fn experiments_and_distributors() {
        assert_eq!(
            parse("go1.24.3 X:synctest,aliastypeparams"),
            Some((24, Some(3), 2))
        );
        assert_eq!(
            parse("go1.26.6-X:goroutineleakprofile"),
            Some((26, Some(6), 1))
        );
        assert_eq!(
            parse("go1.22.2 (Red Hat 1.22.2-1.el9)"),
            Some((22, Some(2), 0))
        );
    }

    #[test]
    fn unreleased() {
        assert_eq!(parse("go1.27rc1"), Some((27, None, 0)));
        assert_eq!(parse("devel go1.28-3f2a1b Mon Nov 2"), Some((28, None, 0)));
        assert_eq!(parse("go1.28-devel_3f2a1b"), Some((28, None, 0)));
        assert_eq!(parse("go1.24-20250101-RC00"), Some((24, None, 0)));
        assert_eq!(parse("go1.24.99999"), Some((24, None, 0)));
    }

    #[test]
    fn a_suffix_keeps_the_number() {
        assert_eq!(parse("go1.23.8-1-microsoft"), Some((23, Some(8), 0)));
        assert_eq!(parse("go1.22.3 X:boringcrypto"), Some((22, Some(3), 1)));
        assert_eq!(
            parse("go1.24.1-microsoft X:systemcrypto"),
            Some((24, Some(1), 1))
        );
        assert_eq!(parse("go1.25.3+acme.7"), Some((25, Some(3), 0)));
        assert_eq!(parse("go1.21.13_corp2"), Some((21, Some(13), 0)));
        // A word is one of its own.
        assert_eq!(parse("go1.25.3-devops"), Some((25, Some(3), 0)));
        for raw in ["go1.25.3-rc1", "go1.25.3-pre", "go1.25.3.4", "go1.25-corp"] {
            assert_eq!(parse(raw), Some((25, None, 0)), "{raw}");
        }
    }

    #[test]
    fn a_number_in_another_spelling_is_a_hint() {
        for (raw, minor, patch) in [
            ("v1.26.8-corp", Some(26), Some(8)),
            ("acme-1.22", Some(22), None),
            ("devel +28c6648", None, None),
            ("unknown", None, None),
            ("11.26.8", None, None),
            ("", None, None),
        ] {
            let version = GoVersion::read(raw);
            assert_eq!((version.minor, version.patch), (minor, patch), "{raw}");
            assert!(!version.is_gos && version.raw == raw);
        }
        assert!(GoVersion::read("go1.26.8").is_gos);
    }

    #[test]
    fn not_a_version() {
        assert_eq!(parse(""), None);
        assert_eq!(parse("go1."), None);
        assert_eq!(parse("go1.99999999"), None);
        assert_eq!(parse("unknown"), None);
    }
}
