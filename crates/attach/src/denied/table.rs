//! The combinations of facts that matter, and what follows from each.

use super::cause::cause;
use super::facts::{CAP_SETGID, CAP_SETUID, CAP_SYS_PTRACE, Facts, Ids, Process, Tracer};
use super::place::Place;
use super::remedy::remedy;
use super::{Access, Denied};
use nix::unistd::Pid;

const USER: u32 = 1000;
const OTHER: u32 = 1001;

fn ids(all: u32) -> Ids {
    Ids {
        real: all,
        effective: all,
        saved: all,
        fs: all,
    }
}

fn process(id: u32) -> Process {
    Process {
        uids: ids(id),
        gids: ids(id),
        permitted: 0,
        effective: 0,
        bounding: u64::MAX,
        no_new_privs: false,
        dumpable: (id != 0).then_some(true),
    }
}

/// A user who wants to trace their own process, and may: each case spoils it in its way.
fn facts() -> Facts {
    Facts {
        access: Access::Trace,
        pid: Pid::from_raw(1234),
        us: process(USER),
        target: Some(process(USER)),
        same_namespace: true,
        in_first_namespace: true,
        readable: true,
        tracer: None,
        yama: Some(0),
        ptrace_is_filtered: false,
        hidden_by: None,
        security_module: None,
        place: Place::Plain,
        program: "gopeek".to_owned(),
        arguments: None,
        has_sudo: true,
        has_setpriv: true,
    }
}

/// What follows when `spoil` has changed the facts.
fn told(spoil: impl FnOnce(&mut Facts)) -> (Denied, String) {
    let mut facts = facts();
    spoil(&mut facts);
    let cause = cause(&facts);
    let remedy = remedy(&cause, &facts);
    (cause, remedy)
}

fn target(facts: &mut Facts) -> &mut Process {
    facts.target.as_mut().unwrap()
}

/// Another user's process, of which nothing can be read.
fn of_another(facts: &mut Facts) {
    facts.readable = false;
    facts.target = Some(process(OTHER));
}

/// In a container as engines make it by default, as root.
fn contained(facts: &mut Facts, place: Place) {
    facts.us = process(0);
    facts.us.bounding &= !CAP_SYS_PTRACE;
    facts.us.effective = CAP_SETUID | CAP_SETGID;
    facts.us.permitted = facts.us.effective;
    facts.place = place;
}

fn docker() -> Place {
    Place::Container {
        engine: "docker",
        id: Some("0123456789ab".to_owned()),
    }
}

fn pod() -> Place {
    Place::Pod {
        name: Some("api-7f".to_owned()),
        namespace: Some("shop".to_owned()),
        container: Some("api".to_owned()),
    }
}

const DOCKER_RUN: &str =
    "docker run --rm -it --pid=container:0123456789ab --cap-add=SYS_PTRACE IMAGE gopeek 1234";
const KUBECTL_DEBUG: &str =
    "kubectl debug -it -n shop api-7f --image=IMAGE --target=api --profile=general -- gopeek 1234";
const SUDO: &str = "run gopeek as root: sudo gopeek 1234";

#[test]
fn the_command_that_helps_is_the_one_that_was_given() {
    let (_, remedy) = told(|facts| {
        of_another(facts);
        facts.arguments = Some("report api --json".to_owned());
    });
    assert!(remedy.ends_with("gopeek report api --json"), "{remedy}");
}

#[test]
fn what_is_allowed_has_no_cause() {
    assert_eq!(told(|_| {}).0, Denied::Unknown);
}

#[test]
fn other_ids_are_found_whichever_of_them_differs() {
    let users: [fn(&mut Ids); 3] = [
        |ids| ids.real = OTHER,
        |ids| ids.effective = OTHER,
        |ids| ids.saved = OTHER,
    ];
    for change in users {
        let user = told(|facts| {
            facts.readable = false;
            change(&mut target(facts).uids);
        });
        let cause = Denied::OtherUser { uid: OTHER };
        assert_eq!(user, (cause, SUDO.to_owned()));
        let group = told(|facts| {
            facts.readable = false;
            change(&mut target(facts).gids);
        });
        let cause = Denied::OtherGroup { gid: OTHER };
        assert_eq!(group, (cause, SUDO.to_owned()));
    }
}

