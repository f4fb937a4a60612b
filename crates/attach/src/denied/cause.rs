//! From the facts to the one cause, in the order in which the kernel checks (kernel/ptrace.c: `ptrace_attach`,
//! `__ptrace_may_access`; then security/commoncap.c and security/yama/yama_lsm.c).

use super::facts::{Facts, Ids, Process};
use super::{Access, Denied};

pub(super) fn cause(facts: &Facts) -> Denied {
    let Some(target) = &facts.target else {
        return match &facts.hidden_by {
            Some(option) => Denied::Hidden {
                option: option.clone(),
            },
            None => Denied::Unknown,
        };
    };
    // A filter stands before everything else.
    if facts.access == Access::Trace && facts.ptrace_is_filtered {
        return Denied::Seccomp;
    }
    // Yama and a tracer are in the way of tracing only; whoever may not even read failed before them.
    let found = if facts.readable {
        yama(facts).or_else(|| tracer(facts))
    } else {
        credentials(facts, target)
    };
    found
        .or_else(|| {
            let name = facts.security_module.clone()?;
            Some(Denied::SecurityModule { name })
        })
        .or_else(|| {
            // Of a target that belongs to root itself, no owner tells; nothing else is left.
            let unsure = !facts.readable && !facts.is_capable() && target.dumpable.is_none();
            unsure.then_some(Denied::NotDumpable)
        })
        .unwrap_or(Denied::Unknown)
}

/// What a look at both sides' ids and capabilities forbids.
fn credentials(facts: &Facts, target: &Process) -> Option<Denied> {
    if facts.is_capable() {
        return None;
    }
    let (us, nested) = (&facts.us, !facts.in_first_namespace);
    let namespace = Denied::UserNamespace {
        ours_is_nested: nested,
    };
    // Whatever else differs, what is outside of our namespace can be had from outside only.
    if nested && !facts.same_namespace {
        return Some(namespace);
    }
    let of_ours = |ids: Ids| match facts.access {
        Access::Read => ids.fs,
        Access::Trace => ids.real,
    };
    if let Some(uid) = target.uids.other_than(of_ours(us.uids)) {
        return Some(Denied::OtherUser { uid });
    }
    if let Some(gid) = target.gids.other_than(of_ours(us.gids)) {
        return Some(Denied::OtherGroup { gid });
    }
    if target.dumpable == Some(false) {
        return Some(Denied::NotDumpable);
    }
    if !facts.same_namespace {
        return Some(namespace);
    }
    let ours = match facts.access {
        Access::Read => us.effective,
        Access::Trace => us.permitted,
    };
    (target.permitted & !ours != 0).then_some(Denied::MoreCapabilities)
}

fn yama(facts: &Facts) -> Option<Denied> {
    match facts.yama? {
        3 => Some(Denied::YamaNobody),
        scope @ 1..=2 if !facts.is_capable() => Some(Denied::Yama { scope }),
        _ => None,
    }
}

fn tracer(facts: &Facts) -> Option<Denied> {
    let tracer = facts.tracer.as_ref()?;
    (facts.access == Access::Trace).then_some(Denied::Traced { tracer: tracer.pid })
}
