//! Stacks: frames of Go and of C, and the places in the code that they are at.

use gopeek_unwind::native::NativeCall;
use gopeek_unwind::pclntab::args::ArgToken;
use gopeek_unwind::{End, Source};
use std::sync::Arc;

/// A goroutine's frames: the way through the code that it shares with others, and what is its own.
#[derive(Clone, Debug)]
pub struct Stack {
    /// The way: an index into [`Report::paths`](super::Report::paths).
    pub path: u32,
    /// The stack pointer of the innermost frame.
    pub sp: u64,
    /// The argument words of all frames, innermost first.
    pub words: Box<[u64]>,
    /// Why there are no more frames.
    pub end: End,
    /// Who knew where it begins; nothing where nobody did.
    pub from: Option<Source>,
    /// The C frames, where they were asked for; innermost first.
    pub native: Vec<NativeSegment>,
    /// The frames in its middle that are counted only, if it has more than are kept.
    pub gap: Option<Box<Gap>>,
}

/// Frames in the middle of a stack that are counted only.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Gap {
    /// The index of the first frame behind it.
    pub before: usize,
    /// How many there are of each kind.
    pub kinds: Vec<LeftOut>,
}

/// Frames of one kind that are left out.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct LeftOut {
    /// Where in the code they are: an index into [`Report::sites`](super::Report::sites).
    pub site: u32,
    /// The same of the frames that they have called.
    pub callee: u32,
    /// How many there are.
    pub count: u64,
}

impl Gap {
    /// How many frames are left out.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.kinds.iter().map(|kind| kind.count).sum()
    }
}

/// C frames that stand one behind the other.
#[derive(Clone, Debug)]
pub struct NativeSegment {
    /// The index of the Go frame that they lie in front of: their outermost was called by it.
    pub before: usize,
    /// Where the assembly goes on by which the innermost of them called Go; nothing where they called none.
    pub crossing: Option<Place>,
    /// Innermost first.
    pub frames: Vec<NativeFrame>,
    /// Why there are no more, where that is not because they lead to Go or to where the thread began.
    pub broken: Option<String>,
}

/// A physical frame of C.
#[derive(Clone, Debug)]
pub struct NativeFrame {
    /// The program counter.
    pub pc: u64,
    /// The stack pointer.
    pub sp: u64,
    /// No function's, but made by the kernel for a signal.
    pub signal: bool,
    /// Found by a frame pointer's word, not by call frame information.
    pub guessed: bool,
    /// The file that its code is in.
    pub module: Option<Arc<str>>,
    /// What its source says: calls that were inlined first.
    pub calls: Vec<NativeCall>,
}

/// A way through the code: what stacks have in common that differ in nothing but where they lie and in their arguments.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Path {
    /// Innermost first.
    pub steps: Vec<Step>,
}

/// A physical frame of a path.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Where in the code: an index into [`Report::sites`](super::Report::sites).
    pub site: u32,
    /// Its stack pointer less that of the innermost frame, which may lie on another stack.
    pub above: u64,
    /// Where its argument words begin among the stack's, in the order of the site's tokens; nothing where they could not
    /// be read.
    pub words: Option<u32>,
}

/// A physical frame.
#[derive(Copy, Clone, Debug)]
pub struct Frame<'r> {
    /// Its stack pointer.
    pub sp: u64,
    /// The index of its site.
    pub index: u32,
    /// Where in the code.
    pub site: &'r Site,
    /// Its argument words, in the order of the site's tokens; nothing where they could not be read.
    pub words: Option<&'r [u64]>,
}

/// A place in the code, and the calls that it stands for.
#[derive(Clone, Debug)]
pub struct Site {
    /// The program counter.
    pub pc: u64,
    /// It is that of an instruction which was not done yet, or which failed; else a return address.
    pub trap: bool,
    /// Bytes from the function's entry to the pc.
    pub offset: u64,
    /// Bytes from a frame's stack pointer to its caller's.
    pub frame_size: u64,
    /// Innermost first; all but the last were inlined into the last.
    pub calls: Vec<Call>,
    /// How the arguments of the last print.
    pub args: Vec<ArgToken>,
}

impl Site {
    /// How many argument words a frame here has.
    #[must_use]
    pub fn words(&self) -> usize {
        let words = self
            .args
            .iter()
            .filter(|token| matches!(token, ArgToken::Word { .. }));
        words.count()
    }
}

/// A call as the source has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// Full name, as the linker stored it.
    pub function: Arc<str>,
    /// Source file.
    pub file: Arc<str>,
    /// Line.
    pub line: u32,
    /// Line at which the function begins; 0 where that is not told.
    pub start_line: u32,
    /// What the traceback's rules must know of the function.
    pub role: Role,
}

/// What the traceback's rules know a function as.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Role {
    /// Made by the compiler to adapt a call.
    Wrapper,
    /// gopanic, sigpanic or panicwrap: a wrapper that calls one of these is shown.
    Panic,
    /// runFinalizers or runCleanups.
    Finalizer,
    /// Anything else.
    Other,
}

/// The `go` statement that made a goroutine.
#[derive(Clone, Debug)]
pub struct Creator {
    /// The place of the statement.
    pub place: Arc<Place>,
    /// The goroutine that executed it; 0 where unknown.
    pub goroutine: u64,
}

/// One place in one function.
#[derive(Clone, Debug)]
pub struct Place {
    /// What is named: the function itself, or of an ancestor's place the innermost call inlined into it.
    pub call: Call,
    /// The function itself, which decides whether the place is shown.
    pub function: Call,
    /// Bytes from the function's entry.
    pub offset: u64,
}

/// An ancestor of a goroutine.
#[derive(Clone, Debug)]
pub struct Ancestor {
    /// Its number.
    pub id: u64,
    /// Where it was, innermost first.
    pub places: Vec<Place>,
    /// The `go` statement that made it.
    pub created_by: Option<Arc<Place>>,
}
