//! What maintainers run: `cargo xtask VERB`. Each verb is a file; this one only names them.

mod agree;
mod apt;
mod arm64;
mod bench;
mod bless;
mod cell;
mod ci;
mod condition;
mod cores;
mod crash;
mod demo;
mod dump;
mod ends;
mod formats;
mod fuzz;
mod hang;
mod health;
mod heartbeat;
mod hostile;
mod hot;
mod load;
mod locals;
mod look;
mod marks;
mod median;
mod native;
mod offsets;
mod outages;
mod repo;
mod run;
mod runtime_diff;
mod scale;
mod spin;
mod table;
mod target;
mod test;
mod toolchain;
mod toolchains;
mod top;
mod types;
mod warnings;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The chores of gopeek's maintainers.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Bring Go toolchains, and say where each came from.
    Toolchains(toolchains::Args),
    /// Compare gopeek's stacks with those that Go programs print themselves.
    Agree(agree::Args),
    /// Compare what cores show, whoever wrote them, with what the process showed; and what debuggers see in ours.
    Cores(cores::Args),
    /// Compare gopeek's C and Go frames with those that gdb finds.
    Native(native::Args),
    /// Compare the variables that gopeek reads with what a program says of them itself.
    Locals(locals::Args),
    /// Compare them on an arm64 kernel, in a virtual machine.
    Arm64(arm64::Args),
    /// Show gopeek on a stuck service; needs cargo and python3 only.
    Demo(demo::Args),
    /// Everything a change must pass.
    Test(test::Args),
    /// Measure gopeek against the target's own runtime.Stack, and beside delve and gdb.
    Bench(bench::Args),
    /// Write what gopeek says of the cores in testdata, and with --cores the cores themselves.
    Bless(bless::Args),
    /// Look at a loaded HTTP server ten times a second, and see what its clients notice.
    Load(load::Args),
    /// Double the sizes of targets, and see that what gopeek takes grows no faster.
    Scale(scale::Args),
    /// Format, lints, docs, the matrix, and some of it on arm64: what continuous integration runs before `test`.
    Ci(ci::Args),
    /// Check the stacks of goroutines that are running, sample by sample.
    Spin(spin::Args),
    /// Check the stacks of goroutines that switch all the time, sample by sample, with and without a stop.
    Hot(hot::Args),
    /// End gopeek in every way, at any moment, and see its target go on.
    Ends(ends::Args),
    /// gopeek on targets in every state that a process can be in.
    Hostile(hostile::Args),
    /// Have other tools read what gopeek writes for them, and count the goroutines in it.
    Formats(formats::Args),
    /// What gopeek says of programs that hang must be what they know of themselves.
    Hang(hang::Args),
    /// What gopeek says of outages made of real libraries must be what the programs know of themselves.
    Outages(outages::Args),
    /// Hostile bytes for everything that reads foreign bytes, guided by what code they reach.
    Fuzz(fuzz::Args),
    /// What gopeek tells of the cores of crashed programs must be what they printed themselves.
    Crash(crash::Args),
    /// Compare what is read of a runtime's health with what it says of itself.
    Health(health::Args),
    /// Compare fields that are read by type descriptors with what a program knows of them.
    Types(types::Args),
    /// The live screen in a real terminal, on a real process.
    Top(top::Args),
    /// Which files of Go's runtime changed between two releases, and what of gopeek depends on them.
    RuntimeDiff(runtime_diff::Args),
    /// Write the layout tables from the DWARF of every Go release.
    Offsets(offsets::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse().verb {
        Verb::Toolchains(args) => toolchains::run(&args),
        Verb::Agree(args) => agree::run(&args),
        Verb::Cores(args) => cores::run(&args),
        Verb::Native(args) => native::run(&args),
        Verb::Locals(args) => locals::run(&args),
        Verb::Arm64(args) => arm64::run(&args),
        Verb::Demo(args) => demo::run(&args),
        Verb::Test(args) => test::run(&args),
        Verb::Bench(args) => bench::run(&args),
        Verb::Bless(args) => bless::run(&args),
        Verb::Load(args) => load::run(&args),
        Verb::Scale(args) => scale::run(&args),
        Verb::Ci(args) => ci::run(&args),
        Verb::Spin(args) => spin::run(&args),
        Verb::Hot(args) => hot::run(&args),
        Verb::Ends(args) => ends::run(&args),
        Verb::Hostile(args) => hostile::run(&args),
        Verb::Formats(args) => formats::run(&args),
        Verb::Hang(args) => hang::run(&args),
        Verb::Outages(args) => outages::run(&args),
        Verb::Fuzz(args) => fuzz::run(&args),
        Verb::Crash(args) => crash::run(&args),
        Verb::Health(args) => health::run(&args),
        Verb::Types(args) => types::run(&args),
        Verb::Top(args) => top::run(&args),
        Verb::RuntimeDiff(args) => runtime_diff::run(&args),
        Verb::Offsets(args) => offsets::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
