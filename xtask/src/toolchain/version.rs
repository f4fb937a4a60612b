//! A Go release's number: reading, writing, ordering.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Result};

/// Go 1.`minor`.`patch`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub(crate) struct Version {
    /// The 24 of 1.24.3.
    pub(crate) minor: u16,
    /// The 3 of 1.24.3.
    pub(crate) patch: u16,
}

/// What a person asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wanted {
    /// `1.24.3`: this one or none.
    Exactly(Version),
    /// `1.24`: the last release that can be had.
    LastOf(u16),
}

impl Wanted {
    /// The 24 of `1.24` and of `1.24.3`.
    pub(crate) const fn minor(self) -> u16 {
        match self {
            Self::Exactly(version) => version.minor,
            Self::LastOf(minor) => minor,
        }
    }
}

impl Version {
    /// A release by its numbers.
    pub(crate) const fn new(minor: u16, patch: u16) -> Self {
        Self { minor, patch }
    }
}

impl fmt::Display for Version {
    /// Go's own spelling: up to 1.20 the first release of a minor has no patch number, from 1.21 it has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { minor, patch } = self;
        // Through one string, so that a width in the format string pads the whole.
        if *patch == 0 && *minor < 21 {
            f.pad(&format!("1.{minor}"))
        } else {
            f.pad(&format!("1.{minor}.{patch}"))
        }
    }
}

impl FromStr for Version {
    type Err = anyhow::Error;

    /// Takes `go1.24.3`, `1.24.3` and `1.20`; what follows a space (`go1.26.0 X:nojsonv2`) is dropped.
    fn from_str(text: &str) -> Result<Self> {
        match text.parse()? {
            Wanted::Exactly(version) => Ok(version),
            Wanted::LastOf(minor) => Ok(Self::new(minor, 0)),
        }
    }
}

impl FromStr for Wanted {
    type Err = anyhow::Error;

    /// `1.20` means the minor's last release; its first is written `1.20.0`.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || format!("{text:?} is no Go version: write 1.24 or 1.24.3");
        let number = text.strip_prefix("go").unwrap_or(text);
        let number = number.split(' ').next().unwrap_or(number);
        let mut parts = number
            .strip_prefix("1.")
            .with_context(wrong)?
            .splitn(2, '.');
        let minor = parts.next().unwrap_or_default();
        let minor = minor.parse().with_context(wrong)?;
        match parts.next() {
            Some(patch) => {
                let patch = patch.parse().with_context(wrong)?;
                Ok(Self::Exactly(Version::new(minor, patch)))
            }
            None => Ok(Self::LastOf(minor)),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(version) => version.fmt(f),
            Self::LastOf(minor) => f.pad(&format!("1.{minor}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn orders_by_number_and_not_by_letter() {
        assert!(version("1.9.1") < version("1.19.0"));
        assert!(version("1.23.9") < version("1.23.12"));
        assert!(version("1.23.12") < version("1.24.0"));
    }

    #[test]
    fn spells_first_releases_as_go_does() {
        assert_eq!(Version::new(19, 0).to_string(), "1.19");
        assert_eq!(Version::new(20, 0).to_string(), "1.20");
        assert_eq!(Version::new(21, 0).to_string(), "1.21.0");
        assert_eq!(format!("{:9}|", Version::new(24, 3)), "1.24.3   |");
    }

    #[test]
    fn reads_what_go_env_goversion_prints() {
        assert_eq!(version("go1.24.3"), Version::new(24, 3));
        assert_eq!(version("go1.20"), Version::new(20, 0));
        assert_eq!(version("go1.26.0 X:nojsonv2"), Version::new(26, 0));
    }

    #[test]
    fn tells_a_minor_from_a_release() {
        assert_eq!("1.20".parse::<Wanted>().unwrap(), Wanted::LastOf(20));
        let first = Wanted::Exactly(Version::new(20, 0));
        assert_eq!("1.20.0".parse::<Wanted>().unwrap(), first);
        for wrong in ["", "1", "2.1", "1.x", "1.24.3.1", "1.25rc1"] {
            assert!(wrong.parse::<Wanted>().is_err(), "{wrong}");
        }
    }
}
