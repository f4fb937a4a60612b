//! A goroutine, decoded from captured bytes.

use crate::addr::{Addr, Span};
use crate::capture::{Limits, all_goroutines};
use crate::enums::{SCAN, status};
use crate::fields::Fields;
use crate::lists::LABEL_LEN;
use crate::mem::{GoSlice, Memory, Word, read_bytes, read_go_string, read_word};
use crate::roots::Roots;
use crate::rules::Rules;

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

/// A pprof label. Go strings need not be UTF-8.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Its key.
    pub key: Vec<u8>,
    /// Its value.
    pub value: Vec<u8>,
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
    /// Whether it is locked to a thread.
    pub locked: bool,
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
    /// pprof labels, where they were asked for.
    pub labels: Vec<Label>,
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

/// Whether what lies at `addr` may be a g, by the mark it bears and its status: a g names itself. While a dead one
/// is made or used again, it has no mark for a moment.
pub(crate) fn is_marked(addr: Addr, mark: Addr, status: u32) -> bool {
    mark == addr || (mark.is_null() && [status::IDLE, status::DEAD].contains(&status))
}

/// A g that allgs names and that can't be decoded.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Undecoded {
    /// Where it should be.
    pub addr: Addr,
}

/// The goroutines of a target, out of the bytes captured from it.
pub struct Goroutines<'a> {
    memory: &'a dyn Memory,
    fields: &'a Fields,
    limits: Limits,
    labels: bool,
    addrs: std::vec::IntoIter<Addr>,
    record: Vec<u8>,
}

impl<'a> Goroutines<'a> {
    /// Those that `allgs` names, in its order.
    #[must_use]
    pub fn new(
        memory: &'a dyn Memory,
        fields: &'a Fields,
        roots: &Roots,
        limits: Limits,
    ) -> Goroutines<'a> {
        Goroutines {
            memory,
            fields,
            limits,
            labels: roots.prints_labels(memory),
            addrs: all_goroutines(memory, roots.allgs.at, limits.goroutines).into_iter(),
            record: vec![0; usize::try_from(fields.g.size).unwrap_or(0)],
        }
    }

    fn decode(&mut self, addr: Addr) -> Option<Goroutine> {
        self.memory.read(addr, &mut self.record).ok()?;
        let (g, bytes) = (&self.fields.g, &self.record[..]);
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
            locked: !g.locked_m.of(bytes)?.is_null(),
            stack: Span::between(lo, hi).unwrap_or(Span::new(lo, 0)),
            sched: Context {
                pc: g.sched_pc.of(bytes)?,
                sp: g.sched_sp.of(bytes)?,
                lr: g.sched_lr.of(bytes)?,
            },
            syscall: (!syscall_sp.is_null()).then_some(syscall),
            vdso: self.vdso(m),
            parent_goid: g.parent_goid.and_then(|field| field.of(bytes)).unwrap_or(0),
            gopc: g.gopc.of(bytes)?,
            startpc: g.startpc.of(bytes)?,
            runs_cleanups: g
                .running_cleanups
                .and_then(|field| field.of(bytes))
                .unwrap_or(0)
                != 0,
            bubble: bubble.and_then(|at| self.bubble(at)),
            labels: if self.labels {
                self.labels(g.labels.of(bytes)?)
            } else {
                Vec::new()
            },
            ancestors: self.ancestors(g.ancestors.of(bytes)?),
        })
    }

    fn vdso(&self, m: Addr) -> Option<Context> {
        if m.is_null() {
            return None;
        }
        let sp = self.fields.m.vdso_sp.read(self.memory, m).ok()?;
        let pc = self.fields.m.vdso_pc.read(self.memory, m).ok()?;
        (!sp.is_null()).then_some(Context {
            pc,
            sp,
            lr: Addr::NULL,
        })
    }

    fn bubble(&self, at: Addr) -> Option<u64> {
        if let Some(bubble) = &self.fields.bubble {
            return bubble.id.read(self.memory, at).ok();
        }
        let root = self
            .fields
            .synctest_group?
            .root
            .read(self.memory, at)
            .ok()?;
        self.fields.g.goid.read(self.memory, root).ok()
    }

    fn labels(&self, set: Addr) -> Vec<Label> {
        let text = |at: Addr| {
            let limit = usize::try_from(self.limits.text_bytes).unwrap_or(usize::MAX);
            read_go_string(self.memory, at, limit).ok()
        };
        let pair = |at: Addr| {
            Some(Label {
                key: text(at)?,
                value: text(at.checked_add(LABEL_LEN / 2)?)?,
            })
        };
        self.list(set, LABEL_LEN).filter_map(pair).collect()
    }

    fn ancestors(&self, list: Addr) -> Vec<Ancestor> {
        let fields = &self.fields.ancestor;
        let decode = |at: Addr| {
            let pcs: GoSlice = fields.pcs.read(self.memory, at).ok()?;
            let len = usize::try_from(pcs.len.min(self.limits.text_bytes / 8) * 8).ok()?;
            let pcs = read_bytes(self.memory, pcs.data, len).ok()?;
            Some(Ancestor {
                goid: fields.goid.read(self.memory, at).ok()?,
                pcs: pcs.chunks_exact(8).filter_map(Addr::decode).collect(),
                gopc: fields.gopc.read(self.memory, at).ok()?,
            })
        };
        self.list(list, u64::from(fields.size))
            .filter_map(decode)
            .collect()
    }

    /// The addresses of the elements of the slice whose header is at `header`; none where that is nil.
    fn list(&self, header: Addr, element: u64) -> impl Iterator<Item = Addr> {
        let slice: GoSlice = match header {
            Addr::NULL => GoSlice::default(),
            _ => read_word(self.memory, header).unwrap_or_default(),
        };
        let len = slice.len.min(self.limits.list_len);
        (0..len).filter_map(move |index| slice.data.checked_add(index * element))
    }
}

impl Iterator for Goroutines<'_> {
    type Item = Result<Goroutine, Undecoded>;

    fn next(&mut self) -> Option<Self::Item> {
        let addr = self.addrs.next()?;
        Some(self.decode(addr).ok_or(Undecoded { addr }))
    }
}
