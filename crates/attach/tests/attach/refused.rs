//! Refusals as they come about in real life, made for real: another user, a namespace, a filter, ...
//!
//! Each skips where it can't be made, and says why.

use crate::target::{Target, wait_until};
use nix::unistd::geteuid;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A user that no file here belongs to; what it may do, everybody may.
const NOBODY: &str = "setpriv --reuid=65534 --regid=65534 --clear-groups";

/// What a look came to.
#[derive(Debug)]
struct Look {
    cause: String,
    remedy: String,
}

/// Looks at `target` from within `setting`, a command line that runs another.
fn look(setting: &str, target: &Target) -> Look {
    look_by(&words(setting), target, &[])
}

fn words(setting: &str) -> Vec<&str> {
    setting.split_whitespace().collect()
}

/// The helper called `name`, out of this very program, whatever the folders allow that lead to it: opened before
/// `setting` gives up the right to.
fn helper(setting: &[&str], name: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "exec 3<\"$0\" && exec \"$@\""]);
    command.arg(std::env::current_exe().expect("this program"));
    command.args(setting).arg("/proc/self/fd/3");
    command.args(["--ignored", "--nocapture", "--exact"]);
    command.arg(format!("helper::{name}"));
    command
}

fn look_by(setting: &[&str], target: &Target, variables: &[(&str, &str)]) -> Look {
    let mut command = helper(setting, "looker");
    command.env("GOPEEK_LOOK_AT", target.pid().to_string());
    command.envs(variables.iter().copied());
    let output = command.output().expect("a look");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let after = |front: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(front));
        line.map(str::to_owned)
    };
    let Some(cause) = after("cause ").or_else(|| after("allowed").map(|_| "allowed".to_owned()))
    else {
        let errors = String::from_utf8_lossy(&output.stderr);
        panic!("{setting:?}: no word from it: {text}{errors}");
    };
    let remedy = after("remedy ").unwrap_or_default();
    Look { cause, remedy }
}

/// Whether a setting can be made here; says why not.
fn can(setting: &str) -> bool {
    let words = words(setting);
    let tried = Command::new(words[0])
        .args(&words[1..])
        .arg("true")
        .output();
    let why = match tried {
        Ok(output) if output.status.success() => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    eprintln!("skipped: {setting}: {why}");
    false
}

/// `cat`, run by `setting`.
fn cat(setting: &str) -> Target {
    let words = words(setting);
    Target::echoing(Command::new(words[0]).args(&words[1..]).arg("cat"))
}

/// As an ordinary user: as nobody where we are root, else as ourselves.
fn ordinary() -> &'static str {
    if geteuid().is_root() { NOBODY } else { "env" }
}

fn yama() -> u8 {
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope");
    scope.map_or(0, |scope| scope.trim().parse().expect("a number"))
}

#[test]
fn another_user() {
    if !can(NOBODY) {
        return;
    }
    let root = Target::cat();
    let look = look(NOBODY, &root);
    assert_eq!(look.cause, "OtherUser { uid: 0 }");
    assert!(look.remedy.contains(&root.pid().to_string()), "{look:?}");
}

#[test]
fn another_group() {
    if !can(NOBODY) {
        return;
    }
    let target = cat(NOBODY);
    let look = look(
        "setpriv --reuid=65534 --regid=65533 --clear-groups",
        &target,
    );
    assert_eq!(look.cause, "OtherGroup { gid: 65534 }");
}

#[test]
fn one_that_ordinary_users_may_trace() {
    let target = cat(ordinary());
    let look = look(ordinary(), &target);
    match yama() {
        // Nothing here refuses; what Yama does is then left to the table.
        0 => assert_eq!(look.cause, "allowed"),
        // A brother, not a child.
        scope @ 1..=2 => assert_eq!(look.cause, format!("Yama {{ scope: {scope} }}")),
        _ => assert_eq!(look.cause, "YamaNobody"),
    }
}

#[test]
fn one_that_asked_not_to_be_dumpable() {
    let ordinary = ordinary();
    let mut target = Target::spawn(&mut helper(&words(ordinary), "not_dumpable"));
    target.line("ready");
    assert_eq!(look(ordinary, &target).cause, "NotDumpable");
    if geteuid().is_root() {
        assert_eq!(look("env", &target).cause, "allowed");
    }
}

#[test]
fn one_with_a_capability_that_we_lack() {
    let strong = format!("{NOBODY} --inh-caps=+net_raw --ambient-caps=+net_raw");
    if !can(&strong) {
        return;
    }
    let target = cat(&strong);
    assert_eq!(look(NOBODY, &target).cause, "MoreCapabilities");
}

