//! Goroutines made in several goes, and put together by their places in allgs.

use super::{Assembly, Bytes, Look, Scene};
use crate::report::{Goroutine, Problem};
use gopeek_layout::goroutine::{Goroutine as Decoded, Goroutines, Undecoded};
use gopeek_layout::mem::Layered;
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::{Addr, Memory};

/// What was made of some of the goroutines that allgs names.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// By their place in allgs; nothing of those that have ended.
    pub goroutines: Vec<(usize, Option<Goroutine>)>,
    /// What is wrong with them.
    pub problems: Vec<Problem>,
}

impl Part {
    /// Takes out the goroutines whose stacks make no sense.
    pub(crate) fn take_broken(&mut self) -> Vec<(usize, Addr)> {
        let broken = |goroutine: &Goroutine| goroutine.stack.end.is_broken();
        let mut taken = Vec::new();
        self.goroutines.retain(|(place, goroutine)| {
            let addr = goroutine.as_ref().filter(|it| broken(it)).map(|it| it.addr);
            taken.extend(addr.map(|addr| (*place, Addr::new(addr))));
            addr.is_none()
        });
        self.problems
            .retain(|problem| !matches!(problem, Problem::BrokenStack { .. }));
        taken
    }
}

/// Makes the goroutines at these addresses; each has its place in allgs.
#[must_use]
pub fn part<'a, 'd>(scene: Scene<'a, 'd>, look: Look<'a, 'd, '_>, gs: &[(usize, Addr)]) -> Part {
    let assembly = Assembly::of(scene, look);
    let found = scene.found;
    let known = Layered {
        over: &look.captured.snapshot,
        under: ReadOnly(&found.modules),
    };
    let bytes = Bytes {
        stacks: &look.captured.snapshot,
        rest: &known,
    };
    made(assembly, &known, gs, |assembly, decoded| {
        assembly.make(decoded, bytes)
    })
}

/// Likewise, of goroutines that ran whenever they were looked at: what `memory` says of them now, without stacks.
#[must_use]
pub(crate) fn moved(scene: Scene<'_, '_>, memory: &dyn Memory, gs: &[(usize, Addr)]) -> Part {
    let assembly = Assembly::new(scene);
    let found = scene.found;
    let known = Layered {
        over: ReadOnly(&found.modules),
        under: memory,
    };
    made(assembly, &known, gs, Assembly::make_moved)
}

/// What `make` makes of the goroutines at these addresses.
fn made<'a, 'd, 'v>(
    mut assembly: Assembly<'a, 'd, 'v>,
    memory: &dyn Memory,
    gs: &[(usize, Addr)],
    make: impl Fn(&mut Assembly<'a, 'd, 'v>, &Decoded) -> Option<Goroutine>,
) -> Part {
    let scene = assembly.scene;
    let layout = &scene.found.layout;
    let addrs = gs.iter().map(|(_, addr)| *addr).collect();
    let decoded = Goroutines::at(memory, &layout.fields, layout.rules, scene.limits, addrs);
    let mut goroutines = Vec::with_capacity(gs.len());
    for ((place, _), decoded) in gs.iter().zip(decoded) {
        let goroutine = match decoded {
            Ok(decoded) => make(&mut assembly, &decoded),
            Err(Undecoded { addr }) => {
                let addr = addr.get();
                assembly.problems.push(Problem::NotAGoroutine { addr });
                None
            }
        };
        goroutines.push((*place, goroutine));
    }
    Part {
        goroutines,
        problems: assembly.problems,
    }
}

/// The goroutines of the first look and of the later parts, in the order of allgs, and what is wrong with them.
pub(super) fn merge(
    mut goroutines: Vec<Option<Goroutine>>,
    parts: Vec<Part>,
) -> (Vec<Goroutine>, Vec<Problem>) {
    let mut problems = Vec::new();
    for part in parts {
        problems.extend(part.problems);
        for (place, goroutine) in part.goroutines {
            if place >= goroutines.len() {
                goroutines.resize_with(place + 1, || None);
            }
            goroutines[place] = goroutine;
        }
    }
    // This filter leaves them where they are, which `flatten` does not: a million of them are not to be copied.
    #[allow(clippy::filter_map_identity)]
    let goroutines = goroutines.into_iter().filter_map(|goroutine| goroutine);
    (goroutines.collect(), problems)
}

#[cfg(test)]
mod tests {
    use super::{Part, merge};
    use crate::report::{Goroutine, Stack};
    use gopeek_unwind::End;

    fn goroutine(id: u64, end: End) -> Goroutine {
        Goroutine {
            id,
            addr: 0x1000 * id,
            state: "select".into(),
            status: 4,
            leaked: false,
            scanned: false,
            durable: false,
            waited: None,
            m: 0,
            locked_m: 0,
            bubble: None,
            labels: [].into(),
            system: false,
            moved: false,
            stack: Stack {
                path: 0,
                sp: 0,
                words: [].into(),
                end,
                from: None,
                native: Vec::new(),
                gap: None,
            },
            created_by: None,
            ancestors: Vec::new(),
            wait: None,
            group: None,
            detail: None,
        }
    }

    fn part(goroutines: &[(usize, u64)]) -> Part {
        let made = |id: u64| (id > 0).then(|| goroutine(id, End::Root));
        let goroutines = goroutines.iter().map(|(place, id)| (*place, made(*id)));
        Part {
            goroutines: goroutines.collect(),
            problems: Vec::new(),
        }
    }

    #[test]
    fn what_was_looked_at_later_takes_the_place_of_what_was_before() {
        let first = [Some(1), None, Some(3), Some(4)];
        let first = first.map(|id| id.map(|id| goroutine(id, End::Root)));
        // The third has ended meanwhile, the second is there now, two are new, of which one has ended.
        let later = vec![
            part(&[(1, 2), (2, 0), (4, 5), (5, 0)]),
            part(&[(6, 7), (1, 20)]),
        ];
        let (merged, _) = merge(first.into(), later);
        let ids: Vec<u64> = merged.iter().map(|goroutine| goroutine.id).collect();
        assert_eq!(ids, [1, 20, 4, 5, 7]);
    }

    #[test]
    fn what_makes_no_sense_can_be_taken_out() {
        let mut part = part(&[(3, 1), (9, 0)]);
        let broken = goroutine(2, End::NoProgress);
        part.goroutines.push((5, Some(broken)));
        let taken: Vec<usize> = part.take_broken().iter().map(|(place, _)| *place).collect();
        assert_eq!((taken, part.goroutines.len()), (vec![5], 2));
    }
}
