//! Everything that is known of a target at one moment: owned, plain data.
//!
//! All renderers see this and nothing else. Frames name their place in the code by an index into `sites`, and
//! their argument words by a range of `words`, so that 100,000 goroutines take little more than their stacks.

use crate::detail::Detail;
use crate::threads::Thread;
use gopeek_layout::labels::Label;
use gopeek_layout::rules::Rules;
use gopeek_unwind::native::NativeCall;
use gopeek_unwind::pclntab::args::ArgToken;
use gopeek_unwind::{End, Source};
use std::sync::Arc;
use std::time::Duration;

/// A target at one moment.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was looked at.
    pub target: Target,
    /// How its runtime prints, and walks, stacks.
    pub rules: &'static Rules,
    /// How it was looked at.
    pub taken: Taken,
    /// All goroutines that have not ended, the runtime's own included, in allgs order.
    pub goroutines: Vec<Goroutine>,
    /// The threads, by tid; last the runtime's Ms that have none.
    pub threads: Vec<Thread>,
    /// How many Ps there are; nothing where that is not known.
    pub gomaxprocs: Option<usize>,
    /// Whether the target itself prints labels (GODEBUG=tracebacklabels=1).
    pub prints_labels: bool,
    /// Each place in the code that a frame is at, once.
    pub sites: Vec<Site>,
    /// The argument words of all frames.
    pub words: Vec<u64>,
    /// What is missing or doubtful.
    pub problems: Vec<Problem>,
}

/// What was looked at.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its pid.
    pub pid: i32,
    /// Its program's name.
    pub name: String,
    /// `go1.27.3`.
    pub go_version: String,
    /// `amd64`.
    pub arch: &'static str,
    /// Whether its executable has no symbols.
    pub stripped: bool,
    /// Where the struct offsets are from.
    pub layout_from: String,
    /// Whether they are for sure this release's.
    pub layout_exact: bool,
    /// How `runtime.allgs` was found.
    pub allgs_by: &'static str,
}

/// How a target was looked at.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// How long it stood still; nothing when it was not stopped.
    pub stopped_for: Option<Duration>,
    /// How many of its threads stood still.
    pub threads_stopped: usize,
    /// Threads that did not: tid, and the state that the kernel gives.
    pub threads_missed: Vec<(i32, char)>,
    /// Bytes copied out of it.
    pub bytes: usize,
}

/// A goroutine.
#[derive(Clone, Debug)]
pub struct Goroutine {
    /// Its number.
    pub id: u64,
    /// Address of its `runtime.g`.
    pub addr: u64,
    /// Its status, or its wait reason where it has one, in the runtime's words.
    pub state: Arc<str>,
    /// Its status as the runtime numbers it.
    pub status: u32,
    /// A leak profile found it unreachable.
    pub leaked: bool,
    /// A GC holds it to scan its stack.
    pub scanned: bool,
    /// It is durably blocked in its synctest bubble, and the state does not say so itself.
    pub durable: bool,
    /// How long it has been blocked, at least; nothing where no GC has seen it blocked.
    pub waited: Option<Duration>,
    /// Its M, by the address of the `runtime.m`; 0 when it has none.
    pub m: u64,
    /// The M that it is locked to, likewise.
    pub locked_m: u64,
    /// Its synctest bubble, or its group's root goroutine.
    pub bubble: Option<u64>,
    /// pprof labels.
    pub labels: Vec<Label>,
    /// It belongs to the runtime.
    pub system: bool,
    /// Where it is.
    pub stack: Stack,
    /// The `go` statement that made it.
    pub created_by: Option<Creator>,
    /// The creators of its creator, under GODEBUG=tracebackancestors.
    pub ancestors: Vec<Ancestor>,
    /// All else that is known of it, where that was asked for.
    pub detail: Option<Box<Detail>>,
}

