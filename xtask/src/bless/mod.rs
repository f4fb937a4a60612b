//! `cargo xtask bless`: writes what gopeek says of the cores in testdata now, and with `--cores` the cores themselves.
//!
//! Which texts there are is for the test to know that compares them (crates/ui/tests/ui/cores), and so it writes them.
//! testdata/cores/README.md says what is there.

mod arm64;
mod changes;
mod live;
mod shelf;

use anyhow::{Result, bail};

use crate::toolchain::{self, Toolchain, Wanted, releases};
use crate::{repo, run};
use changes::Content;

/// What to write.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The cores, and what Go says of the processes, too.
    #[arg(long)]
    cores: bool,
    /// With --cores, only those of these minors [default: all].
    #[arg(long, value_name = "VERSION", requires = "cores")]
    go: Vec<Wanted>,
    /// With --cores, only those of this architecture [default: both].
    #[arg(long, value_enum, requires = "cores")]
    arch: Option<Arch>,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

/// What the cores are of.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Arch {
    Amd64,
    Arm64,
}

/// Runs the verb.
///
/// # Errors
/// When cores can't be made, or gopeek does not say of them what Go itself said of their processes.
pub(crate) fn run(args: &Args) -> Result<()> {
    let before = Content::of(&repo::cores())?;
    if args.cores {
        make(args)?;
    }
    let bless = |target: &str, test: &str| {
        let mut test = run::cargo(["test", "--package=gopeek-ui", target, "--", test]);
        run::shown(test.env("GOPEEK_BLESS", "1"))
    };
    let written = bless("--test=ui", "cores::every")
        .and_then(|()| bless("--lib", "tui::tests::snapshots::every"));
    let after = Content::of(&repo::cores())?;
    after.tell_changes(&before);
    written
}

fn make(args: &Args) -> Result<()> {
    let mut wanted = args.go.clone();
    if wanted.is_empty() {
        wanted.extend(releases::minors().map(Wanted::LastOf));
    }
    let find = |wanted: &Wanted| toolchain::find(*wanted, !args.no_path_go);
    let all: Vec<Toolchain> = wanted.iter().map(find).collect::<Result<_>>()?;
    if args.arch != Some(Arch::Arm64) {
        if std::env::consts::ARCH != "x86_64" {
            bail!("cores of amd64 take an amd64 machine; --arch arm64 makes the others");
        }
        run::build_gopeek()?;
        for go in &all {
            live::make(go)?;
        }
    }
    if args.arch != Some(Arch::Amd64) {
        arm64::make(&all, !args.no_path_go)?;
    }
    Ok(())
}
