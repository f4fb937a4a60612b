//! Where the runtime's globals are: by symbol, by the code that uses them, or by what they must hold.
//!
//! Whatever was found is checked against the target's memory before it is believed.

use crate::addr::{Addr, Span};
use crate::allgs::is_marked;
use crate::fields::Fields;
use crate::mem::{GoSlice, Memory, Word, read_addrs, read_bytes, read_word};
use crate::moduledata::Module;
use crate::refs::data_refs;
use crate::rules::{Labels, Rules};
use std::collections::HashSet;

mod heap;
mod inner;

pub use inner::Inner;

/// How a global was found.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Method {
    /// The binary's symbol table names it.
    Symbol,
    /// A function of the runtime, known from pclntab, refers to it.
    Code,
    /// Nothing else in the data segment holds such values.
    Value,
}

/// A global of the runtime in the target.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Root {
    /// Its address.
    pub at: Addr,
    /// How it was found.
    pub by: Method,
}

/// The globals that gopeek starts from.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Roots {
    /// `runtime.allgs`, a `[]*g`.
    pub allgs: Root,
    /// `runtime.allm`, a `*m`; nothing where no way led to it.
    pub allm: Option<Root>,
    /// `runtime.allp`, a `[]*p`.
    pub allp: Option<Root>,
    /// `runtime.fingStatus` (`fingRunning` in 1.19).
    pub finalizer_status: Option<Root>,
    /// `runtime.debug.tracebacklabels`, from 1.26.
    pub traceback_labels: Option<Root>,
}

impl Roots {
    /// Whether a finalizer is running, which makes its goroutine one of the program's.
    #[must_use]
    pub fn finalizer_runs(&self, memory: &dyn Memory, rules: &Rules) -> bool {
        let status = self
            .finalizer_status
            .and_then(|root| read_word::<u32>(memory, root.at).ok());
        status.is_some_and(|status| status & rules.finalizer_running != 0)
    }

    /// Whether the target itself prints labels (GODEBUG=tracebacklabels=1).
    #[must_use]
    pub fn prints_labels(&self, memory: &dyn Memory) -> bool {
        self.traceback_labels
            .is_some_and(|root| read_word::<u32>(memory, root.at) == Ok(1))
    }
}

/// Finds a function of the target by its full name: its address and its machine code.
pub type FindCode<'a, 'd> = &'a dyn Fn(&str) -> Option<(Addr, &'d [u8])>;

/// How many elements of allgs are looked at before it is believed.
const SAMPLE: usize = 64;
/// The most goroutines or Ps a slice may claim: `len` words must fit the address space.
const MAX_ELEMENTS: u64 = 1 << 40;
/// The most bytes of the data segment that are scanned.
const MAX_SCAN: u64 = 256 << 20;

/// The search for the roots of one target.
pub struct Search<'a, 'd> {
    /// The target's memory.
    pub memory: &'a dyn Memory,
    /// The module that holds the runtime.
    pub module: &'a Module<'d>,
    /// Offsets.
    pub fields: &'a Fields,
    /// What this minor's runtime does; tells which globals there are.
    pub rules: &'a Rules,
    /// Functions by name.
    pub code: FindCode<'a, 'd>,
}

