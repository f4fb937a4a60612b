//! The states, as a list.

use anyhow::Result;

use super::outcome::Outcome;
use super::stage::Stage;
use super::{
    changing, damaged, filters, hidden, hurried, leader, sleeping, spaces, stopped, storm, threads,
    traced,
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
    scenario("no-time", "the pause is over at once", hurried::no_time),
    scenario("vfork", "a thread sleeps in a vfork", sleeping::vfork),
    scenario("churn", "threads come and go", threads::churn),
    scenario(
        "churn-in-c",
        "threads of C's come and go",
        threads::churn_in_c,
    ),
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