#[test]
fn our_real_ids_count_for_tracing_and_those_of_the_file_system_for_files() {
    for (access, expected) in [
        (Access::Trace, Denied::OtherUser { uid: USER }),
        (Access::Read, Denied::NotDumpable),
    ] {
        let (cause, _) = told(|facts| {
            facts.readable = false;
            facts.access = access;
            facts.us.uids.real = OTHER;
            target(facts).dumpable = Some(false);
        });
        assert_eq!(cause, expected);
    }
}

#[test]
fn the_first_that_the_kernel_checks_is_the_cause() {
    // Everything is wrong at once; one thing after the other is put right, and the next comes to light.
    let mut facts = facts();
    facts.hidden_by = Some("hidepid=invisible".to_owned());
    facts.target = None;
    facts.ptrace_is_filtered = true;
    facts.readable = false;
    facts.security_module = Some("AppArmor (web)".to_owned());
    facts.yama = Some(3);
    facts.tracer = Some(Tracer {
        pid: Pid::from_raw(77),
        name: Some("dlv".into()),
    });
    let mut seen = vec![cause(&facts)];
    let mut wrong = process(OTHER);
    wrong.permitted = 1;
    wrong.dumpable = Some(false);
    let rights: [fn(&mut Facts); 8] = [
        |facts| facts.ptrace_is_filtered = false,
        |facts| target(facts).uids = ids(USER),
        |facts| target(facts).gids = ids(USER),
        |facts| target(facts).dumpable = Some(true),
        |facts| target(facts).permitted = 0,
        |facts| facts.readable = true,
        |facts| facts.yama = Some(1),
        |facts| facts.yama = Some(0),
    ];
    facts.target = Some(wrong);
    seen.push(cause(&facts));
    for right in rights {
        right(&mut facts);
        seen.push(cause(&facts));
    }
    facts.tracer = None;
    seen.push(cause(&facts));
    facts.security_module = None;
    seen.push(cause(&facts));
    let module = Denied::SecurityModule {
        name: "AppArmor (web)".to_owned(),
    };
    let expected = [
        Denied::Hidden {
            option: "hidepid=invisible".to_owned(),
        },
        Denied::Seccomp,
        Denied::OtherUser { uid: OTHER },
        Denied::OtherGroup { gid: OTHER },
        Denied::NotDumpable,
        Denied::MoreCapabilities,
        module.clone(),
        Denied::YamaNobody,
        Denied::Yama { scope: 1 },
        Denied::Traced {
            tracer: Pid::from_raw(77),
        },
        module,
        Denied::Unknown,
    ];
    assert_eq!(seen, expected);
}

#[test]
fn filters_and_tracers_are_in_the_way_of_tracing_only() {
    for (access, filtered, expected) in [
        (Access::Read, false, Denied::Unknown),
        (Access::Read, true, Denied::Unknown),
        (Access::Trace, true, Denied::Seccomp),
        (
            Access::Trace,
            false,
            Denied::Traced {
                tracer: Pid::from_raw(77),
            },
        ),
    ] {
        let (cause, _) = told(|facts| {
            facts.access = access;
            facts.ptrace_is_filtered = filtered;
            facts.tracer = Some(Tracer {
                pid: Pid::from_raw(77),
                name: None,
            });
        });
        assert_eq!(cause, expected, "{access:?} {filtered}");
    }
}

