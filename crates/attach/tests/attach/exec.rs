//! A target that execs while it is being stopped.

use crate::target::{PATIENT, Target};
use gopeek_attach::capture::capture;
use gopeek_attach::{AttachError, Process};
use std::time::{Duration, Instant};

/// For so long, looks are thrown at it. Of a few hundred, one comes between two seizes of an exec.
const TRIED: Duration = Duration::from_secs(2);

#[test]
fn one_that_execs_again_and_again_is_held_or_said_to_have_changed_and_never_hangs() {
    let (target, _) = Target::helper("execs");
    let since = Instant::now();
    let (mut held, mut changed) = (0, 0);
    while since.elapsed() < TRIED {
        let looked = Process::open(target.pid())
            .and_then(|process| capture(&process, PATIENT, &[], None, |_| Vec::new()));
        match looked {
            Ok(_) => held += 1,
            Err(AttachError::Replaced(_) | AttachError::Exited(_)) => changed += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(held > 0 && changed > 0, "held {held}, changed {changed}");
}
