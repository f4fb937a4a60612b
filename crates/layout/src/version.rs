//! A Go release, as `runtime.buildVersion` spells it.

use std::fmt;

/// The version of the Go toolchain that built a target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GoVersion {
    /// The 24 of `go1.24.11`.
    pub minor: u16,
    /// The 11 of `go1.24.11`; 0 for `go1.20`; nothing for a release candidate or a development build.
    pub patch: Option<u16>,
    /// GOEXPERIMENTs that differ from the default, as in `go1.24.3 X:synctest`.
    pub experiments: Vec<String>,
    /// The whole text.
    pub raw: String,
}

impl GoVersion {
    /// Reads `go1.24.11`, `go1.26.6-X:goroutineleakprofile`, `go1.27rc1`, `devel go1.28-3f2a1b ...`, and what
    /// distributors append. Nothing where no `go1.N` is in it.
    #[must_use]
    pub fn parse(raw: &str) -> Option<GoVersion> {
        let raw = raw.trim();
        let at = raw.find("go1.")?;
        let development = !raw[..at].is_empty();
        let (minor, rest) = leading_number(&raw[at + "go1.".len()..])?;
        let (patch, rest) = match rest.strip_prefix('.') {
            Some(rest) => match leading_number(rest) {
                Some((patch, rest)) => (Some(patch), rest),
                None => (None, rest),
            },
            None => (Some(0), rest),
        };
        // What follows a release's number is a distributor's remark or a list of experiments, set off by a blank or
        // as `-X:`. Anything else (rc1, beta2, -devel, -20250101) makes it another thing than that release.
        let released = rest.is_empty() || rest.starts_with(' ') || rest.starts_with("-X:");
        let patch = patch.filter(|_| released);
        let experiments = raw
            .split_once("X:")
            .map(|(_, list)| {
                list.split([',', ' '])
                    .take_while(|name| !name.is_empty())
                    .map(String::from)
                    .collect()
            })
            .unwrap_or_default();
        Some(GoVersion {
            minor,
            patch: if development { None } else { patch },
            experiments,
            raw: raw.to_owned(),
        })
    }
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
        GoVersion::parse(raw).map(|v| (v.minor, v.patch, v.experiments.len()))
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
    fn not_a_version() {
        assert_eq!(parse(""), None);
        assert_eq!(parse("go1."), None);
        assert_eq!(parse("go1.99999999"), None);
        assert_eq!(parse("unknown"), None);
    }
}
