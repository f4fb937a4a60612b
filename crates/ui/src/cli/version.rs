//! What `--version` says: which gopeek this is, and which releases of Go it reads.

use std::sync::LazyLock;

/// Version of gopeek, with the commit it was built from if the build was told.
pub(super) const SHORT: &str = env!("CARGO_PKG_VERSION");

/// As [`SHORT`], with the commit, the target and the Go releases that have a table.
pub(super) static LONG: LazyLock<String> = LazyLock::new(|| {
    let commit = option_env!("GOPEEK_COMMIT").unwrap_or("unknown (not a release build)");
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let (first, last) = gopeek_layout::choose::known_releases();
    format!(
        "{SHORT}\ncommit: {commit}\ntarget: {arch}-{os}\nreads:  {first} to {last}, amd64 and arm64; later ones as far as they are alike"
    )
});