/// A goroutine's frames.
#[derive(Clone, Debug)]
pub struct Stack {
    /// Innermost first.
    pub frames: Vec<Frame>,
    /// Why there are no more.
    pub end: End,
    /// Who knew where it begins; nothing where nobody did.
    pub from: Option<Source>,
    /// The C frames, where they were asked for; innermost first.
    pub native: Vec<NativeSegment>,
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

/// A physical frame.
#[derive(Copy, Clone, Debug)]
pub struct Frame {
    /// Its stack pointer.
    pub sp: u64,
    /// Where in the code: an index into [`Report::sites`].
    pub site: u32,
    /// Where its argument words begin in [`Report::words`], in the order of the site's tokens; nothing where
    /// they could not be read.
    pub args: Option<u32>,
}

/// A place in the code, and the calls that it stands for.
#[derive(Clone, Debug)]
pub struct Site {
    /// The program counter.
    pub pc: u64,
    /// Bytes from the function's entry to the pc.
    pub offset: u64,
    /// Bytes from a frame's stack pointer to its caller's.
    pub frame_size: u64,
    /// Innermost first; all but the last were inlined into the last.
    pub calls: Vec<Call>,
    /// How the arguments of the last print.
    pub args: Vec<ArgToken>,
}

/// A call as the source has it.
#[derive(Clone, Debug)]
pub struct Call {
    /// Full name, as the linker stored it.
    pub function: Arc<str>,
    /// Source file.
    pub file: Arc<str>,
    /// Line.
    pub line: u32,
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
    pub place: Place,
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
    pub created_by: Option<Place>,
}

/// Something that is missing or doubtful in a report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Problem {
    /// allgs names a g that is none.
    NotAGoroutine {
        /// Its address.
        addr: u64,
    },
    /// A stack is not whole.
    BrokenStack {
        /// The goroutine.
        id: u64,
        /// Where its walk ended.
        end: End,
    },
    /// The variables that were asked for can't be told.
    NoVariables {
        /// Why.
        why: String,
    },
    /// Its C frames are not whole.
    BrokenNative {
        /// The goroutine.
        id: u64,
        /// Why.
        why: String,
    },
    /// It runs on a CPU, and its thread's registers were not read, or do not tell where it is.
    Running {
        /// The goroutine.
        id: u64,
    },
    /// allgs claims more goroutines than are read.
    TooManyGoroutines {
        /// How many it claims.
        claimed: u64,
    },
    /// The limit of bytes was reached before everything was copied.
    TooManyBytes,
    /// The time was up before everything was copied.
    CutShort,
    /// A thread did not stop in time.
    ThreadMissed {
        /// Its id.
        tid: i32,
        /// Its state in /proc.
        state: char,
    },
}

impl Report {
    /// The place in the code of a frame.
    #[must_use]
    pub fn site(&self, frame: &Frame) -> Option<&Site> {
        self.sites.get(usize::try_from(frame.site).ok()?)
    }

    /// The argument words of a frame at `site`; nothing where they could not be read.
    #[must_use]
    pub fn arg_words(&self, frame: &Frame, site: &Site) -> Option<&[u64]> {
        let count = site
            .args
            .iter()
            .filter(|token| matches!(token, ArgToken::Word { .. }))
            .count();
        let from = usize::try_from(frame.args?).ok()?;
        self.words.get(from..from.checked_add(count)?)
    }

    /// The thread whose M has this address.
    #[must_use]
    pub fn thread_of(&self, m: u64) -> Option<&Thread> {
        let has_m = |thread: &&Thread| thread.m.as_ref().is_some_and(|known| known.addr == m);
        self.threads.iter().find(has_m).filter(|_| m != 0)
    }

    /// The goroutine whose g has this address.
    #[must_use]
    pub fn goroutine_at(&self, g: u64) -> Option<&Goroutine> {
        self.goroutines.iter().find(|goroutine| goroutine.addr == g)
    }

    /// The goroutines that the target itself would print.
    pub fn user_goroutines(&self) -> impl Iterator<Item = &Goroutine> {
        self.goroutines.iter().filter(|goroutine| !goroutine.system)
    }
}
