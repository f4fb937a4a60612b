//! What a look at a target cost it, and how whole the picture is, in a line.

use crate::report::{NotStopped, Saved, Taken};
use crate::words::{grouped, milliseconds, plural};
use std::fmt::Write as _;

/// What the look cost the target, and how whole the picture is.
#[must_use]
pub(crate) fn text(taken: &Taken) -> String {
    let source = taken.from.as_ref().map_or(String::new(), from);
    let pause = match (taken.stopped_for, &taken.not_stopped) {
        (Some(pause), _) => {
            let threads = plural(taken.threads_stopped, "thread");
            let missed = match taken.threads_missed {
                0 => String::new(),
                missed => format!("; {} did not stop", grouped(missed)),
            };
            format!(
                "target stopped for {} ({threads}{missed})",
                milliseconds(pause)
            )
        }
        (None, Some(why)) => format!("target was not stopped{}", because(why)),
        (None, None) if taken.from.is_some() => String::new(),
        (None, None) => "target was not stopped".to_owned(),
    };
    let mut text = source + &pause;
    let quality = taken.quality;
    let counts = [
        (quality.moved, "moved while looked at"),
        (quality.torn, "not whole"),
        (quality.unreadable, "unreadable"),
        (quality.unconfirmed, "not looked at again in the pause"),
    ];
    for (count, what) in counts {
        // Without a stop, that nothing moved is worth saying.
        let running =
            taken.stopped_for.is_none() && (taken.from.is_none() || taken.not_stopped.is_some());
        if count > 0 || (running && what.starts_with("moved")) {
            // Writing to a String does not fail.
            let _ = write!(text, "; {} {what}", grouped(count));
        }
    }
    text
}

fn from(saved: &Saved) -> String {
    let at = saved.at.map_or(String::new(), |at| {
        format!(", saved {}; ", humantime::format_rfc3339_seconds(at))
    });
    let clock = if saved.has_clock {
        ""
    } else {
        "; times of waiting are at least what is shown"
    };
    format!("from {}{at}{clock}", saved.path.display())
}

fn because(why: &NotStopped) -> String {
    match why {
        NotStopped::Asked => String::new(),
        NotStopped::Traced {
            tracer: (pid, name),
        } => format!(": {name} (pid {pid}) traces it"),
        NotStopped::Refused { cause } => format!(": {cause}"),
    }
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::report::{NotStopped, Quality, Taken};
    use std::time::Duration;

    #[test]
    fn what_a_look_cost_and_how_whole_it_is() {
        let stopped = Taken {
            stopped_for: Some(Duration::from_micros(930)),
            threads_stopped: 44,
            ..Taken::default()
        };
        assert_eq!(text(&stopped), "target stopped for 0.93 ms (44 threads)");
        let hurried = Taken {
            stopped_for: Some(Duration::from_millis(48)),
            threads_stopped: 1,
            threads_missed: 2,
            quality: Quality {
                torn: 1,
                unreadable: 2,
                unconfirmed: 12_345,
                ..Quality::default()
            },
            ..Taken::default()
        };
        assert_eq!(
            text(&hurried),
            "target stopped for 48 ms (1 thread; 2 did not stop); 1 not whole; 2 unreadable; \
             12,345 not looked at again in the pause"
        );
        let running = |why| Taken {
            not_stopped: Some(why),
            ..Taken::default()
        };
        assert_eq!(
            text(&running(NotStopped::Asked)),
            "target was not stopped; 0 moved while looked at"
        );
        let tracer = (7, "dlv".to_owned());
        assert_eq!(
            text(&running(NotStopped::Traced { tracer })),
            "target was not stopped: dlv (pid 7) traces it; 0 moved while looked at"
        );
    }
}
