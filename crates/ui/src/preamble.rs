//! What is said on standard error: how the target was read, what is missing, and why it failed.

use crate::error::InspectError;
use crate::report::{NotStopped, Problem, Report, Taken};
use gopeek_unwind::End;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::time::Duration;

/// How many single problems are told one by one.
const SHOWN: usize = 5;

/// Says how the report came about.
pub(crate) fn about(report: &Report) {
    let target = &report.target;
    let stripped = if target.stripped { ", stripped" } else { "" };
    say(format_args!(
        "{} (pid {})  {} linux/{}{stripped}; offsets: {}; allgs: by {}",
        target.name,
        target.pid,
        target.go_version,
        target.arch,
        target.layout_from,
        target.allgs_by
    ));
    if !target.layout_exact {
        say(format_args!(
            "this Go release is not known exactly; the offsets were checked against the process"
        ));
    }
    let all = report.goroutines.len();
    let user = report.user_goroutines().count();
    say(format_args!(
        "{} ({} of the runtime not shown) in {}; {}",
        plural(user, "goroutine"),
        all - user,
        milliseconds(report.taken.took),
        taken(&report.taken)
    ));
    problems(&report.problems);
}

/// What the look cost the target, and how whole the picture is.
fn taken(taken: &Taken) -> String {
    let mut text = match (taken.stopped_for, &taken.not_stopped) {
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
        (None, None) => "target was not stopped".to_owned(),
    };
    let quality = taken.quality;
    let counts = [
        (quality.moved, "moved while looked at"),
        (quality.torn, "not whole"),
        (quality.unreadable, "unreadable"),
        (quality.unconfirmed, "not looked at again in the pause"),
    ];
    for (count, what) in counts {
        // Without a stop, that nothing moved is worth saying.
        if count > 0 || (taken.stopped_for.is_none() && what.starts_with("moved")) {
            // Writing to a String does not fail.
            let _ = write!(text, "; {} {what}", grouped(count));
        }
    }
    text
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

/// With as many digits as mean something: `0.31 ms`, `12 ms`.
fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1000.0;
    let digits = if milliseconds < 10.0 { 2 } else { 0 };
    format!("{milliseconds:.digits$} ms")
}

fn problems(problems: &[Problem]) {
    for problem in problems.iter().take(SHOWN) {
        say(format_args!("warning: {}", describe(problem)));
    }
    if problems.len() > SHOWN {
        say(format_args!("warning: and {} more", problems.len() - SHOWN));
    }
}

fn describe(problem: &Problem) -> String {
    match problem {
        Problem::NotAGoroutine { addr } => format!("allgs names {addr:#x}, which is no goroutine"),
        Problem::BrokenStack { id, end } => {
            format!("goroutine {id}: the stack is not whole: {}", broken(end))
        }
        Problem::NoVariables { why } => {
            format!("no variables: {why}; the frames show their words as they are")
        }
        Problem::BrokenNative { id, why } => {
            format!("goroutine {id}: its C frames are not whole: {why}")
        }
        Problem::Running { id } => {
            format!("goroutine {id} is running, and its thread does not tell where")
        }
        Problem::Misplaced { id } => {
            format!("goroutine {id} says that it goes on outside of its own stack")
        }
        Problem::TooManyGoroutines { claimed } => {
            format!("the process claims {claimed} goroutines; not all were read")
        }
        Problem::TooManyBytes => {
            "the process has more to copy than the limit; not everything was read".to_owned()
        }
        Problem::CutShort => "the pause was getting too long; not everything was read".to_owned(),
        Problem::ThreadMissed {
            tid,
            state,
            wait_channel,
        } => {
            let place = wait_channel.as_ref();
            let place = place.map_or(String::new(), |place| format!(", in {place}"));
            format!("thread {tid} did not stop in time (state {state}{place})")
        }
    }
}

fn broken(end: &End) -> String {
    match end {
        End::UnknownPc(pc) => format!("the pc {pc} is in no Go function"),
        End::UnknownReturn(pc) => format!("the return address {pc} is in no Go function"),
        End::Unreadable(unreadable) => unreadable.to_string(),
        End::NoProgress => "a frame is its own caller".to_owned(),
        End::TooDeep => "too many frames".to_owned(),
        End::Root | End::StackSwitch | End::ForeignCode | End::NoStart => {
            "it ended early".to_owned()
        }
    }
}

/// Says why there is no report, and what helps.
pub(crate) fn failure(error: &InspectError) {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    match error.remedy() {
        Some(remedy) => say(format_args!("{text}\n  help: {remedy}")),
        None => say(format_args!("{text}")),
    }
}

/// A line on standard error; if nobody reads it any more, that is no failure of ours.
fn say(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "gopeek: {line}");
}

/// `1 goroutine`, `12,017 goroutines`.
#[must_use]
pub(crate) fn plural(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {what}{s}", grouped(count))
}

/// With a comma between groups of three digits.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{plural, taken};
    use crate::report::{NotStopped, Quality, Taken};
    use std::time::Duration;

    #[test]
    fn what_a_look_cost_and_how_whole_it_is() {
        let stopped = Taken {
            stopped_for: Some(Duration::from_micros(930)),
            threads_stopped: 44,
            ..Taken::default()
        };
        assert_eq!(taken(&stopped), "target stopped for 0.93 ms (44 threads)");
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
            taken(&hurried),
            "target stopped for 48 ms (1 thread; 2 did not stop); 1 not whole; 2 unreadable; \
             12,345 not looked at again in the pause"
        );
        let running = |why| Taken {
            not_stopped: Some(why),
            ..Taken::default()
        };
        assert_eq!(
            taken(&running(NotStopped::Asked)),
            "target was not stopped; 0 moved while looked at"
        );
        let tracer = (7, "dlv".to_owned());
        assert_eq!(
            taken(&running(NotStopped::Traced { tracer })),
            "target was not stopped: dlv (pid 7) traces it; 0 moved while looked at"
        );
    }

    #[test]
    fn counts_read_well() {
        assert_eq!(plural(1, "thread"), "1 thread");
        assert_eq!(plural(0, "thread"), "0 threads");
        assert_eq!(plural(1_012_017, "goroutine"), "1,012,017 goroutines");
    }
}
