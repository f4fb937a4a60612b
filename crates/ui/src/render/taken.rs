//! What a look at a target cost it, and how whole the picture is, in a line.

use crate::report::{Late, NotStopped, Over, Saved, Taken};
use crate::words::{grouped, milliseconds, plural, printable};
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
            let asleep = match taken.threads_asleep {
                0 => String::new(),
                asleep => format!("; {} asleep, left alone", grouped(asleep)),
            };
            format!(
                "target stopped for {} ({threads}{asleep}{missed}){}",
                milliseconds(pause),
                taken.over.as_ref().map_or(String::new(), over)
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

fn over(over: &Over) -> String {
    let why = match over.why {
        Late::Threads => "its threads took so long to stop and to go on",
        Late::NoCpu => "the host gave gopeek no CPU",
    };
    format!(", {} longer than asked: {why}", milliseconds(over.by))
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
    let path = printable(&saved.path.display().to_string());
    format!("from {path}{at}{clock}")
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
    use crate::report::{NotStopped, Over, Quality, Taken};
    use std::time::Duration;

    #[test]
    fn what_a_look_cost_and_how_whole_it_is() {
        let stopped = Taken {
            stopped_for: Some(Duration::from_micros(930)),
            threads_stopped: 44,
            ..Taken::default()
        };
        assert_eq!(text(&stopped), "target stopped for 0.93 ms (44 threads)");
        let asleep = Taken {
            threads_asleep: 9_000,
            ..stopped.clone()
        };
        assert_eq!(
            text(&asleep),
            "target stopped for 0.93 ms (44 threads; 9,000 asleep, left alone)"
        );
        let (limit, lasted) = (Duration::from_millis(5), Duration::from_millis(75));
        let late = |for_threads| Taken {
            stopped_for: Some(lasted),
            over: Over::of(lasted, Duration::from_millis(for_threads), limit),
            ..stopped.clone()
        };
        assert_eq!(
            text(&late(71)),
            "target stopped for 75 ms (44 threads), 70 ms longer than asked: its threads took so long to stop and to go on"
        );
        assert_eq!(
            text(&late(3)),
            "target stopped for 75 ms (44 threads), 70 ms longer than asked: the host gave gopeek no CPU"
        );
        assert_eq!(Over::of(limit, limit, limit), None);
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
        let tracer = (7, "dlv".into());
        assert_eq!(
            text(&running(NotStopped::Traced { tracer })),
            "target was not stopped: dlv (pid 7) traces it; 0 moved while looked at"
        );
        let tracer = (7, "d\x1b[31m\nFORGED".into());
        assert_eq!(
            text(&running(NotStopped::Traced { tracer })),
            "target was not stopped: d\\u{1b}[31m\\nFORGED (pid 7) traces it; 0 moved while looked at"
        );
    }
}
