//! What a frame has taken and not let go, by the lines of its source: past a call that takes it, before the one that lets it
//! go.

use super::methods::Step;
use gopeek_unwind::uses::Line;

/// Those of a function's `steps` by which a frame that is at `lines` has something that it has not let go.
pub(super) fn held<'s>(steps: &'s [Step], lines: &[Line]) -> Vec<&'s Step> {
    let mut held: Vec<&Step> = Vec::new();
    for at in lines {
        for taken in steps
            .iter()
            .filter(|step| step.takes && step.line.instance == at.instance)
        {
            let known = |other: &&Step| other.hold == taken.hold && other.object == taken.object;
            if is_held(steps, taken, at) && !held.iter().any(known) {
                held.push(taken);
            }
        }
    }
    held
}

/// Whether what was taken is still held at a line behind that: nothing between the two lets it go, or what does is a way out,
/// as it is let go again further down.
fn is_held(steps: &[Step], taken: &Step, at: &Line) -> bool {
    let of_same = |step: &&Step| {
        let same_object = match (step.object, taken.object) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        step.hold == taken.hold && same_object && step.line.instance == at.instance
    };
    let lines = |takes: bool| {
        let steps = steps.iter().filter(of_same);
        steps
            .filter(move |step| step.takes == takes)
            .map(|step| step.line.line)
    };
    let (from, here) = (taken.line.line, at.line);
    if from >= here {
        return false;
    }
    let let_go_before = lines(false).any(|line| from < line && line < here);
    let let_go_after = lines(false).filter(|line| *line > here).min();
    let taken_again = |until: u32| lines(true).any(|line| here < line && line < until);
    !let_go_before || let_go_after.is_some_and(|until| !taken_again(until))
}

/// Whether nothing further down in the same function lets go what was taken: then the function needs it no more, and no word
/// of its frame need lead there.
pub(super) fn is_for_good(steps: &[Step], taken: &Step) -> bool {
    let lets_go = |step: &Step| {
        !step.takes
            && step.hold == taken.hold
            && step.line.instance == taken.line.instance
            && step.line.line > taken.line.line
    };
    !steps.iter().any(lets_go)
}

#[cfg(test)]
mod tests {
    use super::super::methods::{Hold, Step};
    use super::{held, is_for_good};
    use gopeek_layout::atomics::Operand;
    use gopeek_unwind::uses::Line;

    fn at(line: u32) -> Line {
        Line {
            instance: Vec::new(),
            line,
        }
    }

    fn step(takes: bool, line: u32, offset: i64) -> Step {
        Step {
            hold: Hold::Mutex,
            takes,
            name: "sync.(*Mutex).Lock",
            line: at(line),
            object: Some(Operand::Offset(offset)),
        }
    }

    /// The offsets of what is held at a line.
    fn offsets(steps: &[Step], line: u32) -> Vec<Option<Operand>> {
        held(steps, &[at(line)])
            .iter()
            .map(|step| step.object)
            .collect()
    }

    #[test]
    fn between_taking_and_letting_go() {
        let steps = [step(true, 10, 0), step(false, 20, 0)];
        assert_eq!(offsets(&steps, 9), []);
        assert_eq!(offsets(&steps, 10), []);
        assert_eq!(offsets(&steps, 15), [Some(Operand::Offset(0))]);
        assert_eq!(offsets(&steps, 21), []);
    }

    #[test]
    fn a_way_out_lets_go_for_itself_only() {
        // lock; if none { unlock; return }; write; unlock
        let steps = [step(true, 10, 0), step(false, 12, 0), step(false, 20, 0)];
        assert_eq!(offsets(&steps, 15), [Some(Operand::Offset(0))]);
    }

    #[test]
    fn what_was_let_go_and_is_taken_again_later_is_not_held_between() {
        let steps = [
            step(true, 10, 0),
            step(false, 12, 0),
            step(true, 18, 0),
            step(false, 20, 0),
        ];
        assert_eq!(offsets(&steps, 15), []);
        assert_eq!(offsets(&steps, 19), [Some(Operand::Offset(0))]);
    }

    #[test]
    fn what_is_never_let_go_is_taken_for_good() {
        let steps = [step(true, 10, 0), step(false, 20, 0), step(true, 30, 0)];
        assert!(!is_for_good(&steps, &steps[0]));
        assert!(is_for_good(&steps, &steps[2]));
    }

    #[test]
    fn one_lock_is_not_another() {
        let steps = [step(true, 10, 0), step(true, 11, 8), step(false, 13, 8)];
        assert_eq!(offsets(&steps, 15), [Some(Operand::Offset(0))]);
        let both = [Some(Operand::Offset(0)), Some(Operand::Offset(8))];
        assert_eq!(offsets(&steps, 12), both);
    }
}
