//! What is known of a process without looking into it.

use crate::target::Target;
use gopeek_attach::foreign::Foreign;
use gopeek_attach::list::processes;
use rustix::time::{ClockId, clock_gettime};
use std::process::Command;

#[test]
fn name_command_and_threads() {
    let target = Target::echoing(Command::new("cat").args(["-u", "-"]));
    let facts = target.open().facts().unwrap();
    assert_eq!(facts.pid, target.pid());
    assert_eq!(facts.name.raw(), "cat");
    assert_eq!(facts.command, ["cat", "-u", "-"].map(Foreign::from));
    assert_eq!(facts.threads, 1);
    assert!(facts.age.is_some());
}

#[test]
fn the_list_of_processes_has_it_too_in_order() {
    let target = Target::cat();
    let all = processes();
    assert!(all.is_sorted_by_key(|facts| facts.pid));
    let listed = all.iter().find(|facts| facts.pid == target.pid());
    assert_eq!(listed.map(|facts| facts.name.raw()), Some("cat"));
}

#[test]
fn the_environment_it_was_started_with() {
    let target = Target::echoing(Command::new("cat").env("GODEBUG", "tracebacklabels=1"));
    let process = target.open();
    let godebug = process.environment("GODEBUG");
    assert_eq!(godebug, Some("tracebacklabels=1".into()));
    assert_eq!(process.environment("NO_SUCH_VARIABLE"), None);
}

#[test]
fn its_monotonic_clock_is_ours_in_the_same_time_namespace() {
    let target = Target::cat();
    let process = target.open();
    let ours = || {
        let now = clock_gettime(ClockId::Monotonic);
        now.tv_sec * 1_000_000_000 + now.tv_nsec
    };
    let (before, theirs, after) = (ours(), process.monotonic_now(), ours());
    assert!((before..=after).contains(&theirs));
}