impl Search<'_, '_> {
    /// Finds them all. Nothing where allgs is not to be found.
    #[must_use]
    pub fn run(&self) -> Option<Roots> {
        let names = [
            "runtime.allgs",
            "runtime.allm",
            "runtime.allp",
            "runtime.fingStatus",
            "runtime.fingRunning",
        ];
        let symbols = self
            .module
            .image
            .symbols(names)
            .map(|span| span?.start.checked_add(self.module.bias));
        let [goroutines, threads, processors, fing_status, fing_running] = symbols;
        Some(Roots {
            allgs: self
                .named(goroutines, "runtime.allgadd", |at| self.is_allgs_mostly(at))
                .or_else(|| {
                    self.by_value(|at| self.is_allgs(at) && self.begins_with_main(at))
                        .next()
                })?,
            allm: self
                .named(threads, "runtime.mcommoninit", |at| self.is_allm(at))
                .or_else(|| {
                    self.by_value(|at| self.is_allm(at))
                        .max_by_key(|root| self.ms_from(root.at))
                }),
            allp: self
                .named(processors, "runtime.procresize", |at| self.is_allp(at))
                .or_else(|| self.by_value(|at| self.is_allp(at)).next()),
            finalizer_status: fing_status
                .or(fing_running)
                .map(|at| Root {
                    at,
                    by: Method::Symbol,
                })
                .or_else(|| {
                    self.by_code("runtime.isSystemGoroutine", |at| self.is_small(at))
                        .next()
                }),
            traceback_labels: (self.rules.labels != Labels::None)
                .then(|| {
                    self.by_code("runtime.goroutineheader", |at| self.is_small(at))
                        .last()
                })
                .flatten(),
        })
    }

    /// By symbol where there is one, else by what `function` refers to.
    fn named(
        &self,
        symbol: Option<Addr>,
        function: &str,
        accept: impl Fn(Addr) -> bool,
    ) -> Option<Root> {
        symbol
            .filter(|at| accept(*at))
            .map(|at| Root {
                at,
                by: Method::Symbol,
            })
            .or_else(|| self.by_code(function, &accept).next())
    }

    /// What the code of `function` refers to in writable memory, in order.
    #[must_use]
    pub fn globals_of(&self, function: &str) -> Vec<Addr> {
        let found = self.by_code(function, |_| true);
        found.map(|root| root.at).collect()
    }

    /// What the code of `function` refers to in writable memory and `accept` takes, in order.
    fn by_code(&self, function: &str, accept: impl Fn(Addr) -> bool) -> impl Iterator<Item = Root> {
        let refs = (self.code)(function)
            .map(|(at, code)| data_refs(self.module.image.arch(), code, at))
            .unwrap_or_default();
        let writable = self.writable();
        refs.into_iter()
            .filter(move |at| writable.iter().any(|span| span.contains(*at)))
            .filter(move |at| accept(*at))
            .map(|at| Root {
                at,
                by: Method::Code,
            })
    }

    /// The words of the zeroed data that `accept` takes.
    fn by_value(&self, accept: impl Fn(Addr) -> bool) -> impl Iterator<Item = Root> {
        let data = &self.module.data;
        let len = data.ebss.offset_from(data.bss).unwrap_or(0).min(MAX_SCAN);
        let words = (0..len)
            .step_by(PAGE)
            .flat_map(move |offset| self.pointers_in(offset, len));
        words.filter(move |at| accept(*at)).map(|at| Root {
            at,
            by: Method::Value,
        })
    }

    /// Where in a page of the zeroed data there are words that may be pointers: every root begins with one, and most
    /// words are none.
    fn pointers_in(&self, offset: u64, len: u64) -> Vec<Addr> {
        let Some(page) = self.module.data.bss.checked_add(offset) else {
            return Vec::new();
        };
        let size = usize::try_from(len - offset).unwrap_or(PAGE).min(PAGE);
        let bytes = read_bytes(self.memory, page, size).unwrap_or_default();
        let words = (0u64..).step_by(8).zip(bytes.chunks_exact(8));
        let pointers = words.filter(|(_, word)| {
            Addr::decode(word).is_some_and(|value| !value.is_null() && value.is_aligned(8))
        });
        pointers
            .filter_map(|(skip, _)| page.checked_add(skip))
            .collect()
    }

    fn writable(&self) -> Vec<Span> {
        let bias = self.module.bias;
        let segments = self
            .module
            .image
            .segments()
            .iter()
            .filter(|segment| segment.writable);
        segments
            .filter_map(|segment| {
                Some(Span::new(segment.start.checked_add(bias)?, segment.mem_len))
            })
            .collect()
    }

    fn is_small(&self, at: Addr) -> bool {
        read_word::<u32>(self.memory, at).is_ok_and(|value| value < 16)
    }

