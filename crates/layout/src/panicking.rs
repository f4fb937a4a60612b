//! The panics that a goroutine dies of, as the runtime prints them (`printpanics` of `runtime/panic.go`).

use crate::addr::{Addr, Span};
use crate::fields::Fields;
use crate::limits::Limits;
use crate::mem::{Interface, Memory, read_word};
use crate::pending::chain;
use crate::print::printed;
use crate::rules::{Repanics, Rules};
use crate::value::Values;

/// More panics within each other than this are a cycle. Each may have a text.
const MAX_PANICS: usize = 100;

/// A panic in flight. Before it is printed, the runtime has replaced an error by its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Printed {
    /// Its value; nothing where it can't be read.
    pub value: Option<String>,
    /// A Goexit, which is not printed.
    pub goexit: bool,
    /// A deferred call has recovered it.
    pub recovered: bool,
    /// The next one has the same value, and is not printed.
    pub repanicked: bool,
}

/// Where panics are read.
#[derive(Copy, Clone)]
pub struct Target<'m> {
    /// Its memory.
    pub memory: &'m dyn Memory,
    /// Offsets.
    pub fields: &'m Fields,
    /// The modules' type descriptors.
    pub types: &'m [Span],
    /// How its runtime prints.
    pub rules: &'m Rules,
    /// How many are read.
    pub limits: &'m Limits,
}

/// The panics of the goroutine at `g`, the innermost first.
#[must_use]
pub fn panics(target: Target<'_>, g: Addr) -> Vec<Printed> {
    let Target { memory, fields, .. } = target;
    let first = fields.g.panic.read(memory, g).unwrap_or(Addr::NULL);
    let records = chain(memory, fields.panic.link, first, target.limits);
    let records = records.take(MAX_PANICS);
    records.filter_map(|at| panic(target, at)).collect()
}

fn panic(target: Target<'_>, at: Addr) -> Option<Printed> {
    let (memory, p) = (target.memory, &target.fields.panic);
    let values = Values {
        memory,
        fields: target.fields,
        types: target.types,
    };
    let interface: Interface = p.arg.read(memory, at).ok()?;
    let flag = at.checked_add(u64::from(p.recovered.offset()) + 1)?;
    let repanicked = target.rules.repanics != Repanics::AsOthers
        && read_word::<u8>(memory, flag).is_ok_and(|flag| flag != 0);
    Some(Printed {
        value: printed(&values, target.rules, interface),
        goexit: p.goexit.read(memory, at).ok()? != 0,
        recovered: p.recovered.read(memory, at).ok()? != 0,
        repanicked,
    })
}

/// What the runtime prints of `panics`, the innermost of which is the first: the outermost first, without the last line
/// break.
#[must_use]
pub fn text(panics: &[Printed], rules: &Rules) -> String {
    let mut text = String::new();
    let mut outer: Option<&Printed> = None;
    for panic in panics.iter().rev() {
        let before = outer.replace(panic);
        if before.is_some_and(|before| before.repanicked) {
            continue;
        }
        if before.is_some_and(|before| !before.goexit) {
            text.push('\t');
        }
        if panic.goexit {
            continue;
        }
        text += "panic: ";
        text += panic.value.as_deref().unwrap_or("(not readable)");
        let marked = match rules.repanics {
            Repanics::AsOthers => false,
            Repanics::Marked => panic.repanicked,
            Repanics::MarkedIfRecovered => panic.repanicked && panic.recovered,
        };
        if marked {
            text += " [recovered, repanicked]";
        } else if panic.recovered {
            text += " [recovered]";
        }
        text.push('\n');
    }
    text.truncate(text.trim_end_matches('\n').len());
    text
}

#[cfg(test)]
mod tests {
    use super::{Printed, text};
    use crate::rules::rules;

    fn panic(value: &str) -> Printed {
        Printed {
            value: Some(value.to_owned()),
            goexit: false,
            recovered: false,
            repanicked: false,
        }
    }

    #[test]
    fn the_outermost_comes_first_and_the_others_are_indented() {
        let first = Printed {
            recovered: true,
            ..panic("first")
        };
        let told = text(&[panic("second"), first], rules(23));
        assert_eq!(told, "panic: first [recovered]\n\tpanic: second");
    }

    #[test]
    fn a_goexit_is_not_told() {
        let goexit = Printed {
            goexit: true,
            ..panic("nil")
        };
        assert_eq!(text(&[panic("late"), goexit], rules(23)), "panic: late");
    }

    #[test]
    fn what_was_panicked_again_is_told_once_from_1_25_on() {
        let first = Printed {
            recovered: true,
            repanicked: true,
            ..panic("once")
        };
        let again = [panic("once"), first];
        let marked = "panic: once [recovered, repanicked]";
        assert_eq!(text(&again, rules(25)), marked);
        assert_eq!(text(&again, rules(27)), marked);
        let twice = "panic: once [recovered]\n\tpanic: once";
        let unmarked = again.map(|it| Printed {
            repanicked: false,
            ..it
        });
        assert_eq!(text(&unmarked, rules(24)), twice);
    }

    #[test]
    fn a_mark_without_a_recovery_went_in_1_26() {
        let first = Printed {
            repanicked: true,
            ..panic("once")
        };
        let again = [panic("once"), first];
        assert!(text(&again, rules(25)).ends_with("[recovered, repanicked]"));
        assert_eq!(text(&again, rules(26)), "panic: once");
    }
}
