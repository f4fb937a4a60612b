//! The programs under `testdata/programs`: those that write down their own stacks, and the others.

use super::matrix::SHIPPED;
use super::{ARM64, ARM64_CGO, Mode, Preset, Shape};

/// One program.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// Its folder.
    pub(crate) name: &'static str,
    /// The first minor that can build it.
    pub(crate) since: u16,
    /// It imports "C".
    cgo: bool,
    shape: Shape,
    /// It links so much of the standard library that the rarer modes build it only when all is asked for.
    heavy: bool,
    /// An emulator of one architecture can run it: it starts no program for another.
    emulable: bool,
    /// If its folder is a Go module of its own: the file of modules for each minor and those after it, oldest first.
    pub(crate) modules: &'static [(u16, &'static str)],
    /// The settings it runs under.
    pub(crate) variants: &'static [Variant],
}

/// How a program comes to print its own stacks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Oracle {
    /// It calls `runtime.Stack`, and lives on.
    Stack,
    /// It is killed by SIGQUIT.
    Sigquit,
}

/// One setting to run a program under.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Variant {
    /// Appended to the program's name: `+ancestors`.
    pub(crate) suffix: &'static str,
    /// The value of `GODEBUG`.
    pub(crate) godebug: &'static str,
    /// What it prints, and gopeek has to print.
    pub(crate) oracle: Oracle,
    /// The first minor on which it changes the text.
    pub(crate) since: u16,
}

const DEFAULT: Variant = Variant {
    suffix: "",
    godebug: "",
    oracle: Oracle::Stack,
    since: 0,
};

const SIGQUIT: Variant = Variant {
    suffix: "+sigquit",
    oracle: Oracle::Sigquit,
    ..DEFAULT
};

/// `debug.tracebackancestors` is older than any Go here; `debug.tracebacklabels` came with Go 1.26
/// (`runtime/runtime1.go`).
const TRACEBACKS: &[Variant] = &[
    DEFAULT,
    SIGQUIT,
    Variant {
        suffix: "+ancestors",
        godebug: "tracebackancestors=5",
        ..DEFAULT
    },
    Variant {
        suffix: "+labels",
        godebug: "tracebacklabels=1",
        since: 26,
        ..DEFAULT
    },
];

const PLAIN: Program = Program {
    name: "",
    since: 0,
    cgo: false,
    shape: Shape::Exe,
    heavy: false,
    emulable: false,
    modules: &[],
    variants: &[DEFAULT],
};

/// A service that is stuck, for `demo`.
pub(crate) const ORDERS: Program = Program {
    name: "orders",
    ..PLAIN
};

/// Variables of every kind, for `locals`.
pub(crate) const LOCALS: Program = Program {
    name: "locals",
    ..PLAIN
};

/// As many goroutines as asked for, for `bench`.
pub(crate) const MANY: Program = Program {
    name: "many",
    ..PLAIN
};

/// What tells how its own runtime fares, for `health`.
pub(crate) const HEALTH: Program = Program {
    name: "health",
    ..PLAIN
};

/// What knows the fields of its own receivers, for `types`.
pub(crate) const TYPED: Program = Program {
    name: "typed",
    ..PLAIN
};

/// As much of one thing as asked for, for `scale`.
pub(crate) const SCALE: Program = Program {
    name: "scale",
    ..PLAIN
};

/// A server with goroutines of many kinds, for `load`.
pub(crate) const WEB: Program = Program {
    name: "web",
    ..PLAIN
};

/// Goroutines that soon end, for `top`.
pub(crate) const CHURN: Program = Program {
    name: "churn",
    ..PLAIN
};

/// What loads it.
pub(crate) const HAMMER: Program = Program {
    name: "hammer",
    ..PLAIN
};

/// The init of a virtual machine, for `arm64`.
pub(crate) const ARM64_INIT: Program = Program {
    name: "arm64init",
    ..PLAIN
};

/// What the cores in testdata are of, for `bless`.
pub(crate) const SHELF: Program = Program {
    name: "shelf",
    ..PLAIN
};

/// A small binary, for `bench`.
pub(crate) const SMALL: Program = Program {
    name: "small",
    emulable: true,
    ..PLAIN
};

/// Goroutines that run for ever, for `spin`.
pub(crate) const SPIN: Program = Program {
    name: "spin",
    ..PLAIN
};

/// Goroutines that switch for ever, for `hot`.
pub(crate) const HOT: Program = Program {
    name: "hot",
    ..PLAIN
};

/// Targets in every state, for `hostile`. With C, it knows one state more.
pub(crate) const STATES: Program = Program {
    name: "states",
    ..PLAIN
};

/// Runs others in namespaces and under filters, for `hostile`.
pub(crate) const WITHIN: Program = Program {
    name: "within",
    ..PLAIN
};

