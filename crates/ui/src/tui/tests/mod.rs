//! The screen, without a terminal.

mod allocations;
mod scene;
mod sizes;
mod snapshots;
mod update;
