//! What kind of file it is: a test, generated, binary, and for which platforms.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::constraint::{self, Truth};

/// What a file's name and its first lines say.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Kind {
    /// A test, or data of tests.
    pub(super) test: bool,
    /// Written by a program.
    pub(super) generated: bool,
    /// Not text.
    pub(super) binary: bool,
    /// Its `//go:build` line; empty without one.
    pub(super) build: String,
}

/// Why a file is left out by default.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Left {
    /// It is a test.
    Test,
    /// It is generated, or binary.
    Generated,
    /// It is built on other platforms only.
    Platform,
}

/// The files that are wanted.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    /// Operating systems by Go's names; `None` is all.
    pub(super) os: Option<BTreeSet<String>>,
    /// Architectures by Go's names; `None` is all.
    pub(super) arch: Option<BTreeSet<String>>,
    /// Whether generated files count.
    pub(super) generated: bool,
    /// Whether tests count.
    pub(super) tests: bool,
}

/// Where Go keeps the operating systems: `internal/syslist` of 1.27, with those that were removed.
pub(super) const OSES: [&str; 18] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];
/// Operating systems on which the tag `unix` holds.
pub(super) const UNIXES: [&str; 13] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "linux",
    "netbsd",
    "openbsd",
    "solaris",
    "zos",
];
/// Architectures that Go has a port for, or had.
pub(super) const ARCHES: [&str; 21] = [
    "386", "amd64", "amd64p32", "arm", "arm64", "armbe", "loong64", "mips", "mips64", "mips64le",
    "mipsle", "ppc", "ppc64", "ppc64le", "riscv", "riscv64", "s390x", "sparc", "sparc64", "wasm",
    "arm64be",
];

/// The names that are wanted; `None` for `all`.
///
/// # Errors
/// If Go knows no such name.
pub(super) fn names(
    what: &str,
    wanted: &[String],
    known: &[&str],
) -> Result<Option<BTreeSet<String>>> {
    if wanted.iter().any(|name| name == "all") {
        return Ok(None);
    }
    let strange = wanted.iter().find(|name| !known.contains(&&name[..]));
    if let Some(strange) = strange {
        bail!(
            "{strange:?} is no {what} of Go's: give some of {}, or all",
            known.join(", ")
        );
    }
    Ok(Some(wanted.iter().cloned().collect()))
}

impl Kind {
    /// Looks at a file.
    pub(super) fn of(path: &str, bytes: &[u8]) -> Self {
        let head = bytes.get(..8000).unwrap_or(bytes);
        let binary = memchr::memchr(0, head).is_some();
        let text = if binary {
            "".into()
        } else {
            String::from_utf8_lossy(bytes)
        };
        Self {
            test: is_test(path),
            generated: binary || text.lines().any(says_generated),
            binary,
            build: constraint::line(&text).unwrap_or_default().to_owned(),
        }
    }
}

impl Kind {
    /// Whether declarations of such a file are told apart. Those of tests and generated files would only add noise.
    pub(super) const fn has_decls(&self) -> bool {
        !self.test && !self.generated
    }
}

impl Selection {
    /// What gopeek's maintainers read: Linux on amd64 and arm64, written by people, without tests.
    #[cfg(test)]
    pub(super) fn usual() -> Self {
        let set = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        Self {
            os: set(&["linux"]),
            arch: set(&["amd64", "arm64"]),
            generated: false,
            tests: false,
        }
    }

    /// Why a file is left out; `None` if it is not.
    pub(super) fn leaves_out(&self, path: &str, kind: &Kind) -> Option<Left> {
        if kind.test && !self.tests {
            Some(Left::Test)
        } else if kind.generated && !self.generated {
            Some(Left::Generated)
        } else if self.builds(path, &kind.build) {
            None
        } else {
            Some(Left::Platform)
        }
    }