#[test]
fn the_capability_alone_is_enough_for_another_users_process() {
    let capable = format!("{NOBODY} --inh-caps=+sys_ptrace --ambient-caps=+sys_ptrace");
    if !can(&capable) {
        return;
    }
    // /proc/PID/mem is root's file, and only process_vm_readv is left.
    assert_eq!(look(&capable, &Target::cat()).cause, "allowed");
}

/// Root of a container, as engines make it: no CAP_SYS_PTRACE, and no way to it.
const CONTAINED: &str = "setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace";

#[test]
fn root_without_the_capability_is_not_sent_to_sudo() {
    if !geteuid().is_root() {
        eprintln!("skipped: only root can lose what root has");
        return;
    }
    if !can(CONTAINED) {
        return;
    }
    let root = Target::cat();
    let stronger = look(CONTAINED, &root);
    assert_eq!(stronger.cause, "MoreCapabilities");
    assert!(!stronger.remedy.contains("sudo gopeek 1"), "{stronger:?}");
    assert!(
        !stronger.remedy.contains("run gopeek as root"),
        "{stronger:?}"
    );

    // Where becoming another user is enough, that is the command; and it works.
    let target = cat(NOBODY);
    let other = look(CONTAINED, &target);
    assert_eq!(other.cause, "OtherUser { uid: 65534 }");
    if yama() == 0 {
        let (_, command) = other.remedy.split_once(": ").expect("a command");
        let (setting, _) = command.split_once(" --clear-groups ").expect("its setting");
        let setting = format!("{CONTAINED} {setting} --clear-groups");
        assert_eq!(look(&setting, &target).cause, "allowed");
    }
}

#[test]
fn sudo_is_not_advised_where_it_has_no_effect() {
    let setting = format!("{NOBODY} --no-new-privs");
    if !can(&setting) {
        return;
    }
    let look = look(&setting, &Target::cat());
    assert_eq!(look.cause, "OtherUser { uid: 0 }");
    assert!(
        look.remedy.contains("no_new_privs") || !look.remedy.contains("sudo"),
        "{look:?}"
    );
}

#[test]
fn capabilities_of_a_nested_user_namespace_count_for_nothing_outside() {
    let nested = "unshare --user --map-root-user";
    if !can(nested) {
        return;
    }
    let outside = Target::cat();
    let nested = look(nested, &outside);
    assert_eq!(nested.cause, "UserNamespace { ours_is_nested: true }");
    assert!(!nested.remedy.contains("as root"), "{nested:?}");
}

#[test]
fn one_in_a_namespace_below_ours() {
    let below = "unshare --user --map-root-user";
    if !can(below) {
        return;
    }
    let target = cat(below);
    // Whoever made it has every capability in it; others do not.
    assert_eq!(look("env", &target).cause, "allowed");
    if can(NOBODY) {
        assert_eq!(look(NOBODY, &target).cause, "OtherUser { uid: 0 }");
    }
}

#[test]
fn a_filter_on_us_is_found_by_asking_what_can_not_be_refused() {
    let target = Target::cat();
    let look = look_by(&["env"], &target, &[("GOPEEK_FILTER", "1")]);
    assert_eq!(look.cause, "Seccomp");
}

#[test]
fn what_proc_hides_is_not_called_gone() {
    let apart = "unshare --mount --propagation private";
    if !can(apart) || !can(NOBODY) {
        return;
    }
    for (option, shown) in [("1", "noaccess"), ("2", "invisible"), ("4", "ptraceable")] {
        let mount = format!("mount -t proc -o hidepid={option} proc /proc && exec \"$@\"");
        let mut setting = words(apart);
        setting.extend(["sh", "-c", &mount, "sh"]);
        setting.extend(words(NOBODY));
        let root = Target::cat();
        let hidden = look_by(&setting, &root, &[]);
        let known =
            [option, shown].map(|value| format!("Hidden {{ option: \"hidepid={value}\" }}"));
        assert!(known.contains(&hidden.cause), "{hidden:?}");
        let pid = root.pid().to_string();
        assert!(hidden.remedy.contains(&pid), "{hidden:?}");
    }
}

#[test]
fn one_that_is_gone_is_gone_all_the_same() {
    let mut target = Target::cat();
    let pid = target.pid();
    target.reap();
    wait_until("gone", || !PathBuf::from(format!("/proc/{pid}")).exists());
    let look = look("env", &target);
    assert_eq!(look.cause, format!("NoSuchProcess(Pid({pid}))"));
}
