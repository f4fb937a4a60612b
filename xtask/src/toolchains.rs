//! `cargo xtask toolchains`: brings Go toolchains and prints where each came from.

use anyhow::{Result, bail};

use crate::toolchain::{self, Version, Wanted, releases};

/// Which toolchains to bring.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Releases (1.24.3) or minors (1.24: its last; 1.20.0 for the first of 1.20) [default: the last of each minor].
    wanted: Vec<Wanted>,
    /// The first and the last release of each minor.
    #[arg(long, conflicts_with = "wanted")]
    all: bool,
    /// Act as on a machine without Go: bring one by wheel, and fetch the others with it.
    #[arg(long)]
    no_path_go: bool,
}

/// Runs the verb.
///
/// # Errors
/// When one of the toolchains cannot be had.
pub(crate) fn run(args: &Args) -> Result<()> {
    let wanted = if args.all {
        first_and_last()
    } else if args.wanted.is_empty() {
        releases::minors().map(Wanted::LastOf).collect()
    } else {
        args.wanted.clone()
    };
    let mut missing = 0;
    for wanted in &wanted {
        match toolchain::find(*wanted, !args.no_path_go) {
            Ok(toolchain) => println!("{:9} {}", toolchain.version, toolchain.source),
            Err(error) => {
                missing += 1;
                println!("{wanted:9} missing: {error:#}");
            }
        }
    }
    println!("toolchains: {}, missing: {missing}", wanted.len() - missing);
    if missing > 0 {
        bail!("{missing} of {} toolchains are missing", wanted.len());
    }
    Ok(())
}

/// Each supported minor's first and last release.
pub(crate) fn first_and_last() -> Vec<Wanted> {
    let both = |minor| {
        [
            Wanted::Exactly(Version::new(minor, 0)),
            Wanted::LastOf(minor),
        ]
    };
    releases::minors().flat_map(both).collect()
}
