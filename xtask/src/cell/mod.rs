//! A cell of the test matrix: one Go release, one way to build, one program.

mod build;
mod matrix;
mod modes;
mod programs;
mod sections;

pub(crate) use build::{Built, Unbuilt, build, try_build};
pub(crate) use matrix::{Preset, Selection, each, pairs, sample, sampled_pairs};
pub(crate) use modes::{
    ARM64, ARM64_CGO, CROSS_CC, EMULATOR, Finish, MODES, Mode, PIE, PLAIN, SHELVED, SHELVED_ARM64,
    STRIPPED,
};
pub(crate) use programs::{
    ARM64_INIT, CGOCHAIN, CHURN, CRASH, HAMMER, HANG, HEALTH, HOT, LOCALS, MANY, ORDERS, OUTAGES,
    Oracle, PROGRAMS, Program, SCALE, SHELF, SMALL, SPIN, STATES, TEXTS, TYPED, Variant, WEB,
    WITHIN,
};

/// What kind of thing Go makes, which decides which programs a mode can build.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// An executable.
    Exe,
    /// An executable, and a plugin that it loads.
    Plugin,
    /// A C library, and a C program that loads it.
    CShared,
}
