//! A goroutine, decoded from captured bytes.

use crate::addr::{Addr, Span};
use crate::allgs::{self, is_marked};
use crate::enums::{SCAN, status};
use crate::fields::Fields;
use crate::labels::{self, Label};
use crate::limits::Limits;
use crate::mem::{GoSlice, Memory, read_addrs, read_bytes, read_word};
use crate::roots::Roots;
use crate::rules::Rules;
use std::collections::HashMap;
use std::sync::Arc;

/// Where a goroutine goes on.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Context {
    /// Program counter.
    pub pc: Addr,
    /// Stack pointer.
    pub sp: Addr,
    /// Link register, where the architecture has one and the runtime saved it.
    pub lr: Addr,
}

/// One of the goroutines that made a goroutine's creator, under GODEBUG=tracebackancestors.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ancestor {
    /// Its number.
    pub goid: u64,
    /// Where it was when it executed the `go` statement, innermost first.
    pub pcs: Vec<Addr>,
    /// Return address of the `go` statement that made it.
    pub gopc: Addr,
}

/// A fault that the runtime turned into a panic.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Signal {
    /// Its number; 0 where there was none.
    pub number: u32,
    /// `si_code`.
    pub code: u64,
    /// The address that was touched.
    pub fault: Addr,
    /// The instruction that touched it.
    pub pc: Addr,
}

/// `runtime.g`, as captured.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Goroutine {
    /// Address of the g.
    pub addr: Addr,
    /// The number that dumps print.
    pub goid: u64,
    /// Its status, without the scan flag.
    pub status: u32,
    /// Whether a GC holds it to scan it.
    pub scanned: bool,
    /// An index into the wait reasons.
    pub wait_reason: u8,
    /// When a GC first saw it blocked, in ns of the monotonic clock; 0 when none did.
    pub wait_since: i64,
    /// Its M; nil when it has none.
    pub m: Addr,
    /// The M that it is locked to; nil when it is not.
    pub locked_m: Addr,
    /// Its stack.
    pub stack: Span,
    /// Where it goes on, as the scheduler saved it.
    pub sched: Context,
    /// Where it entered a system call or C; nothing outside of those.
    pub syscall: Option<Context>,
    /// Where its thread entered the vDSO; nothing outside of it.
    pub vdso: Option<Context>,
    /// The goroutine that made it; 0 where unknown.
    pub parent_goid: u64,
    /// Return address of the `go` statement that made it.
    pub gopc: Addr,
    /// Entry of the function it was started with.
    pub startpc: Addr,
    /// Whether it is a cleanup goroutine in user code.
    pub runs_cleanups: bool,
    /// The number of its synctest bubble, or of its group's root goroutine.
    pub bubble: Option<u64>,
    /// The signal that its last sigpanic was made of; it stays when that is long over.
    pub signal: Signal,
    /// pprof labels.
    pub labels: Arc<[Label]>,
    /// Its ancestors, nearest first.
    pub ancestors: Vec<Ancestor>,
}

impl Goroutine {
    /// Whether there is nothing to show of it: it is over, or not yet begun.
    #[must_use]
    pub fn has_ended(&self, rules: &Rules) -> bool {
        self.status == status::DEAD
            || (rules.leaked_and_deadextra && self.status == status::DEADEXTRA)
    }
}

/// A g that allgs names and that can't be decoded.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Undecoded {
    /// Where it should be.
    pub addr: Addr,
}

/// Decodes the records of goroutines, and keeps once what several of them share.
#[derive(Debug)]
pub struct Decoder<'a> {
    fields: &'a Fields,
    rules: &'a Rules,
    limits: Limits,
    known_labels: HashMap<Addr, Arc<[Label]>>,
    no_labels: Arc<[Label]>,
}

