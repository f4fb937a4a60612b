//! What is said on standard error: how the target was read, what is missing, and why it failed.

use crate::chosen::Count;
use crate::crash_words;
use crate::describe as words_of;
use crate::error::InspectError;
use crate::filter::Filter;
use crate::render::taken;
use crate::report::{Problem, Report};
use crate::save::Saved;
use crate::text_words;
use crate::words::{bytes, grouped, milliseconds, plural, printable, printable_lines};
use gopeek_unwind::End;
use std::error::Error;
use std::fmt;
use std::io::{self, Write};

/// How many single problems are told one by one.
const SHOWN: usize = 5;

/// Says how the report came about.
pub(crate) fn about(report: &Report) {
    if let Some(text) = report.text() {
        for line in text_words::lines(report, text) {
            say(format_args!("{line}"));
        }
        return problems(&report.problems);
    }
    let target = &report.target;
    let stripped = if target.stripped { ", stripped" } else { "" };
    say(format_args!(
        "{} (pid {})  {} linux/{}{stripped}; offsets: {}; allgs: by {}",
        printable(&target.name),
        target.pid,
        printable(&target.go_version),
        target.arch,
        target.layout_from,
        target.allgs_by
    ));
    if !target.layout_exact {
        say(format_args!(
            "gopeek does not know the Go release \"{}\" exactly; the offsets were checked against the process",
            printable(&target.go_version)
        ));
    }
    let all = report.goroutines.len();
    let user = report.user_goroutines().count();
    say(format_args!(
        "{} ({} of the runtime not shown) in {}; {}",
        plural(user, "goroutine"),
        all - user,
        milliseconds(report.taken.took),
        taken::text(&report.taken)
    ));
    if let Some((without, ms)) = report.forked() {
        say(format_args!("{}", words_of::forked(without, ms)));
    }
    if let Some(crash) = &report.crash {
        for line in crash_words::lines(report, crash) {
            say(format_args!("{line}"));
        }
    }
    problems(&report.problems);
}

/// Says how many goroutines were asked for.
pub(crate) fn chosen(count: &Count, filter: Option<&Filter>) {
    let mut text = format!(
        "{} of {}",
        grouped(count.matching),
        plural(count.all, "goroutine")
    );
    if let Some(filter) = filter {
        text = format!("{text} match {}", printable(&filter.to_string()));
    }
    if count.hidden > 0 {
        let hidden = grouped(count.hidden);
        text = format!("{text}; {hidden} of the runtime do, too (--runtime shows them)");
    }
    if count.shown < count.matching {
        text = format!("{text}; the first {} shown", grouped(count.shown));
    }
    say(format_args!("{text}"));
}

/// Says what was saved, and where.
pub(crate) fn saved(saved: &Saved) {
    let (pid, name, go_version) = &saved.target;
    say(format_args!(
        "{name} (pid {pid})  {go_version}; {} in {}; {}",
        plural(saved.goroutines, "goroutine"),
        milliseconds(saved.taken.took),
        taken::text(&saved.taken)
    ));
    let unread = match saved.unread {
        0 => String::new(),
        unread => format!(
            ", of which {} were not looked at again in the pause (--pause-limit)",
            bytes(unread)
        ),
    };
    say(format_args!(
        "{} written, {} of memory{unread}; it holds the process's secrets, too",
        printable(&saved.path.display().to_string()),
        bytes(saved.captured)
    ));
}

fn problems(problems: &[Problem]) {
    for problem in problems.iter().take(SHOWN) {
        say(format_args!("warning: {}", printable(&describe(problem))));
    }
    if problems.len() > SHOWN {
        say(format_args!("warning: and {} more", problems.len() - SHOWN));
    }
}

/// A problem in words.
pub(crate) fn describe(problem: &Problem) -> String {
    match problem {
        Problem::NotAGoroutine { addr } => format!("allgs names {addr:#x}, which is no goroutine"),
        Problem::BrokenStack { id, end } => {
            format!("goroutine {id}: the stack is not whole: {}", broken(end))
        }
        Problem::LeftOut { id, frames } => {
            format!(
                "goroutine {id}: {frames} frames in the middle of its stack are counted, but not kept"
            )
        }
        Problem::NoVariables { why } => {
            format!("no variables: {why}; the frames show their words as they are")
        }
        Problem::NoHeap { why } => {
            format!("the heap was not searched: {why}")
        }
        Problem::NoWaits { count } => {
            format!(
                "what {} for could not be read",
                if *count == 1 {
                    "1 goroutine waits".to_owned()
                } else {
                    plural(*count, "goroutine") + " wait"
                }
            )
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
        Problem::CutShort => {
            "the pause had reached its limit; the rest was looked at without a stop".to_owned()
        }
        Problem::Core { what } | Problem::Text { what } => what.clone(),
        Problem::NoFile { path } => {
            format!("{path} was not found; C frames in it are not whole (--sysroot DIR)")
        }
        Problem::FileCut { path } => {
            format!("{path} was cut off while it was read; names and stacks may be wrong")
        }
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
    // These have lines: a list of processes, each escaped by itself, and what the user typed.
    let has_lines = matches!(
        error,
        InspectError::Ambiguous { .. } | InspectError::Filter(_)
    );
    let text = if has_lines {
        printable_lines(&text)
    } else {
        printable(&text)
    };
    match error.remedy().map(|remedy| printable(&remedy)) {
        Some(remedy) => say(format_args!("{text}\n  help: {remedy}")),
        None => say(format_args!("{text}")),
    }
}

/// A line on standard error; if nobody reads it any more, that is no failure of ours.
fn say(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "gopeek: {line}");
}
