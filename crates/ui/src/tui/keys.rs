//! What each key does: one table for the keyboard and for the help.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key asks for.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Filter,
    NoFilter,
    GroupBy,
    Sort,
    Enter,
    Back,
    NextGoroutine,
    PreviousGoroutine,
    Groups,
    List,
    Threads,
    Objects,
    Runtime,
    Changes,
    NewBaseline,
    NextScreen,
    PreviousScreen,
    Freeze,
    Follow,
    System,
    Refresh,
    Save,
    Help,
    Suspend,
    Redraw,
    Quit,
}

/// A key as help names it, what it asks for, and that in words.
pub(crate) struct Binding {
    pub(crate) keys: &'static [KeyCode],
    pub(crate) name: &'static str,
    pub(crate) action: Action,
    pub(crate) what: &'static str,
}

const fn binding(
    name: &'static str,
    keys: &'static [KeyCode],
    action: Action,
    what: &'static str,
) -> Binding {
    Binding {
        keys,
        name,
        action,
        what,
    }
}

use Action as A;
use KeyCode as K;

/// All keys.
pub(crate) const BINDINGS: [Binding; 30] = [
    binding("↑ k", &[K::Up, K::Char('k')], A::Up, "up"),
    binding("↓ j", &[K::Down, K::Char('j')], A::Down, "down"),
    binding("PgUp", &[K::PageUp], A::PageUp, "a page up"),
    binding("PgDn", &[K::PageDown], A::PageDown, "a page down"),
    binding("Home", &[K::Home], A::Top, "to the first row"),
    binding(
        "End G",
        &[K::End, K::Char('G')],
        A::Bottom,
        "to the last row",
    ),
    binding(
        "Enter",
        &[K::Enter],
        A::Enter,
        "details of what is selected",
    ),
    binding("Esc", &[K::Esc], A::Back, "a step back"),
    binding(
        "← h",
        &[K::Left, K::Char('h')],
        A::PreviousGoroutine,
        "details of the one before",
    ),
    binding(
        "→ l",
        &[K::Right, K::Char('l')],
        A::NextGoroutine,
        "details of the one behind",
    ),
    binding("/", &[K::Char('/')], A::Filter, "filter, as below"),
    binding("\\", &[K::Char('\\')], A::NoFilter, "no filter"),
    binding(
        "g",
        &[K::Char('g')],
        A::GroupBy,
        "group by stack, func, ...",
    ),
    binding("s", &[K::Char('s')], A::Sort, "sort by count, wait, ..."),
    binding("1", &[K::Char('1')], A::Groups, "groups of goroutines"),
    binding("2", &[K::Char('2')], A::List, "single goroutines"),
    binding("3 t", &[K::Char('3'), K::Char('t')], A::Threads, "threads"),
    binding(
        "4 o",
        &[K::Char('4'), K::Char('o')],
        A::Objects,
        "who waits at what, who holds",
    ),
    binding(
        "5 r",
        &[K::Char('5'), K::Char('r')],
        A::Runtime,
        "the runtime: GC, heap, Ps",
    ),
    binding(
        "6 d",
        &[K::Char('6'), K::Char('d')],
        A::Changes,
        "changes since a baseline",
    ),
    binding("D", &[K::Char('D')], A::NewBaseline, "a new baseline: now"),
    binding("Tab", &[K::Tab], A::NextScreen, "the next screen"),
    binding(
        "S-Tab",
        &[K::BackTab],
        A::PreviousScreen,
        "the screen before",
    ),
    binding(
        "Space",
        &[K::Char(' ')],
        A::Freeze,
        "freeze the picture alone",
    ),
    binding(
        "f",
        &[K::Char('f')],
        A::Follow,
        "follow the selected goroutine",
    ),
    binding("S", &[K::Char('S')], A::System, "the runtime's own, too"),
    binding(
        "R",
        &[K::Char('R')],
        A::Refresh,
        "objects and findings anew",
    ),
    binding("w", &[K::Char('w')], A::Save, "save: text, JSON or pprof"),
    binding("?", &[K::Char('?'), K::F(1)], A::Help, "this help"),
    binding("q", &[K::Char('q'), K::F(10)], A::Quit, "quit"),
];

/// What a key asks for; nothing of one that has no meaning.
pub(crate) fn action(key: KeyEvent) -> Option<Action> {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return match key.code {
            K::Char('c') => Some(A::Quit),
            K::Char('z') => Some(A::Suspend),
            K::Char('l') => Some(A::Redraw),
            K::Char('b') => Some(A::PageUp),
            K::Char('f') => Some(A::PageDown),
            _ => None,
        };
    }
    let binding = BINDINGS.iter().find(|it| it.keys.contains(&key.code));
    binding.map(|binding| binding.action)
}

#[cfg(test)]
mod tests {
    use super::BINDINGS;
    use std::collections::HashSet;

    #[test]
    fn no_key_has_two_meanings() {
        let mut seen = HashSet::new();
        for key in BINDINGS.iter().flat_map(|binding| binding.keys) {
            assert!(seen.insert(key), "{key:?}");
        }
    }
}