/// Brings itself down in many ways, for `crash`. With C, it knows more.
pub(crate) const CRASH: Program = Program {
    name: "crash",
    ..PLAIN
};

/// States that on-call engineers know, for `hang`. With C, it knows one more.
pub(crate) const HANG: Program = Program {
    name: "hang",
    ..PLAIN
};

/// Outages made of real libraries, for `outages`; older releases of Go take older libraries.
pub(crate) const OUTAGES: Program = Program {
    name: "outages",
    modules: &[(19, "go1.19.mod"), (23, "go1.23.mod"), (26, "go.mod")],
    ..PLAIN
};

/// Prints its goroutines in each of Go's ways, for `formats`.
pub(crate) const TEXTS: Program = Program {
    name: "texts",
    ..PLAIN
};

/// Chains of Go and C, for `native`.
pub(crate) const CGOCHAIN: Program = Program {
    name: "cgochain",
    cgo: true,
    ..PLAIN
};

/// Every program that writes down its own stacks.
pub(crate) const PROGRAMS: &[Program] = &[
    Program {
        name: "zoo",
        emulable: true,
        variants: TRACEBACKS,
        ..PLAIN
    },
    Program {
        name: "zoohttp",
        heavy: true,
        ..PLAIN
    },
    SMALL,
    Program {
        name: "synctest",
        // testing/synctest left its experiment in Go 1.25.
        since: 25,
        variants: &[DEFAULT, SIGQUIT],
        ..PLAIN
    },
    Program {
        name: "leaked",
        // The garbage collector's goroutine leak detection left its experiment in Go 1.27.
        since: 27,
        ..PLAIN
    },
    Program {
        name: "cgo",
        cgo: true,
        variants: &[DEFAULT, SIGQUIT],
        ..PLAIN
    },
    Program {
        name: "pluginhost",
        cgo: true,
        shape: Shape::Plugin,
        ..PLAIN
    },
    Program {
        name: "cshared",
        cgo: true,
        shape: Shape::CShared,
        ..PLAIN
    },
];

impl Program {
    /// The program of this name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        PROGRAMS.iter().find(|program| program.name == name)
    }

    /// The settings that change its text in a minor.
    pub(crate) fn variants_in(&self, minor: u16) -> impl Iterator<Item = &'static Variant> + use<> {
        let variants = self.variants.iter();
        variants.filter(move |variant| variant.since <= minor)
    }

    /// Those of them in which the program outlives gopeek.
    pub(crate) fn living_variants_in(
        &self,
        minor: u16,
    ) -> impl Iterator<Item = &'static Variant> + use<> {
        self.variants_in(minor)
            .filter(|variant| variant.oracle == Oracle::Stack)
    }

    /// Whether a preset leaves it to a fuller one in this mode.
    pub(crate) fn is_left_to_all(&self, preset: Preset, mode: &Mode) -> bool {
        self.heavy && preset != Preset::All && !SHIPPED.contains(&mode.name)
    }

    /// How it is built for a machine of arm64, where more of them run than under an emulator of one process.
    pub(crate) fn arm64_mode(&self) -> Option<&'static Mode> {
        match (self.shape, self.cgo) {
            (Shape::Exe, false) => Some(&ARM64),
            (Shape::Exe, true) => Some(&ARM64_CGO),
            _ => None,
        }
    }

    /// Whether a mode can build it at all.
    pub(crate) fn fits(&self, mode: &Mode) -> bool {
        self.shape == mode.shape && (mode.cgo || !self.cgo) && (self.emulable || !mode.emulated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitting(mode: &str) -> Vec<&'static str> {
        let mode = Mode::named(mode).unwrap();
        let fit = PROGRAMS.iter().filter(|program| program.fits(mode));
        fit.map(|program| program.name).collect()
    }

    #[test]
    fn names_are_unique() {
        for program in PROGRAMS {
            assert_eq!(Program::named(program.name), Some(program));
        }
    }

    #[test]
    fn a_heavy_program_is_built_as_people_ship_or_when_all_is_asked_for() {
        let heavy = Program::named("zoohttp").unwrap();
        let left = |preset, mode| heavy.is_left_to_all(preset, Mode::named(mode).unwrap());
        assert!(left(Preset::Ci, "race"));
        assert!(!left(Preset::Ci, "pie") && !left(Preset::All, "race"));
    }

    #[test]
    fn a_mode_builds_what_it_can() {
        assert_eq!(
            fitting("pie"),
            ["zoo", "zoohttp", "small", "synctest", "leaked"]
        );
        assert_eq!(
            fitting("cgo"),
            ["zoo", "zoohttp", "small", "synctest", "leaked", "cgo"]
        );
        assert_eq!(fitting("arm64"), ["zoo", "small"]);
        assert_eq!(fitting("plugin"), ["pluginhost"]);
        assert_eq!(fitting("cshared"), ["cshared"]);
    }
}
