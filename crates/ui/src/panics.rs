//! What is said of a panic: nothing while a target is held, since whoever reads standard error may let us wait.

use gopeek_attach::hold;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

/// What was not said at once.
static KEPT: Mutex<Option<String>> = Mutex::new(None);

/// The exit code of a panic, as Rust has it.
const PANICKED: u8 = 101;

/// Runs `work`. Where it panics, the target is let go first; then it is said why.
pub(crate) fn said_later(work: impl FnOnce() -> ExitCode) -> ExitCode {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if hold::is_holding() {
            let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
            *kept = Some(panic.to_string());
        } else {
            usual(panic);
        }
    }));
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = &*kept {
            eprintln!("gopeek: {text}");
        }
        ExitCode::from(PANICKED)
    })
}