impl<'a> Decoder<'a> {
    /// For goroutines as this Go release has them.
    #[must_use]
    pub fn new(fields: &'a Fields, rules: &'a Rules, limits: Limits) -> Decoder<'a> {
        Decoder {
            fields,
            rules,
            limits,
            known_labels: HashMap::new(),
            no_labels: Arc::from([]),
        }
    }

    /// Labels are known by where they lie: of a target that has run since, they are to be read again.
    pub fn forget_labels(&mut self) {
        self.known_labels.clear();
    }

    /// The goroutine whose record lies at `addr`, and is these bytes. What it leads to is read from `memory`. Nothing of what
    /// is none.
    pub fn decode(&mut self, memory: &dyn Memory, addr: Addr, bytes: &[u8]) -> Option<Goroutine> {
        let g = &self.fields.g;
        let labels = self.labels(memory, g.labels.of(bytes)?);
        let raw = g.status.of(bytes)?;
        if !is_marked(addr, g.sched_g.of(bytes)?, raw) {
            return None;
        }
        let (lo, hi) = (g.stack_lo.of(bytes)?, g.stack_hi.of(bytes)?);
        let m = g.m.of(bytes)?;
        let syscall_sp = g.syscall_sp.of(bytes)?;
        let syscall = Context {
            pc: g.syscall_pc.of(bytes)?,
            sp: syscall_sp,
            lr: Addr::NULL,
        };
        let bubble = g
            .bubble
            .and_then(|field| field.of(bytes))
            .filter(|at| !at.is_null());
        Some(Goroutine {
            addr,
            goid: g.goid.of(bytes)?,
            status: raw & !SCAN,
            scanned: raw & SCAN != 0,
            wait_reason: g.wait_reason.of(bytes)?,
            wait_since: g.wait_since.of(bytes)?,
            m,
            locked_m: g.locked_m.of(bytes)?,
            stack: Span::between(lo, hi).unwrap_or(Span::new(lo, 0)),
            sched: Context {
                pc: g.sched_pc.of(bytes)?,
                sp: g.sched_sp.of(bytes)?,
                lr: g.sched_lr.of(bytes)?,
            },
            syscall: (!syscall_sp.is_null()).then_some(syscall),
            vdso: self.vdso(memory, m),
            parent_goid: g.parent_goid.and_then(|field| field.of(bytes)).unwrap_or(0),
            gopc: g.gopc.of(bytes)?,
            startpc: g.startpc.of(bytes)?,
            runs_cleanups: g
                .running_cleanups
                .and_then(|field| field.of(bytes))
                .unwrap_or(0)
                != 0,
            bubble: bubble.and_then(|at| self.bubble(memory, at)),
            signal: Signal {
                number: g.sig.of(bytes)?,
                code: g.sig_code0.of(bytes)?,
                fault: g.sig_code1.of(bytes)?,
                pc: g.sig_pc.of(bytes)?,
            },
            labels,
            ancestors: ancestors(memory, self.fields, &self.limits, g.ancestors.of(bytes)?),
        })
    }

    fn vdso(&self, memory: &dyn Memory, m: Addr) -> Option<Context> {
        if m.is_null() {
            return None;
        }
        let sp = self.fields.m.vdso_sp.read(memory, m).ok()?;
        let pc = self.fields.m.vdso_pc.read(memory, m).ok()?;
        (!sp.is_null()).then_some(Context {
            pc,
            sp,
            lr: Addr::NULL,
        })
    }

    fn bubble(&self, memory: &dyn Memory, at: Addr) -> Option<u64> {
        if let Some(bubble) = &self.fields.bubble {
            return bubble.id.read(memory, at).ok();
        }
        let root = self.fields.synctest_group?.root.read(memory, at).ok()?;
        self.fields.g.goid.read(memory, root).ok()
    }

    fn labels(&mut self, memory: &dyn Memory, at: Addr) -> Arc<[Label]> {
        if at.is_null() {
            return Arc::clone(&self.no_labels);
        }
        let (fields, rules) = (self.fields, self.rules);
        let limits = &self.limits;
        let known = self.known_labels.entry(at);
        known
            .or_insert_with(|| labels::read(memory, fields, rules, limits, at).into())
            .clone()
    }
}

/// The goroutines of a target, out of the bytes captured from it.
pub struct Goroutines<'a> {
    memory: &'a dyn Memory,
    decoder: Decoder<'a>,
    addrs: std::vec::IntoIter<Addr>,
    record: Vec<u8>,
}

impl<'a> Goroutines<'a> {
    /// Those that `allgs` names, in its order.
    #[must_use]
    pub fn new(
        memory: &'a dyn Memory,
        fields: &'a Fields,
        rules: &'a Rules,
        roots: &Roots,
        limits: Limits,
    ) -> Goroutines<'a> {
        let addrs = allgs::captured(memory, roots.allgs.at, 0, limits.goroutines);
        Goroutines::at(memory, fields, rules, limits, addrs)
    }

    /// Those at `addrs`, whatever `allgs` names.
    #[must_use]
    pub fn at(
        memory: &'a dyn Memory,
        fields: &'a Fields,
        rules: &'a Rules,
        limits: Limits,
        addrs: Vec<Addr>,
    ) -> Goroutines<'a> {
        Goroutines {
            memory,
            decoder: Decoder::new(fields, rules, limits),
            addrs: addrs.into_iter(),
            record: vec![0; usize::try_from(fields.g.size).unwrap_or(0)],
        }
    }

    fn decode(&mut self, addr: Addr) -> Option<Goroutine> {
        self.memory.read(addr, &mut self.record).ok()?;
        self.decoder.decode(self.memory, addr, &self.record)
    }
}

/// The runtime keeps no more pcs of an ancestor than it shows frames of it at first: 100, and 50 since 1.21
/// (`saveAncestors`). What is damaged could claim kilobytes of them, each time that an ancestor is shared.
const MAX_PCS: u64 = 100;

/// The ancestors of a goroutine, from the address in its g of a slice of them.
pub(crate) fn ancestors(
    memory: &dyn Memory,
    fields: &Fields,
    limits: &Limits,
    header: Addr,
) -> Vec<Ancestor> {
    if header.is_null() {
        return Vec::new();
    }
    let slice: GoSlice = read_word(memory, header).unwrap_or_default();
    let (record, fields) = (u64::from(fields.ancestor.size), &fields.ancestor);
    let count = slice.len.min(limits.list_len);
    let bytes = usize::try_from(count.saturating_mul(record))
        .ok()
        .and_then(|len| read_bytes(memory, slice.data, len).ok())
        .unwrap_or_default();
    let decode = |bytes: &[u8]| {
        let pcs = fields.pcs.of(bytes)?;
        let len = usize::try_from(pcs.len.min(limits.text_bytes / 8).min(MAX_PCS)).ok()?;
        Some(Ancestor {
            goid: fields.goid.of(bytes)?,
            pcs: read_addrs(memory, pcs.data, len).ok()?,
            gopc: fields.gopc.of(bytes)?,
        })
    };
    let size = usize::try_from(record).unwrap_or(usize::MAX).max(1);
    bytes.chunks_exact(size).filter_map(decode).collect()
}

impl Iterator for Goroutines<'_> {
    type Item = Result<Goroutine, Undecoded>;

    fn next(&mut self) -> Option<Self::Item> {
        let addr = self.addrs.next()?;
        Some(self.decode(addr).ok_or(Undecoded { addr }))
    }
}
