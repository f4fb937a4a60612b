//! The ways to build a test program: each changes what gopeek finds in the binary.

use super::Shape;

/// One way to build.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mode {
    /// What people call it.
    pub(crate) name: &'static str,
    /// What `go build` makes.
    pub(crate) shape: Shape,
    /// `CGO_ENABLED`; set either way, so that a machine's C compiler does not decide what is tested.
    pub(crate) cgo: bool,
    /// Flags of `go build`.
    pub(crate) flags: &'static [&'static str],
    /// What is done to the executable afterwards.
    pub(crate) finish: Finish,
    /// The program is for arm64, and runs under an emulator.
    pub(crate) emulated: bool,
}

/// Runs arm64 programs on other machines; gopeek reads its memory.
pub(crate) const EMULATOR: &str = "qemu-aarch64-static";

/// What is done to an executable after `go build`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Finish {
    /// Nothing.
    AsBuilt,
    /// The `strip` tool, which moves sections about as Go's linker never does.
    Strip,
    /// The section headers are removed, as packers do: only program headers are left to go by.
    DropSections,
    /// The release is renamed to a patch release that is not out: no table is for it.
    Rename,
}

/// As `go build` does by itself.
pub(crate) const PLAIN: Mode = Mode {
    name: "plain",
    shape: Shape::Exe,
    cgo: false,
    flags: &[],
    finish: Finish::AsBuilt,
    emulated: false,
};

/// No symbol table and no DWARF, as most services are shipped.
pub(crate) const STRIPPED: Mode = Mode {
    name: "stripped",
    flags: &["-ldflags=-s -w"],
    ..PLAIN
};

/// Stripped, and loaded at any address.
pub(crate) const PIE: Mode = Mode {
    name: "pie",
    flags: &["-buildmode=pie", "-ldflags=-s -w"],
    ..PLAIN
};

/// Stripped, for the other architecture.
pub(crate) const ARM64: Mode = Mode {
    name: "arm64",
    emulated: true,
    ..STRIPPED
};

/// The same with C, static: what runs it need not have a C library.
pub(crate) const ARM64_CGO: Mode = Mode {
    name: "arm64cgo",
    cgo: true,
    flags: &["-ldflags=-s -w -linkmode=external -extldflags=-static"],
    ..ARM64
};

/// For the cores in testdata: small, and with no path of the machine that built it.
pub(crate) const SHELVED: Mode = Mode {
    name: "shelved",
    flags: &["-trimpath", "-ldflags=-s -w"],
    ..PLAIN
};

/// Likewise, for the other architecture.
pub(crate) const SHELVED_ARM64: Mode = Mode {
    name: "arm64shelved",
    emulated: true,
    ..SHELVED
};

/// The C compiler for [`ARM64_CGO`].
pub(crate) const CROSS_CC: &str = "aarch64-linux-gnu-gcc";

/// Every mode.
pub(crate) const MODES: &[Mode] = &[
    PLAIN,
    STRIPPED,
    PIE,
    Mode {
        name: "trimpath",
        flags: &["-trimpath"],
        ..PLAIN
    },
    Mode {
        name: "race",
        cgo: true,
        flags: &["-race"],
        ..PLAIN
    },
    Mode {
        name: "cgo",
        cgo: true,
        ..PLAIN
    },
    Mode {
        name: "noopt",
        flags: &["-gcflags=all=-N -l"],
        ..PLAIN
    },
    Mode {
        name: "extpie",
        cgo: true,
        flags: &["-buildmode=pie", "-ldflags=-s -w -linkmode=external"],
        ..PLAIN
    },
    Mode {
        name: "nosections",
        flags: &["-ldflags=-s -w"],
        finish: Finish::DropSections,
        ..PLAIN
    },
    Mode {
        name: "strip",
        finish: Finish::Strip,
        ..PLAIN
    },
    Mode {
        name: "unreleased",
        flags: &["-ldflags=-s -w"],
        finish: Finish::Rename,
        ..PLAIN
    },
    ARM64,
    Mode {
        name: "plugin",
        shape: Shape::Plugin,
        cgo: true,
        ..PLAIN
    },
    Mode {
        name: "cshared",
        shape: Shape::CShared,
        cgo: true,
        ..PLAIN
    },
];

impl Mode {
    /// The mode of this name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        MODES.iter().find(|mode| mode.name == name)
    }

    /// The tools besides Go that it takes.
    pub(crate) fn tools(&self) -> &'static [&'static str] {
        match (self.cgo, self.finish) {
            _ if self.emulated => &[EMULATOR],
            (true, _) => &["cc"],
            (false, Finish::Strip) => &["strip"],
            (false, _) => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for mode in MODES {
            assert_eq!(Mode::named(mode.name), Some(mode));
        }
    }

    #[test]
    fn what_needs_c_says_so() {
        for name in ["race", "cgo", "extpie", "plugin", "cshared"] {
            assert_eq!(Mode::named(name).unwrap().tools(), ["cc"], "{name}");
        }
        assert_eq!(Mode::named("strip").unwrap().tools(), ["strip"]);
        assert_eq!(Mode::named("arm64").unwrap().tools(), [EMULATOR]);
        assert!(Mode::named("pie").unwrap().tools().is_empty());
    }

    #[test]
    fn only_executables_are_changed_afterwards() {
        let changed = MODES.iter().filter(|mode| mode.finish != Finish::AsBuilt);
        assert!(changed.into_iter().all(|mode| mode.shape == Shape::Exe));
    }
}