#[test]
fn yama_is_asked_where_reading_is_allowed_and_the_capability_is_missing() {
    for (scope, readable, capable, expected) in [
        (0, true, false, Denied::Unknown),
        (1, true, false, Denied::Yama { scope: 1 }),
        (2, true, false, Denied::Yama { scope: 2 }),
        (3, true, false, Denied::YamaNobody),
        (1, true, true, Denied::Unknown),
        (2, true, true, Denied::Unknown),
        (3, true, true, Denied::YamaNobody),
        (1, false, false, Denied::OtherUser { uid: OTHER }),
    ] {
        let (cause, _) = told(|facts| {
            of_another(facts);
            (facts.readable, facts.yama) = (readable, Some(scope));
            if capable {
                facts.us.effective |= CAP_SYS_PTRACE;
            }
        });
        assert_eq!(cause, expected, "{scope} {readable} {capable}");
    }
}

#[test]
fn a_capability_counts_in_our_namespace_and_below_it_only() {
    let nested = |ours_is_nested| Denied::UserNamespace { ours_is_nested };
    for (same, first, capable, expected) in [
        (false, false, true, nested(true)),
        (false, false, false, nested(true)),
        (true, false, false, Denied::OtherUser { uid: OTHER }),
        (true, false, true, Denied::Unknown),
        (false, true, false, Denied::OtherUser { uid: OTHER }),
        (false, true, true, Denied::Unknown),
    ] {
        let (cause, _) = told(|facts| {
            of_another(facts);
            (facts.same_namespace, facts.in_first_namespace) = (same, first);
            if capable {
                facts.us.effective |= CAP_SYS_PTRACE;
            }
        });
        assert_eq!(cause, expected, "{same} {first} {capable}");
    }
    // The same user's, in a namespace that somebody else made.
    let (cause, remedy) = told(|facts| {
        (facts.readable, facts.same_namespace) = (false, false);
    });
    assert_eq!((cause, remedy.as_str()), (nested(false), SUDO));
}

#[test]
fn capabilities_are_compared_as_a_set() {
    let (net, raw) = (1 << 12, 1 << 13);
    for (theirs, ours, expected) in [
        (net, net | raw, Denied::Unknown),
        (net | raw, net, Denied::MoreCapabilities),
    ] {
        let (cause, _) = told(|facts| {
            facts.readable = false;
            target(facts).permitted = theirs;
            facts.us.permitted = ours;
        });
        assert_eq!(cause, expected);
    }
}

#[test]
fn of_roots_own_only_elimination_tells_that_it_is_not_dumpable() {
    for (module, expected) in [
        (None, Denied::NotDumpable),
        (
            Some("AppArmor (docker-default)".to_owned()),
            Denied::SecurityModule {
                name: "AppArmor (docker-default)".to_owned(),
            },
        ),
    ] {
        let (cause, _) = told(|facts| {
            contained(facts, docker());
            facts.target = Some(process(0));
            facts.readable = false;
            facts.security_module = module;
        });
        assert_eq!(cause, expected);
    }
}

#[test]
fn the_way_to_the_capability_is_one_that_is_open() {
    for (spoil, expected) in [
        ((|_| {}) as fn(&mut Facts), SUDO),
        (
            |facts| facts.has_sudo = false,
            "run gopeek as root: su root -c 'gopeek 1234'",
        ),
        (
            |facts| facts.us.no_new_privs = true,
            "sudo has no effect in this one (no_new_privs): sudo gopeek 1234",
        ),
        (
            |facts| (facts.us.no_new_privs, facts.place) = (true, docker()),
            DOCKER_RUN,
        ),
        (|facts| facts.us.bounding = 0, "on the host"),
        (
            |facts| (facts.us.bounding, facts.place) = (0, docker()),
            DOCKER_RUN,
        ),
        (
            |facts| (facts.us.bounding, facts.place) = (0, pod()),
            KUBECTL_DEBUG,
        ),
    ] {
        let (_, remedy) = told(|facts| {
            of_another(facts);
            spoil(facts);
        });
        assert!(remedy.contains(expected), "{remedy}");
    }
}

