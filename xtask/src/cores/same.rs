//! Whether a core shows what the process showed: the same bytes, but for what is truly of the moment.

use similar::TextDiff;

/// How a process was looked at, of `--goroutine` and of `--threads`: the pause of each look is its own, and a core says that
/// it is one.
const LOOK: &str = "  looked at ";
const STOPPED: &str = "target stopped for ";
/// For how long it has been waiting, in seconds: they go on while the process stands still. A saved core's are of the
/// moment at which it was saved.
const BLOCKED: (&str, &str) = ("  blocked      for at least ", " s, since");
/// The same in minutes, in a goroutine's header. A core that others wrote does not say of which moment it is: its waits
/// are at least what is shown, so that its minutes may be fewer.
const HEADER: (&str, &str) = ("goroutine ", "]:");
const MINUTES: &str = " minutes";
/// A goroutine's thread, of `--goroutine`: in which system call it is, the kernel says, and others' cores do not.
const THREAD: [&str; 2] = ["  thread       ", "  locked to    "];
/// A text that differs is shown so far, and so much of each line.
const SHOWN: usize = 12;
const WIDTH: usize = 160;

/// What is the same whenever it is asked for, and what only grows.
#[derive(PartialEq, Eq, Debug)]
struct Timeless {
    lines: Vec<String>,
    seconds: Vec<u64>,
}

fn timeless(text: &[u8], has_clock: bool) -> Timeless {
    let mut timeless = Timeless {
        lines: Vec::new(),
        seconds: Vec::new(),
    };
    let text = String::from_utf8_lossy(text);
    let tells_of_look = |line: &&str| {
        let from_core = line.starts_with("from ") && line.contains(STOPPED);
        line.starts_with(LOOK) || line.starts_with(STOPPED) || from_core
    };
    let is_of_process = |line: &str| {
        let begins = |begin: &&str| line.starts_with(*begin);
        THREAD.iter().any(begins)
    };
    for line in text.split('\n').filter(|line| !tells_of_look(line)) {
        let seconds = line.strip_prefix(BLOCKED.0);
        let seconds: Option<u64> =
            seconds.and_then(|rest| rest.split_once(BLOCKED.1)?.0.parse().ok());
        timeless.seconds.extend(seconds);
        timeless.lines.push(match seconds {
            Some(_) => format!("{}N{}", BLOCKED.0, BLOCKED.1),
            None if !has_clock && is_of_process(line) => continue,
            None if !has_clock => without_minutes(line),
            None => line.to_owned(),
        });
    }
    timeless
}

fn without_minutes(line: &str) -> String {
    if !line.starts_with(HEADER.0) || !line.ends_with(HEADER.1) {
        return line.to_owned();
    }
    let items = line.trim_end_matches(HEADER.1).split(", ");
    let items: Vec<_> = items.filter(|item| !item.ends_with(MINUTES)).collect();
    format!("{}{}", items.join(", "), HEADER.1)
}

/// What a process showed, before and after its cores were written.
#[derive(Clone, Copy)]
pub(super) struct Live<'t> {
    /// Before.
    pub(super) before: &'t [u8],
    /// After.
    pub(super) after: &'t [u8],
}

/// What differs, if anything does.
///
/// A core with a clock must show what the process showed before it was written, or after: a minute may have passed
/// between the two. Seconds lie between those of both.
pub(super) fn difference(live: Live<'_>, core: &[u8], has_clock: bool) -> Option<String> {
    let [before, after, core] =
        [live.before, live.after, core].map(|text| timeless(text, has_clock));
    if core.lines != before.lines && core.lines != after.lines {
        return Some(diff(&before.lines, &core.lines));
    }
    let least = before
        .seconds
        .iter()
        .map(|seconds| if has_clock { *seconds } else { 0 });
    let within = least.zip(&after.seconds).zip(&core.seconds);
    let beyond = within
        .clone()
        .find(|((least, most), seconds)| !(least..=most).contains(seconds));
    match beyond {
        Some(((least, most), seconds)) => Some(format!(
            "a wait of {seconds} s, of a process that said {least} s before and {most} s after\n"
        )),
        None if within.count() < core.seconds.len() => {
            Some("more waits than the process has\n".to_owned())
        }
        None => None,
    }
}

/// A unified diff from the process's lines (-) to the core's (+), its beginning.
fn diff(process: &[String], core: &[String]) -> String {
    let (process, core) = (process.join("\n"), core.join("\n"));
    let diff = TextDiff::from_lines(process.as_str(), core.as_str());
    let diff = diff.unified_diff().context_radius(2).to_string();
    let lines = diff.lines().take(SHOWN);
    let lines: Vec<String> = lines
        .map(|line| line.chars().take(WIDTH).collect())
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(minutes: &str, seconds: u64, look: &str) -> Vec<u8> {
        format!(
            "goroutine 7 [select{minutes}]:\nmain.f()\n\n  blocked      for at least {seconds} s, since a \
             garbage collection saw it\n  looked at    {look}\n  thread       none\n"
        )
        .into_bytes()
    }

    fn check(core: &[u8], has_clock: bool) -> Option<String> {
        let (before, after) = (
            detail("", 57, "stopped for 1 ms"),
            detail(", 1 minutes", 61, "2 ms"),
        );
        let live = Live {
            before: &before,
            after: &after,
        };
        difference(live, core, has_clock)
    }

    #[test]
    fn the_look_is_of_the_moment_and_time_passes() {
        assert_eq!(check(&detail("", 59, "from x.core"), true), None);
        assert_eq!(check(&detail(", 1 minutes", 61, "from x.core"), true), None);
    }

    #[test]
    fn a_wait_is_of_the_moment_of_the_save() {
        assert!(check(&detail("", 56, ""), true).unwrap().contains("56 s"));
        assert!(check(&detail("", 62, ""), true).unwrap().contains("62 s"));
        assert!(
            check(&detail(", 2 minutes", 60, ""), true)
                .unwrap()
                .contains("+goroutine 7")
        );
    }

    #[test]
    fn without_a_clock_minutes_are_not_compared() {
        assert_eq!(check(&detail(", 2 minutes", 60, ""), false), None);
    }

    #[test]
    fn any_other_byte_is_a_difference() {
        let mut other = detail("", 59, "");
        other.push(b'\n');
        assert!(check(&other, true).is_some());
        let other = String::from_utf8(detail("", 59, ""))
            .unwrap()
            .replace("main.f", "main.g");
        let said = check(other.as_bytes(), true).unwrap();
        assert!(said.contains("-main.f()\n+main.g()"), "{said}");
    }
}