    /// Whether the file is part of a build on any of the wanted platforms.
    fn builds(&self, path: &str, build: &str) -> bool {
        let (os, arch) = named_platform(path);
        let wanted = |all: &[&'static str], set: &Option<BTreeSet<String>>| -> Vec<&'static str> {
            let is_wanted =
                |name: &&'static str| set.as_ref().is_none_or(|set| set.contains(*name));
            all.iter().copied().filter(is_wanted).collect()
        };
        let (oses, arches) = (wanted(&OSES, &self.os), wanted(&ARCHES, &self.arch));
        let mut platforms = oses
            .iter()
            .flat_map(|os| arches.iter().map(move |arch| (*os, *arch)));
        platforms.any(|on| {
            let named =
                os.is_none_or(|os| fits_os(os, on.0)) && arch.is_none_or(|arch| arch == on.1);
            named && constraint::holds(build, &|tag| tag_on(tag, on)) != Truth::No
        })
    }
}

/// Whether a tag holds on a platform. Of other tags (`race`, `cgo`, experiments) either may be.
fn tag_on(tag: &str, (os, arch): (&str, &str)) -> Truth {
    if OSES.contains(&tag) {
        Truth::from(fits_os(tag, os))
    } else if ARCHES.contains(&tag) {
        Truth::from(tag == arch)
    } else {
        match tag {
            "unix" => Truth::from(UNIXES.contains(&os)),
            "gc" => Truth::Yes,
            "gccgo" | "compiler_bootstrap" => Truth::No,
            _ => Truth::Maybe,
        }
    }
}

/// Android takes Linux's files, iOS darwin's, illumos Solaris's.
fn fits_os(tag: &str, os: &str) -> bool {
    tag == os
        || matches!(
            (tag, os),
            ("linux", "android") | ("darwin", "ios") | ("solaris", "illumos")
        )
}

/// The platform in a file's name, as the go command reads it: `_linux`, `_arm64`, `_linux_arm64`, before `_test`.
fn named_platform(path: &str) -> (Option<&str>, Option<&str>) {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    let stem = stem.strip_suffix("_test").unwrap_or(stem);
    let mut parts = stem
        .split('_')
        .skip(1)
        .collect::<Vec<_>>()
        .into_iter()
        .rev();
    let last = parts.next().unwrap_or_default();
    if ARCHES.contains(&last) {
        (parts.next().filter(|os| OSES.contains(os)), Some(last))
    } else {
        (Some(last).filter(|os| OSES.contains(os)), None)
    }
}

/// Whether a path is that of a test, or of data of tests.
pub(super) fn is_test(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    stem.ends_with("_test") || parts.any(|folder| folder == "testdata" || folder.ends_with("test"))
}

/// Whether a line is Go's mark of generated code, or one of the older ones of the runtime.
fn says_generated(line: &str) -> bool {
    let Some(said) = line.strip_prefix("// ") else {
        return false;
    };
    (said.starts_with("Code generated ") && said.ends_with("DO NOT EDIT."))
        || said.starts_with("created by cgo -cdefs")
        || said.starts_with("Created by cgo -cdefs")
        || said.starts_with("Generated using cgo")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(path: &str, text: &str) -> Option<Left> {
        Selection::usual().leaves_out(path, &Kind::of(path, text.as_bytes()))
    }

    #[test]
    fn names_say_the_platform() {
        for (path, os, arch) in [
            ("runtime/os_linux.go", Some("linux"), None),
            ("runtime/sys_linux_arm64.s", Some("linux"), Some("arm64")),
            ("runtime/asm_amd64.s", None, Some("amd64")),
            ("runtime/linux.go", None, None),
            ("runtime/signal_unix.go", None, None),
            ("runtime/crash_linux_test.go", Some("linux"), None),
        ] {
            assert_eq!(named_platform(path), (os, arch), "{path}");
        }
    }

    #[test]
    fn other_platforms_are_left_out_by_name_and_by_constraint() {
        assert_eq!(left("runtime/os_windows.go", ""), Some(Left::Platform));
        assert_eq!(left("runtime/asm_s390x.s", ""), Some(Left::Platform));
        assert_eq!(left("runtime/os_linux_arm64.go", ""), None);
        let darwin = "//go:build darwin || windows\n\npackage runtime\n";
        assert_eq!(left("runtime/x.go", darwin), Some(Left::Platform));
        assert_eq!(
            left("runtime/x.go", "//go:build unix && !race\n\npackage x\n"),
            None
        );
    }

    #[test]
    fn a_selection_brings_them_in() {
        let mut all = Selection::usual();
        all.os = None;
        assert_eq!(
            all.leaves_out("runtime/os_windows.go", &Kind::default()),
            None
        );
        assert_eq!(
            all.leaves_out("runtime/asm_s390x.s", &Kind::default()),
            Some(Left::Platform)
        );
        all.arch = None;
        assert_eq!(
            all.leaves_out("runtime/asm_s390x.s", &Kind::default()),
            None
        );
    }

    #[test]
    fn tests_and_generated_files_are_left_out() {
        assert_eq!(left("runtime/proc_test.go", ""), Some(Left::Test));
        assert_eq!(
            left("runtime/testdata/testprog/main.go", ""),
            Some(Left::Test)
        );
        assert_eq!(left("runtime/internal/wasitest/x.go", ""), Some(Left::Test));
        let generated = "// Code generated by mksizeclasses.go; DO NOT EDIT.\n";
        assert_eq!(
            left("runtime/sizeclasses.go", generated),
            Some(Left::Generated)
        );
        assert_eq!(
            left("runtime/race/race_linux.syso", "\0ELF"),
            Some(Left::Generated)
        );
        // A program that writes the mark is no generated file.
        let writes = "\tfmt.Fprintln(w, \"// Code generated by x; DO NOT EDIT.\")\n";
        assert_eq!(left("runtime/mkduff.go", writes), None);
    }
}
