//! From a cause and the facts to the one command that helps, ready to be pasted.

use super::Denied;
use super::facts::{CAP_SETGID, CAP_SETUID, CAP_SYS_PTRACE, Facts};
use super::place::Place;
use super::shell::quoted;

pub(super) fn remedy(cause: &Denied, facts: &Facts) -> String {
    match cause {
        Denied::Traced { tracer } => {
            let name = facts.tracer.as_ref().and_then(|tracer| tracer.name.as_ref());
            let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
            format!(
                "look without tracing: {}; or let process {tracer}{name} detach first",
                again(facts, "--no-stop ")
            )
        }
        Denied::YamaNobody => {
            "only a reboot lifts a 3, once nothing sets it any more: grep -rs ptrace_scope /etc/sysctl.conf /etc/sysctl.d"
                .to_owned()
        }
        Denied::Yama { .. } => {
            let mut text = privileged(facts);
            if facts.place == Place::Plain && facts.us.bounding & CAP_SYS_PTRACE != 0 {
                text.push_str("; or, for all processes until the next boot: sudo sysctl kernel.yama.ptrace_scope=0");
            }
            text
        }
        Denied::Seccomp => match &facts.place {
            Place::Plain => format!(
                "look without tracing: {}; or run gopeek outside of what put the filter there",
                again(facts, "--no-stop ")
            ),
            _ => container(facts, ""),
        },
        Denied::UserNamespace { ours_is_nested: true } => outside(facts),
        Denied::OtherUser { .. } | Denied::OtherGroup { .. } => {
            as_its_user(facts).unwrap_or_else(|| privileged(facts))
        }
        Denied::Hidden { .. }
        | Denied::UserNamespace { .. }
        | Denied::NotDumpable
        | Denied::MoreCapabilities => privileged(facts),
        Denied::SecurityModule { name } => security_module(name, facts),
        Denied::Unknown => format!(
            "see whether the kernel's log says why: {}dmesg | tail",
            if facts.us.uids.effective == 0 { "" } else { "sudo " }
        ),
    }
}

/// Our own command line, with `options` added.
fn again(facts: &Facts, options: &str) -> String {
    match &facts.arguments {
        Some(arguments) => format!("{} {arguments} {options}", facts.program)
            .trim_end()
            .to_owned(),
        None => format!("{} {options}{}", facts.program, facts.pid),
    }
}

/// The way to CAP_SYS_PTRACE from where we are.
fn privileged(facts: &Facts) -> String {
    let (us, again) = (&facts.us, again(facts, ""));
    if us.bounding & CAP_SYS_PTRACE == 0 {
        // No program started from here ever has it, whoever starts it.
        return container(facts, "");
    }
    if us.no_new_privs {
        return match facts.place {
            Place::Plain => format!(
                "from another login, as sudo has no effect in this one (no_new_privs): sudo {again}"
            ),
            _ => container(facts, ""),
        };
    }
    if us.uids.effective == 0 {
        return format!(
            "start gopeek with the capability that this root shell has dropped: {again}"
        );
    }
    if facts.has_sudo {
        format!("run gopeek as root: sudo {again}")
    } else {
        format!("run gopeek as root: su root -c {}", quoted(&again))
    }
}

/// Root without CAP_SYS_PTRACE may become the target's user, who needs no capability.
fn as_its_user(facts: &Facts) -> Option<String> {
    let (us, target) = (&facts.us, facts.target.as_ref()?);
    let (uid, gid) = (target.uids.effective, target.gids.effective);
    let may_become = us.effective & (CAP_SETUID | CAP_SETGID) == CAP_SETUID | CAP_SETGID;
    let is_enough = target.uids.other_than(uid).is_none()
        && target.gids.other_than(gid).is_none()
        && target.permitted == 0
        && target.dumpable == Some(true)
        && facts.same_namespace
        && matches!(facts.yama, None | Some(0));
    let powerless = us.bounding & CAP_SYS_PTRACE == 0;
    (powerless && may_become && is_enough && facts.has_setpriv).then(|| {
        let again = again(facts, "");
        format!(
            "run gopeek as its user: setpriv --reuid={uid} --regid={gid} --clear-groups {again}"
        )
    })
}

/// What gives a container the capability; `more` are further options of its engine.
fn container(facts: &Facts, more: &str) -> String {
    let pid = facts.pid;
    let or =
        |name: &Option<String>, placeholder: &str| name.clone().unwrap_or(placeholder.to_owned());
    match &facts.place {
        Place::Plain => {
            "run gopeek on the host, with the pid there, as nobody can have CAP_SYS_PTRACE in this \
                         container or service, sudo included: sudo gopeek ps"
                .to_owned()
        }
        Place::Container { engine, id } => {
            let id = or(id, "CONTAINER");
            format!(
                "from outside of this container, with an IMAGE that has gopeek: \
                 {engine} run --rm -it --pid=container:{id} --cap-add=SYS_PTRACE {more}IMAGE gopeek {pid}"
            )
        }
        Place::Pod {
            name,
            namespace,
            container,
        } => {
            let namespace = namespace.as_ref().map(|name| format!("-n {name} "));
            format!(
                "from outside of this pod, with an IMAGE that has gopeek: kubectl debug -it {}{} --image=IMAGE \
                 --target={} --profile=general -- gopeek {pid}",
                namespace.unwrap_or_default(),
                or(name, "POD"),
                or(container, "CONTAINER"),
            )
        }
    }
}

/// Out of our user namespace; its root is nobody outside.
fn outside(facts: &Facts) -> String {
    match facts.place {
        Place::Pod { .. } => container(facts, ""),
        _ => "run gopeek on the host, outside of this user namespace, with the pid that the target has there: sudo \
              gopeek ps"
            .to_owned(),
    }
}

fn security_module(name: &str, facts: &Facts) -> String {
    let again = again(facts, "");
    let is_apparmor = name.starts_with("AppArmor");
    match (&facts.place, is_apparmor) {
        (Place::Container { .. }, true) => container(facts, "--security-opt apparmor=unconfined "),
        (Place::Container { .. }, false) => container(facts, "--security-opt label=disable "),
        (_, true) => format!("run gopeek unconfined: sudo aa-exec -p unconfined -- {again}"),
        (_, false) => "see in the log what was refused: sudo ausearch -m AVC -ts recent".to_owned(),
    }
}
