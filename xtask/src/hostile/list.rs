//! The states, as a list.

use anyhow::Result;

use super::outcome::Outcome;
use super::stage::Stage;
use super::{
    calls, changing, cut, damaged, file_size, filters, frozen, hidden, hurried, leader, names,
    sleeping, spaces, stopped, storm, threads, traced, unusual, withheld,
};

/// A target in a state, and what must come of a look at it.
pub(super) struct Scenario {
    /// What `--only` calls it.
    pub(super) name: &'static str,
    /// The state.
    pub(super) says: &'static str,
    /// Brings a target into it, looks, and checks.
    pub(super) play: fn(&Stage) -> Result<Outcome>,
}

const fn scenario(
    name: &'static str,
    says: &'static str,
    play: fn(&Stage) -> Result<Outcome>,
) -> Scenario {
    Scenario { name, says, play }
}

/// All of them.
pub(super) const SCENARIOS: &[Scenario] = &[
    scenario("well", "nothing is the matter", threads::well),
    scenario("stopped", "stopped by SIGSTOP before", stopped::before),
    scenario(
        "stopping",
        "stopped, and continued, meanwhile",
        stopped::meanwhile,
    ),
    scenario("frozen", "its control group is frozen", frozen::frozen),
    scenario("no-time", "the pause is over at once", hurried::no_time),
    scenario("vfork", "a thread sleeps in a vfork", sleeping::vfork),
    scenario("churn", "threads come and go", threads::churn),
    scenario(
        "churn-in-c",
        "threads of C's come and go",
        threads::churn_in_c,
    ),
    scenario("calls", "its calls end early when stopped", calls::calls),
    scenario(
        "threads-2000",
        "2,000 threads in system calls",
        threads::many,
    ),
    scenario("zombie-leader", "the first thread has ended", leader::ended),
    scenario("zombie", "it has ended and is not reaped", leader::zombie),
    scenario("exec", "it execs itself again and again", changing::exec),
    scenario("exit", "it exits meanwhile", changing::exit),
    scenario("traced-gdb", "gdb traces it", traced::gdb),
    scenario("traced-strace", "strace traces it", traced::strace),
    scenario("traced-delve", "delve traces it", traced::delve),
    scenario("undumpable", "it is not dumpable", hidden::undumpable),
    scenario("pid-ns", "in a pid namespace", spaces::pid),
    scenario(
        "mount-ns",
        "in a mount namespace, its program unseen",
        spaces::mount,
    ),
    scenario("user-ns", "in a user namespace", spaces::user),
    scenario(
        "time-ns",
        "in time namespaces, ahead and behind",
        spaces::time,
    ),
    scenario("all-ns", "in all of them at once", spaces::all),
    scenario("deleted", "its program is deleted", spaces::deleted),
    scenario("target-seccomp", "under a seccomp filter", filters::target),
    scenario(
        "no-vm-readv",
        "gopeek may not call process_vm_readv",
        filters::no_vm_readv,
    ),
    scenario(
        "no-ptrace",
        "gopeek may not call ptrace",
        filters::no_ptrace,
    ),
    scenario("packed", "it was unpacked into memory", unusual::packed),
    scenario(
        "version",
        "its version is not one of Go's",
        unusual::version,
    ),
    scenario("bits32", "it is of 32 bits", unusual::bits32),
    scenario(
        "redacted",
        "a core of it, and another build with the same build id",
        unusual::redacted,
    ),
    scenario("cut-library", "a library of it is cut off", cut::library),
    scenario("cut-core", "a core of it is cut off", cut::core),
    scenario("withheld", "a page of it never comes", withheld::withheld),
    scenario(
        "file-size",
        "files may not be as long as what is written",
        file_size::file_size,
    ),
    scenario("names", "its names would drive a terminal", names::names),
    scenario("damaged", "its memory is damaged", damaged::damaged),
    scenario(
        "storm",
        "signals, stops and threads at random",
        storm::storm,
    ),
];

#[cfg(test)]
mod tests {
    use super::SCENARIOS;

    #[test]
    fn names_are_unique() {
        let names: std::collections::HashSet<_> = SCENARIOS.iter().map(|it| it.name).collect();
        assert_eq!(names.len(), SCENARIOS.len());
    }
}
