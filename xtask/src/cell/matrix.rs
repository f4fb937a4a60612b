//! Which cells a run takes: the presets, and what the flags narrow them to.

use anyhow::Result;

use super::{MODES, Mode, PLAIN, STRIPPED, Shape};
use crate::toolchain::{self, Toolchain, Wanted, releases};

/// How much of the matrix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Preset {
    /// What a change is tried on while it is made.
    Quick,
    /// Every minor's last release, the rare modes for three of them.
    Ci,
    /// Every minor's first and last release, in every mode.
    All,
}

/// What the flags ask for; an empty list leaves the choice to the preset.
#[derive(Debug)]
pub(crate) struct Selection {
    /// The preset.
    pub(crate) preset: Preset,
    /// Go releases.
    pub(crate) go: Vec<Wanted>,
    /// Modes.
    pub(crate) modes: Vec<&'static Mode>,
}

/// How most people ship.
pub(super) const SHIPPED: [&str; 2] = ["stripped", "pie"];

/// The oldest minor, one in the middle, the newest: for modes that differ little between minors.
pub(crate) fn sample() -> [u16; 3] {
    [19, 23, releases::newest_minor()]
}

/// The releases and modes of a check that takes minutes for each: of those that are not chosen, with `all` the last release of
/// every minor, plain and stripped, else of [`sample`], stripped.
pub(crate) fn sampled_pairs(
    all: bool,
    go: &[Wanted],
    modes: &[&'static Mode],
) -> Vec<(Wanted, &'static Mode)> {
    let minors: Vec<u16> = if all {
        releases::minors().collect()
    } else {
        sample().to_vec()
    };
    let modes = match (modes, all) {
        ([], true) => vec![&PLAIN, &STRIPPED],
        ([], false) => vec![&STRIPPED],
        (modes, _) => modes.to_vec(),
    };
    let go = if go.is_empty() {
        minors.into_iter().map(Wanted::LastOf).collect()
    } else {
        go.to_vec()
    };
    pairs(&Selection {
        preset: Preset::Ci,
        go,
        modes,
    })
}

/// The releases and modes of a selection, in the order in which they run.
pub(crate) fn pairs(selection: &Selection) -> Vec<(Wanted, &'static Mode)> {
    let preset: Vec<_> = preset(selection.preset);
    if selection.go.is_empty() && selection.modes.is_empty() {
        return preset;
    }
    let mut go = selection.go.clone();
    if go.is_empty() {
        go = preset.iter().map(|(go, _)| *go).collect();
        go.dedup();
    }
    let asked = |mode: &&Mode| selection.modes.iter().any(|asked| asked.name == mode.name);
    let usual = |mode: &&Mode| preset.iter().any(|(_, usual)| usual.name == mode.name);
    let modes: Vec<_> = if selection.modes.is_empty() {
        MODES.iter().filter(usual).collect()
    } else {
        MODES.iter().filter(asked).collect()
    };
    let with_modes = |go: Wanted| modes.iter().map(move |mode| (go, *mode));
    go.into_iter().flat_map(with_modes).collect()
}

/// Calls `check` with each release and each mode, and says which releases are not to be had. Returns the number of pairs that
/// were skipped for that.
///
/// # Errors
/// What `check` answers.
pub(crate) fn each(
    releases: &[Wanted],
    modes: &[&'static Mode],
    use_path: bool,
    mut check: impl FnMut(&Toolchain, &'static Mode) -> Result<()>,
) -> Result<usize> {
    let mut skipped = 0;
    for wanted in releases {
        match toolchain::find(*wanted, use_path) {
            Ok(go) => modes.iter().try_for_each(|mode| check(&go, mode))?,
            Err(error) => {
                println!("{wanted:8} skipped: {error:#}");
                skipped += modes.len();
            }
        }
    }
    Ok(skipped)
}

fn preset(preset: Preset) -> Vec<(Wanted, &'static Mode)> {
    let releases: Vec<Wanted> = match preset {
        Preset::Quick => vec![Wanted::LastOf(releases::newest_minor()), Wanted::LastOf(21)],
        Preset::Ci => releases::minors().map(Wanted::LastOf).collect(),
        Preset::All => crate::toolchains::first_and_last(),
    };
    let with_modes = |go: Wanted| {
        let taken = MODES.iter().filter(move |mode| takes(preset, go, mode));
        taken.map(move |mode| (go, mode))
    };
    releases.into_iter().flat_map(with_modes).collect()
}

fn takes(preset: Preset, go: Wanted, mode: &Mode) -> bool {
    let in_sample = sample().iter().any(|minor| go == Wanted::LastOf(*minor));
    let rare = mode.shape != Shape::Exe || ["strip", "unreleased"].contains(&mode.name);
    match preset {
        Preset::Quick => SHIPPED.contains(&mode.name),
        Preset::Ci => SHIPPED.contains(&mode.name) || in_sample,
        Preset::All => !rare || in_sample,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::Version;

    fn names(preset: Preset, go: &[Wanted], modes: &[&str]) -> Vec<String> {
        let selection = Selection {
            preset,
            go: go.to_vec(),
            modes: modes.iter().filter_map(|name| Mode::named(name)).collect(),
        };
        let pairs = pairs(&selection);
        pairs
            .iter()
            .map(|(go, mode)| format!("{go} {}", mode.name))
            .collect()
    }

    #[test]
    fn quick_is_two_releases_as_people_ship() {
        let quick = names(Preset::Quick, &[], &[]);
        assert_eq!(
            quick,
            ["1.27 stripped", "1.27 pie", "1.21 stripped", "1.21 pie"]
        );
    }

    #[test]
    fn ci_has_all_minors_and_samples_the_rest() {
        let ci = names(Preset::Ci, &[], &[]);
        assert_eq!(ci.len(), 9 * 2 + 3 * 12);
        assert!(ci.contains(&"1.23 plugin".to_owned()));
        assert!(!ci.contains(&"1.22 race".to_owned()));
    }

    #[test]
    fn all_has_first_and_last_releases() {
        let all = names(Preset::All, &[], &[]);
        assert_eq!(all.len(), 18 * 10 + 3 * 4);
        assert!(all.contains(&"1.22.0 nosections".to_owned()));
        assert!(!all.contains(&"1.23.0 strip".to_owned()));
    }

    #[test]
    fn flags_replace_an_axis_of_the_preset() {
        let go = [Wanted::Exactly(Version::new(24, 3))];
        assert_eq!(
            names(Preset::Quick, &go, &[]),
            ["1.24.3 stripped", "1.24.3 pie"]
        );
        assert_eq!(names(Preset::Quick, &go, &["race"]), ["1.24.3 race"]);
        assert_eq!(
            names(Preset::Quick, &[], &["race"]),
            ["1.27 race", "1.21 race"]
        );
        assert_eq!(names(Preset::All, &go, &[]).len(), MODES.len());
    }
}
