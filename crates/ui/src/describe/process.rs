//! The state of the process as a whole in words: one sentence each.

use crate::words::{bytes, grouped, plural, printable};
use gopeek_attach::foreign::Foreign;

/// The signals that stop a process, by number on every architecture that gopeek knows, and who sends them (`signal(7)`).
const STOPS: [(i32, &str, &str); 4] = [
    (19, "SIGSTOP", ""),
    (20, "SIGTSTP", " (Ctrl-Z at its terminal)"),
    (
        21,
        "SIGTTIN",
        " (it read from its terminal in the background)",
    ),
    (
        22,
        "SIGTTOU",
        " (it wrote to its terminal in the background)",
    ),
];

/// The name of a signal that stops a process.
pub(crate) fn stop_signal(signal: i32) -> Option<&'static str> {
    let known = STOPS.iter().find(|(number, ..)| *number == signal);
    known.map(|(_, name, _)| *name)
}

/// A process that a signal has stopped.
pub(crate) fn stopped_by_signal(signal: Option<i32>) -> String {
    let known = STOPS.iter().find(|(number, ..)| Some(*number) == signal);
    let (signal, why) = known.map_or(("a signal", ""), |(_, name, why)| (*name, *why));
    format!("the process is stopped by {signal}{why}: no thread runs until it gets SIGCONT")
}

/// A process that its tracer holds.
pub(crate) fn stopped_by_tracer(pid: i32, name: &Foreign) -> String {
    format!(
        "the process is stopped by its tracer, pid {pid} ({name}): no thread runs until that lets it go on"
    )
}

/// A process that was forked: of the runtime's threads, only the one that called fork is in it.
pub(crate) fn forked(without: usize, ms: usize) -> String {
    format!(
        "the process is a fork that has not called exec: {} of its {} {} no thread, so no goroutine goes on but one that the forking thread runs",
        count(without as u64),
        plural(ms, "M"),
        if without == 1 { "has" } else { "have" }
    )
}

/// A process whose control group is frozen.
pub(crate) fn frozen(group: &str) -> String {
    format!(
        "the process is frozen, with its control group {} (docker pause, systemctl freeze): no thread runs until that is thawed",
        printable(group)
    )
}

/// A first thread that has ended.
pub(crate) fn zombie_leader(others: usize) -> String {
    format!(
        "the first thread has ended, so that ps shows a zombie; {} still alive",
        if others == 1 {
            "1 other thread is".to_owned()
        } else {
            format!("{} are", plural(others, "other thread"))
        }
    )
}

fn count(value: u64) -> String {
    grouped(usize::try_from(value).unwrap_or(usize::MAX))
}

/// Descriptors that are used up, or almost.
pub(crate) fn descriptors(open: u64, max: u64, none_left: bool) -> String {
    let what = if none_left {
        "no file descriptors are left"
    } else {
        "few file descriptors are left"
    };
    format!(
        "{what}: {} of {} are open (RLIMIT_NOFILE)",
        count(open),
        count(max)
    )
}

/// Threads that are close to a limit.
pub(crate) fn threads(used: u64, max: u64, limit: &str) -> String {
    format!(
        "few threads are left: {} of {}, {limit}",
        count(used),
        count(max)
    )
}

/// Memory of the control group.
pub(crate) fn group_memory(used: u64, max: u64) -> String {
    format!(
        "the memory of the control group is at its limit: {} of {} are in use, page cache aside",
        bytes(used),
        bytes(max)
    )
}

/// Memory under GOMEMLIMIT.
pub(crate) fn heap_memory(used: u64, max: u64) -> String {
    format!(
        "the heap is at GOMEMLIMIT: {} of {} are in use, and the last GC found almost all of it alive",
        bytes(used),
        bytes(max)
    )
}

/// A GC that takes much of the CPU.
pub(crate) fn gc_cpu(percent: Option<u32>, per_minute: u64, limit: Option<(u64, u64)>) -> String {
    let share = percent.map_or("runs all the time".to_owned(), |percent| {
        format!("takes {percent} % of the CPU")
    });
    let why = limit.map_or(String::new(), |(used, max)| {
        format!(
            ": the heap is at GOMEMLIMIT ({} of {})",
            bytes(used),
            bytes(max)
        )
    });
    format!("the GC {share}, {} GCs a minute{why}", count(per_minute))
}

#[cfg(test)]
mod tests {
    use super::{forked, gc_cpu, stopped_by_signal, threads, zombie_leader};

    #[test]
    fn a_signal_is_named_where_it_is_known() {
        assert!(stopped_by_signal(Some(19)).contains("stopped by SIGSTOP:"));
        assert!(stopped_by_signal(Some(20)).contains("SIGTSTP (Ctrl-Z"));
        assert!(stopped_by_signal(None).contains("stopped by a signal:"));
        assert!(stopped_by_signal(Some(99)).contains("stopped by a signal:"));
    }

    #[test]
    fn numbers_have_their_units() {
        assert_eq!(
            gc_cpu(Some(61), 1240, Some((63 << 20, 64 << 20))),
            "the GC takes 61 % of the CPU, 1,240 GCs a minute: the heap is at GOMEMLIMIT (63 MiB of 64 MiB)"
        );
        assert_eq!(
            gc_cpu(None, 90, None),
            "the GC runs all the time, 90 GCs a minute"
        );
        assert_eq!(
            threads(9_900, 10_000, "a limit"),
            "few threads are left: 9,900 of 10,000, a limit"
        );
        assert!(forked(6, 7).contains("6 of its 7 Ms have no thread"));
        assert!(forked(1, 2).contains("1 of its 2 Ms has no thread"));
        assert!(zombie_leader(1).ends_with("1 other thread is still alive"));
        assert!(zombie_leader(2).ends_with("2 other threads are still alive"));
    }
}
