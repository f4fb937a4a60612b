//! What the table says of one kind of wait.

/// A kind of wait: how to know it by functions on the stack, what to call it, and what the library's memory says of it.
#[derive(Debug)]
pub(crate) struct Row {
    /// Name of the kind, for programs.
    pub(crate) kind: &'static str,
    /// What is waited for, with its article: `a database connection`.
    pub(crate) text: &'static str,
    /// How long such a wait may last while nothing is wrong.
    pub(crate) nature: Nature,
    /// Functions that wait like this: one of them is on the stack. Names as `canonical` spells them.
    pub(crate) functions: &'static [&'static str],
    /// Function further out that must be on the stack, too; empty for any stack.
    pub(crate) within: &'static str,
    /// Beginning of the state that the goroutine must be in; empty for any.
    pub(crate) state: &'static str,
    /// State to show, by name.
    pub(crate) facts: &'static [FactOf],
    /// Where the address of the one who is to answer is found; the first that is readable counts.
    pub(crate) peer: &'static [Source],
    /// Functions that only run while a goroutine has one of what is waited for.
    pub(crate) users: &'static [&'static str],
    /// What it is instead, if no goroutine has one of what is waited for; the first that fits.
    pub(crate) instead: &'static [Instead],
    /// Function of a goroutine that reads from the one who is to answer; empty for none. One that was started by the
    /// goroutine that waits goes first.
    pub(crate) reader: &'static str,
    /// Whether it counts whatever functions further in say: these do it on behalf of others, who are told of.
    pub(crate) over: bool,
}

/// Another kind, known by a function that some other goroutine is in.
#[derive(Debug)]
pub(crate) struct Instead {
    pub(crate) kind: &'static str,
    pub(crate) text: &'static str,
    pub(crate) function: &'static str,
}

/// How long a wait may last while nothing is wrong.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Nature {
    /// The answer to a call: a minute is long.
    Call,
    /// A turn at something of which there are a few: a minute is long, and a queue is a sign of trouble.
    Turn,
    /// The next part of something that may come at any time. It is long only for a goroutine that serves a request.
    Stream,
    /// For ever: waiting is its work. The text says what it does, in the plural.
    Idle(&'static str),
}

/// A number or a text to read, and its name.
#[derive(Debug)]
pub(crate) struct FactOf {
    /// Name for programs and for the report: `max`.
    pub(crate) name: &'static str,
    /// Where it is.
    pub(crate) source: Source,
    /// Path of a number that is taken off it, in the same struct; empty for none.
    pub(crate) less: &'static str,
}

/// A place in a library's memory: an argument of a function on the stack, and a path of fields from there.
#[derive(Debug)]
pub(crate) struct Source {
    /// Function that has the argument, or the type, written as a receiver, whose methods have it.
    pub(crate) function: &'static str,
    /// Index of the argument's word.
    pub(crate) word: usize,
    /// Type that the argument points to, written as a receiver: `database/sql.(*DB)`.
    pub(crate) of: &'static str,
    /// Fields, from the struct on; pointers and interfaces are followed. `len` is the length of a slice or a string.
    pub(crate) path: &'static str,
}

/// A row without what most rows lack.
pub(crate) const ROW: Row = Row {
    kind: "",
    text: "",
    nature: Nature::Call,
    functions: &[],
    within: "",
    state: "",
    facts: &[],
    peer: &[],
    users: &[],
    instead: &[],
    reader: "",
    over: false,
};

/// A field of the receiver of a method on the stack.
pub(super) const fn field(of: &'static str, path: &'static str) -> Source {
    Source {
        function: of,
        word: 0,
        of,
        path,
    }
}

/// A fact that is a field of the receiver of a method on the stack.
pub(super) const fn fact(name: &'static str, of: &'static str, path: &'static str) -> FactOf {
    FactOf {
        name,
        source: field(of, path),
        less: "",
    }
}
