//! The `gopeek` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    gopeek_ui::cli::run()
}
