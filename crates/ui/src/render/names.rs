//! Which functions a traceback shows, and what it calls them.

use crate::report::{Call, Role};
use gopeek_layout::rules::{Exported, Generics, Rules};
use std::borrow::Cow;

/// `runtime.showfuncinfo` for level 1: whether a call is shown. `first` says that nothing was shown before it,
/// `callee` is the call that it made, shown or not.
pub(super) fn is_shown(rules: &Rules, call: &Call, first: bool, callee: Role) -> bool {
    if call.role == Role::Wrapper && callee != Role::Panic {
        return false;
    }
    if rules.shows_finalizer_frames && call.role == Role::Finalizer {
        return true;
    }
    let name = &*call.function;
    if name == "runtime.gopanic" && !first {
        return true;
    }
    name.contains('.') && (!name.starts_with("runtime.") || is_exported(rules, name))
}

/// `runtime.isExportedRuntime`.
fn is_exported(rules: &Rules, name: &str) -> bool {
    let capital = |text: &str| text.starts_with(|c: char| c.is_ascii_uppercase());
    let Some(name) = name.strip_prefix("runtime.") else {
        return false;
    };
    match rules.exported {
        Exported::Functions => capital(name),
        Exported::FunctionsAndMethods => match name.rsplit_once('.') {
            None => capital(name),
            Some((receiver, method)) => {
                let pointee = receiver
                    .strip_prefix("(*")
                    .and_then(|rest| rest.strip_suffix(')'));
                let receiver = pointee.unwrap_or(receiver);
                capital(method) && (receiver.is_empty() || capital(receiver))
            }
        },
    }
}

/// The name as it prints: `panic` for gopanic, type arguments as `[...]`.
pub(super) fn display<'n>(rules: &Rules, name: &'n str) -> Cow<'n, str> {
    display_as(rules.generics, name)
}

/// Likewise, with type arguments as another minor prints them.
pub(super) fn display_as(generics: Generics, name: &str) -> Cow<'_, str> {
    if name == "runtime.gopanic" {
        return Cow::Borrowed("panic");
    }
    let brackets = name
        .find('[')
        .zip(name.rfind(']'))
        .filter(|(open, close)| open < close);
    let Some((open, close)) = brackets else {
        return Cow::Borrowed(name);
    };
    let (before, inside, after) = (&name[..open], &name[open + 1..close], &name[close + 1..]);
    match generics {
        Generics::Stored => Cow::Borrowed(name),
        Generics::ElidedTwice if inside.contains('[') => match middle(inside) {
            Middle::One => Cow::Owned(format!("{before}[...]{after}")),
            Middle::Between(between) => Cow::Owned(format!("{before}[...]{between}[...]{after}")),
            Middle::Malformed => Cow::Borrowed(name),
        },
        Generics::Elided | Generics::ElidedTwice => Cow::Owned(format!("{before}[...]{after}")),
    }
}

enum Middle<'n> {
    /// The brackets inside are balanced: they are type arguments of type arguments.
    One,
    /// `A]between[B`: the outer brackets are two pairs, a generic type's and its generic method's.
    Between(&'n str),
    /// Neither.
    Malformed,
}

/// Reads what lies between the first `[` and the last `]` of a name, as `runtime.funcNamePiecesForPrint` does.
fn middle(inside: &str) -> Middle<'_> {
    let mut depth = 1i32;
    let (mut closes, mut opens) = (None, None);
    for (at, c) in inside.char_indices() {
        match c {
            '[' => {
                depth += 1;
                if depth == 1 {
                    opens = Some(at);
                }
            }
            ']' => {
                depth -= 1;
                if depth == 0 {
                    closes = Some(at);
                }
            }
            _ => {}
        }
        // Behind the second opening bracket the runtime looks no further.
        if depth < 0 || opens.is_some() {
            break;
        }
    }
    match (depth, closes, opens) {
        (1, Some(close), Some(open)) if open > close => Middle::Between(&inside[close + 1..open]),
        (1, None, None) => Middle::One,
        _ => Middle::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::{display, is_shown};
    use crate::report::{Call, Role};
    use gopeek_layout::rules::rules;
    use std::sync::Arc;

    fn shown(minor: u16, name: &str, role: Role, first: bool, callee: Role) -> bool {
        let call = Call {
            function: Arc::from(name),
            file: Arc::from(""),
            line: 0,
            start_line: 0,
            role,
        };
        is_shown(rules(minor), &call, first, callee)
    }

    #[test]
    fn runtime_functions_are_hidden_but_for_exported_ones() {
        for (minor, name, expected) in [
            (19, "runtime.gopark", false),
            (19, "runtime.GC", true),
            (19, "main.main", true),
            (19, "cgocallback", false),
            (19, "runtime.(*Frames).Next", false),
            (23, "runtime.(*Frames).Next", true),
            (23, "runtime.Frames.next", false),
            (23, "runtime.(*frames).Next", false),
            (27, "runtime/pprof.Do", true),
        ] {
            assert_eq!(
                shown(minor, name, Role::Other, true, Role::Other),
                expected,
                "{name} in 1.{minor}"
            );
        }
    }

    #[test]
    fn wrappers_show_only_when_they_panic() {
        assert!(!shown(27, "main.(*T).M", Role::Wrapper, false, Role::Other));
        assert!(shown(27, "main.(*T).M", Role::Wrapper, false, Role::Panic));
    }

    #[test]
    fn a_panic_shows_between_other_frames() {
        assert!(!shown(
            27,
            "runtime.gopanic",
            Role::Panic,
            true,
            Role::Other
        ));
        assert!(shown(
            27,
            "runtime.gopanic",
            Role::Panic,
            false,
            Role::Other
        ));
    }

    #[test]
    fn finalizers_show_from_1_25() {
        assert!(!shown(
            24,
            "runtime.runfinq",
            Role::Finalizer,
            false,
            Role::Other
        ));
        assert!(shown(
            25,
            "runtime.runFinalizers",
            Role::Finalizer,
            false,
            Role::Other
        ));
    }

    #[test]
    fn generic_names() {
        for (minor, name, expected) in [
            (20, "main.F[...]", "main.F[...]"),
            (21, "main.F[go.shape.int]", "main.F[...]"),
            (21, "main.(*T[go.shape.[]uint8]).M", "main.(*T[...]).M"),
            (21, "main.(*T[a]).M[b]", "main.(*T[...]"),
            (27, "main.(*T[a]).M[b]", "main.(*T[...]).M[...]"),
            (27, "main.(*T[map[a]b]).M[c]", "main.(*T[...]).M[...]"),
            (27, "main.F[map[a]b]", "main.F[...]"),
            (27, "main.F[a]]x[", "main.F[...]x["),
            (27, "runtime.gopanic", "panic"),
            (27, "main.plain", "main.plain"),
        ] {
            assert_eq!(display(rules(minor), name), expected, "in 1.{minor}");
        }
    }
}
