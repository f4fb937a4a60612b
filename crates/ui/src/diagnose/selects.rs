//! Which case of a `select` a goroutine waits for.
//!
//! Code that waits for something nearly always adds cases that only end the wait: a context, a timer, a channel that is
//! closed to stop it. If one case remains besides these, the goroutine waits for that one.

use crate::report::{Case, Kind, Purpose, Report, Wait};

/// Index of the only case that can bring the goroutine on, or `None` where several can. `kind` returns the kind of an object.
pub(super) fn sole<'k>(
    cases: &[Case],
    select: bool,
    kind: &dyn Fn(u32) -> Option<&'k Kind>,
) -> Option<usize> {
    if !select {
        return (cases.len() == 1).then_some(0);
    }
    let mut main = cases
        .iter()
        .enumerate()
        .filter(|(_, case)| !is_aside(**case, kind(case.object)));
    let (at, _) = main.next()?;
    main.next().is_none().then_some(at)
}

/// The only case that can bring a goroutine on that waits like this, or `None` where several can, or none.
pub(super) fn sole_case(report: &Report, wait: Option<&Wait>) -> Option<Case> {
    let Some(Wait::On { cases, select }) = wait else {
        return None;
    };
    let kind = |index| report.object(index).map(|object| &object.kind);
    cases.get(sole(cases, *select, &kind)?).copied()
}

/// Whether a case only ends the wait early: a receive from a timer, or from a channel that is there to be closed.
fn is_aside(case: Case, kind: Option<&Kind>) -> bool {
    let Some(Kind::Channel(channel)) = kind else {
        return false;
    };
    // Nothing is ever sent into a channel that only tells by being closed: a context's, a `quit`, a `done`.
    let closes = channel.elem_size == 0 && channel.cap == 0;
    case.purpose == Purpose::Receive && (channel.timer.is_some() || closes)
}

#[cfg(test)]
mod tests {
    use super::sole;
    use crate::report::{Case, Channel, Kind, Purpose};

    /// A context, a timer, a semaphore, a queue.
    fn kinds() -> [Kind; 4] {
        let channel = |elem_size, cap, timer| {
            Kind::Channel(Channel {
                cap,
                elem_size,
                timer,
                ..Channel::default()
            })
        };
        [
            channel(0, 0, None),
            channel(24, 1, Some((5, None))),
            channel(0, 4, None),
            channel(8, 0, None),
        ]
    }

    fn of(cases: &[(u32, Purpose)], select: bool) -> Option<usize> {
        let kinds = kinds();
        let case = |(object, purpose): &(u32, Purpose)| Case {
            object: *object,
            purpose: *purpose,
        };
        let cases: Vec<Case> = cases.iter().map(case).collect();
        sole(&cases, select, &|index| {
            kinds.get(usize::try_from(index).ok()?)
        })
    }

    #[test]
    fn the_case_besides_contexts_and_timers() {
        use Purpose::{Receive, Send};
        assert_eq!(of(&[(0, Receive), (2, Send)], true), Some(1));
        assert_eq!(of(&[(2, Send), (1, Receive)], true), Some(0));
        assert_eq!(
            of(&[(1, Receive), (0, Receive), (3, Receive)], true),
            Some(2)
        );
    }

    #[test]
    fn none_of_several_or_of_contexts_alone() {
        use Purpose::{Receive, Send};
        assert_eq!(of(&[(2, Send), (3, Receive)], true), None);
        assert_eq!(of(&[(0, Receive), (1, Receive)], true), None);
    }

    #[test]
    fn a_send_without_an_element_is_no_close_signal() {
        assert_eq!(
            of(&[(0, Purpose::Send), (1, Purpose::Receive)], true),
            Some(0)
        );
    }

    #[test]
    fn what_is_no_select_has_one_case() {
        assert_eq!(of(&[(0, Purpose::Receive)], false), Some(0));
    }
}