    /// A slice of pointers with room for more, and its length in elements.
    fn pointers(&self, at: Addr) -> Option<GoSlice> {
        let slice: GoSlice = read_word(self.memory, at).ok()?;
        let cap: u64 = read_word(self.memory, at.checked_add(16)?).ok()?;
        let plausible =
            slice.len > 0 && slice.len <= cap && cap < MAX_ELEMENTS && slice.data.is_aligned(8);
        plausible.then_some(slice)
    }

    /// Every element of allgs is a g, which names itself.
    fn is_allgs(&self, at: Addr) -> bool {
        self.pointers(at).is_some_and(|slice| {
            let sample = sample(self.memory, slice);
            sample.iter().any(|g| self.mark(*g) == Some(*g)) && sample.iter().all(|g| self.is_g(*g))
        })
    }

    /// Likewise, of what bears the name: a few elements that are none are damage.
    fn is_allgs_mostly(&self, at: Addr) -> bool {
        self.pointers(at).is_some_and(|slice| {
            let sample = sample(self.memory, slice);
            let gs = sample.iter().filter(|g| self.is_g(**g)).count();
            sample.iter().any(|g| self.mark(*g) == Some(*g)) && gs * 2 > sample.len()
        })
    }

    /// The first g that a process makes is its main goroutine's.
    fn begins_with_main(&self, at: Addr) -> bool {
        let first = self
            .pointers(at)
            .and_then(|slice| read_word(self.memory, slice.data).ok());
        first.is_some_and(|g| self.fields.g.goid.read(self.memory, g) == Ok(1))
    }

    fn is_g(&self, g: Addr) -> bool {
        let status = self.fields.g.status.read(self.memory, g);
        self.mark(g)
            .zip(status.ok())
            .is_some_and(|(mark, status)| is_marked(g, mark, status))
    }

    fn mark(&self, g: Addr) -> Option<Addr> {
        self.fields.g.sched_g.read(self.memory, g).ok()
    }

    /// allm leads to an M whose g0 leads back, and along alllink to an end.
    fn is_allm(&self, at: Addr) -> bool {
        self.ms_from(at) > 0
    }

    /// How many Ms the chain from the word at `at` has. Other words lead to an M, too, but only allm to all.
    fn ms_from(&self, at: Addr) -> usize {
        let first = read_word(self.memory, at).ok();
        first
            .and_then(|first| m_chain(self.memory, self.fields, first))
            .map_or(0, |chain| chain.len())
    }

    fn is_allp(&self, at: Addr) -> bool {
        self.pointers(at).is_some_and(|slice| {
            let sample = sample(self.memory, slice);
            !sample.is_empty()
                && (0u32..).zip(sample).all(|(index, p)| {
                    self.fields.p.id.read(self.memory, p) == Ok(index)
                        && self
                            .fields
                            .p
                            .status
                            .read(self.memory, p)
                            .is_ok_and(|status| status <= 4)
                })
        })
    }
}

const PAGE: usize = 4096;

/// The first elements of a slice of pointers; empty where they can't be read.
pub(crate) fn sample(memory: &dyn Memory, slice: GoSlice) -> Vec<Addr> {
    let len = usize::try_from(slice.len).unwrap_or(usize::MAX).min(SAMPLE);
    read_addrs(memory, slice.data, len).unwrap_or_default()
}

/// The Ms from `first` along alllink; nothing where one of them is not an M or the chain does not end. An M in the
/// making has no g0 yet; one that has shows that they are Ms.
#[must_use]
pub fn m_chain(memory: &dyn Memory, fields: &Fields, first: Addr) -> Option<Vec<Addr>> {
    let mut seen = HashSet::new();
    let mut chain = Vec::new();
    let mut m = first;
    let mut certain = false;
    while !m.is_null() {
        let g0 = fields.m.g0.read(memory, m).ok()?;
        let made = !g0.is_null();
        if !seen.insert(m) || (made && fields.g.m.read(memory, g0).ok()? != m) {
            return None;
        }
        certain |= made;
        chain.push(m);
        m = fields.m.all_link.read(memory, m).ok()?;
    }
    certain.then_some(chain)
}