#[test]
fn what_an_engine_calls_a_container_is_left_open_where_it_is_not_known() {
    let (_, remedy) = told(|facts| {
        of_another(facts);
        facts.us.bounding = 0;
        facts.place = Place::Pod {
            name: Some("api-7f".to_owned()),
            namespace: None,
            container: None,
        };
    });
    let expected = "kubectl debug -it api-7f --image=IMAGE --target=CONTAINER --profile=general -- gopeek 1234";
    assert!(remedy.ends_with(expected), "{remedy}");
    let (_, remedy) = told(|facts| {
        of_another(facts);
        facts.us.bounding = 0;
        facts.place = Place::Container {
            engine: "podman",
            id: None,
        };
    });
    let expected =
        "podman run --rm -it --pid=container:CONTAINER --cap-add=SYS_PTRACE IMAGE gopeek 1234";
    assert!(remedy.ends_with(expected), "{remedy}");
}

#[test]
fn root_without_the_capability_becomes_the_targets_user_where_that_is_enough() {
    let as_user = "setpriv --reuid=1001 --regid=1001 --clear-groups gopeek 1234";
    for (spoil, expected) in [
        ((|_| {}) as fn(&mut Facts), as_user),
        (|facts| facts.yama = Some(1), DOCKER_RUN),
        (|facts| target(facts).permitted = 1, DOCKER_RUN),
        (|facts| target(facts).dumpable = Some(false), DOCKER_RUN),
        (|facts| target(facts).uids.saved = 0, DOCKER_RUN),
        (|facts| facts.us.effective = CAP_SETGID, DOCKER_RUN),
        (|facts| facts.has_setpriv = false, DOCKER_RUN),
    ] {
        let (_, remedy) = told(|facts| {
            of_another(facts);
            contained(facts, docker());
            spoil(facts);
        });
        assert!(remedy.ends_with(expected), "{remedy}");
    }
}

#[test]
fn each_cause_names_a_command_for_it() {
    for (spoil, expected) in [
        (
            (|facts| facts.yama = Some(1)) as fn(&mut Facts),
            "sudo gopeek 1234; or, for all processes until the next boot: sudo sysctl kernel.yama.ptrace_scope=0",
        ),
        (|facts| facts.yama = Some(3), "only a reboot"),
        (
            |facts| (facts.yama, facts.us.bounding, facts.place) = (Some(1), 0, pod()),
            KUBECTL_DEBUG,
        ),
        (
            |facts| {
                facts.tracer = Some(Tracer {
                    pid: Pid::from_raw(77),
                    name: Some("dlv".into()),
                });
            },
            "gopeek --no-stop 1234; or let process 77 (dlv) detach first",
        ),
        (
            |facts| facts.ptrace_is_filtered = true,
            "gopeek --no-stop 1234",
        ),
        (
            |facts| (facts.ptrace_is_filtered, facts.place) = (true, docker()),
            DOCKER_RUN,
        ),
        (
            |facts| {
                (facts.target, facts.hidden_by) = (None, Some("hidepid=2".to_owned()));
            },
            SUDO,
        ),
        (
            |facts| {
                of_another(facts);
                (facts.same_namespace, facts.in_first_namespace) = (false, false);
            },
            "on the host, outside of this user namespace",
        ),
        (
            |facts| facts.security_module = Some("AppArmor (web)".to_owned()),
            "sudo aa-exec -p unconfined -- gopeek 1234",
        ),
        (
            |facts| {
                (facts.security_module, facts.place) =
                    (Some("SELinux (u:r:container_t:s0)".to_owned()), docker());
            },
            "--cap-add=SYS_PTRACE --security-opt label=disable IMAGE gopeek 1234",
        ),
        (|_| {}, "sudo dmesg | tail"),
    ] {
        let (cause, remedy) = told(spoil);
        assert!(remedy.contains(expected), "{cause}: {remedy}");
    }
}
