//! The globals of the runtime's inside: who waits for semaphores, the scheduler, the GC, the statistics of memory.
//!
//! A dump does without them, and each takes a look at some functions' code. So they are looked for only when they are asked
//! for. What holds no such values as it must is not believed, whatever it is called.

use super::{Method, Root, Search};
use crate::addr::Addr;
use crate::fields::{GcController, MemStats, SemTable, Work};
use crate::mem::read_word;
use crate::record::Field;
use crate::sync::semaphore::Table;

/// The globals of the runtime's inside, as far as they were found.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Inner {
    /// `runtime.sched`, a `schedt`.
    pub sched: Option<Root>,
    /// `runtime.gcController`, a `gcControllerState`.
    pub gc_controller: Option<Root>,
    /// `runtime.gcphase`, a `uint32`.
    pub gc_phase: Option<Root>,
    /// `runtime.work`, a `workType`.
    pub work: Option<Root>,
    /// `runtime.memstats`, an `mstats`.
    pub mem_stats: Option<Root>,
}

/// No target has so much memory, in bytes: more than its addresses can tell.
const MAX_BYTES: u64 = 1 << 48;
/// No word on the GC's phase is greater (`_GCoff`, `_GCmark`, `_GCmarktermination`), and none on its mode.
const MAX_PHASE: u32 = 2;
/// The size of what the linker lays to the cache's lines: a table of locks is no smaller.
const LINE: u64 = 32;

impl Search<'_, '_> {
    /// Finds the globals of the runtime's inside.
    #[must_use]
    pub fn inner(&self) -> Inner {
        let names = [
            "runtime.sched",
            "runtime.gcController",
            "runtime.gcphase",
            "runtime.work",
            "runtime.memstats",
        ];
        let [sched, controller, phase, work, stats] = self.symbols(names);
        let mem_stats = self
            .fields
            .mem_stats
            .and_then(|fields| self.mem_stats(&fields, stats));
        let gc_controller = self.fields.gc_controller.and_then(|fields| {
            self.named(controller, "runtime.gcControllerCommit", |at| {
                self.is_gc_controller(&fields, at)
            })
        });
        let ended = self.fields.mem_stats.zip(mem_stats);
        let ended = ended.and_then(|(stats, root)| stats.num_gc.read(self.memory, root.at).ok());
        Inner {
            sched: self.around(
                sched,
                &["runtime.mcommoninit"],
                self.fields.sched.lock,
                |at| self.is_sched(at),
            ),
            gc_phase: self.gc_phase(phase, gc_controller),
            work: self.fields.work.and_then(|fields| {
                let functions = ["runtime.gcStart", "runtime/debug.setGCPercent"];
                self.around(work, &functions, fields.cycles, |at| {
                    ended.is_some_and(|ended| self.is_work(&fields, at, ended))
                })
            }),
            gc_controller,
            mem_stats,
        }
    }

    /// The runtime's table of who waits for semaphores.
    #[must_use]
    pub fn semaphores(&self) -> Option<Table> {
        let fields = self.fields.sem_table?;
        let [symbol] = self.symbols(["runtime.semtable"]);
        let table = |at| Table::at(&fields, at);
        let root = self.named(symbol, "runtime.semrelease1", |at| {
            table(at).is_some_and(|table| self.is_semaphores(&fields, &table))
        })?;
        table(root.at)
    }

    pub(super) fn symbols<const N: usize>(&self, names: [&str; N]) -> [Option<Addr>; N] {
        let symbols = self.module.image.symbols(names);
        symbols.map(|span| span?.start.checked_add(self.module.bias))
    }

    /// By symbol where there is one, else by the field `first`, which one of `functions` refers to.
    pub(super) fn around<T>(
        &self,
        symbol: Option<Addr>,
        functions: &[&str],
        first: Field<T>,
        accept: impl Fn(Addr) -> bool,
    ) -> Option<Root> {
        let named = symbol.filter(|at| accept(*at)).map(|at| Root {
            at,
            by: Method::Symbol,
        });
        named.or_else(|| {
            let refs = functions.iter().flat_map(|name| self.globals_of(name));
            let starts = refs.filter_map(|at| at.checked_sub(u64::from(first.offset())));
            starts.into_iter().find(|at| accept(*at)).map(|at| Root {
                at,
                by: Method::Code,
            })
        })
    }

    /// What ends marking tells both clocks' times: by that it is known where there was no collection yet.
    fn mem_stats(&self, fields: &MemStats, symbol: Option<Addr>) -> Option<Root> {
        let function = "runtime.gcMarkTermination";
        let is_it = |at| self.is_mem_stats(fields, at);
        self.around(symbol, &[], fields.last_gc_unix, is_it)
            .or_else(|| {
                let used = self.globals_of(function);
                self.around(None, &[function], fields.last_gc_unix, |at| {
                    let other = fields.last_gc_nanotime.addr_in(at);
                    other.is_some_and(|other| used.contains(&other)) && is_it(at)
                })
            })
    }

    /// The phase is what gcControllerCommit looks at when it has dealt with the controller itself.
    fn gc_phase(&self, symbol: Option<Addr>, controller: Option<Root>) -> Option<Root> {
        let is_phase = |at| read_word::<u32>(self.memory, at).is_ok_and(|phase| phase <= MAX_PHASE);
        let named = symbol.filter(|at| is_phase(*at)).map(|at| Root {
            at,
            by: Method::Symbol,
        });
        named.or_else(|| {
            let size = u64::from(self.fields.gc_controller?.size);
            let controller = controller?.at;
            let in_controller = |at: Addr| at.offset_from(controller).is_some_and(|at| at < size);
            let refs = self.globals_of("runtime.gcControllerCommit").into_iter();
            let after = refs.skip_while(|at| !in_controller(*at));
            let mut outside = after.filter(|at| !in_controller(*at) && at.is_aligned(4));
            outside.find(|at| is_phase(*at)).map(|at| Root {
                at,
                by: Method::Code,
            })
        })
    }

    /// Each entry is empty, or has a tree whose root is a sudog of a goroutine.
    fn is_semaphores(&self, fields: &SemTable, table: &Table) -> bool {
        let lock_and_count = fields
            .first_waiters
            .offset()
            .checked_sub(fields.first_tree.offset());
        let Some(to_count) = lock_and_count else {
            return false;
        };
        table.at.is_aligned(LINE)
            && table.trees().all(|at| {
                let tree = read_word::<Addr>(self.memory, at);
                let count = at.checked_add(u64::from(to_count));
                let count = count.and_then(|at| read_word::<u32>(self.memory, at).ok());
                // Who waits is counted first, and then queued.
                let counted = count.is_some_and(|count| count.cast_signed() >= 0);
                counted && tree.is_ok_and(|tree| tree.is_null() || self.is_of_a_goroutine(tree))
            })
    }

    fn is_of_a_goroutine(&self, sudog: Addr) -> bool {
        let g = self.fields.sudog.g.read(self.memory, sudog);
        // What waits has run, and so has its mark.
        sudog.is_aligned(8) && g.is_ok_and(|g| self.mark(g) == Some(g))
    }

    /// There is room for as many Ms as there are, and what is idle is an M or a P.
    fn is_sched(&self, at: Addr) -> bool {
        let fields = &self.fields.sched;
        let numbers = || {
            let made = fields.m_next.read(self.memory, at).ok()?;
            let freed = fields.m_freed.read(self.memory, at).ok()?;
            let idle = fields.idle_m_count.read(self.memory, at).ok()?;
            let most = fields.max_m.read(self.memory, at).ok()?;
            Some((made, freed, u64::from(idle), u64::from(most)))
        };
        let plausible = numbers().is_some_and(|(made, freed, idle, most)| {
            made > 0 && freed < made && idle <= made && made - freed <= most && most <= MAX_MS
        });
        let leads_to = |field: Option<Field<Addr>>, is: &dyn Fn(Addr) -> bool| {
            field.is_none_or(|field| {
                let first = field.read(self.memory, at);
                first.is_ok_and(|first| first.is_null() || is(first))
            })
        };
        at.is_aligned(8)
            && plausible
            && leads_to(fields.idle_m, &|m| self.is_m(m))
            && leads_to(fields.idle_p, &|p| self.is_p(p))
    }

    fn is_m(&self, m: Addr) -> bool {
        let g0 = self.fields.m.g0.read(self.memory, m);
        g0.is_ok_and(|g0| self.fields.g.m.read(self.memory, g0) == Ok(m))
    }

    fn is_p(&self, p: Addr) -> bool {
        let status = self.fields.p.status.read(self.memory, p);
        status.is_ok_and(|status| status <= MAX_P_STATUS)
    }

    /// It was set up, and has counted no more freed than allocated.
    fn is_gc_controller(&self, fields: &GcController, at: Addr) -> bool {
        let read = |field: Field<u64>| field.read(self.memory, at).ok();
        let is_setting = || {
            let percent = fields.gc_percent.read(self.memory, at).ok()?;
            let limit = fields.memory_limit.read(self.memory, at).ok()?;
            Some(percent.cast_signed() >= OFF && limit >= 0)
        };
        let is_heap = || {
            let sizes = [
                read(fields.heap_in_use)?,
                read(fields.heap_released)?,
                read(fields.heap_free)?,
                read(fields.mapped_ready)?,
                read(fields.heap_marked)?,
            ];
            let [in_use, .., mapped, _] = sizes;
            let (allocated, freed) = (read(fields.total_alloc)?, read(fields.total_free)?);
            let small = sizes.iter().all(|size| *size < MAX_BYTES);
            Some(small && in_use > 0 && mapped > 0 && freed <= allocated && allocated > 0)
        };
        at.is_aligned(8) && is_setting() == Some(true) && is_heap() == Some(true)
    }

    /// It counts no more collections than it knows of, and the newest pause is the last collection's.
    fn is_mem_stats(&self, fields: &MemStats, at: Addr) -> bool {
        let read = |field: Field<u64>| field.read(self.memory, at).ok();
        let is_counted = || {
            let number = fields.num_gc.read(self.memory, at).ok()?;
            let forced = fields.num_forced_gc.read(self.memory, at).ok()?;
            let last = read(fields.last_gc_unix)?;
            let ring = fields
                .pause_end
                .offset()
                .checked_sub(fields.pause_ns.offset())?
                / 8;
            let end = |number: u32| {
                let index = u64::from(number.checked_rem(ring)?);
                let at = fields.pause_end.addr_in(at)?.checked_add(index * 8)?;
                read_word::<u64>(self.memory, at).ok()
            };
            // While a collection ends, it is told of and not counted yet.
            let ends = [number.wrapping_sub(1), number].map(end);
            let is_newest = ends.contains(&Some(last));
            Some(forced <= number && is_newest && (last == 0 || last > SINCE))
        };
        let is_sized = || {
            let (spans, caches) = (read(fields.mspan_sys)?, read(fields.mcache_sys)?);
            let others = [read(fields.gc_misc_sys)?, read(fields.other_sys)?];
            let sane = others
                .iter()
                .chain([&spans, &caches])
                .all(|size| *size < MAX_BYTES);
            Some(sane && spans > 0 && caches > 0)
        };
        let enabled = fields.enable_gc.read(self.memory, at);
        at.is_aligned(8)
            && enabled.is_ok_and(|enabled| enabled <= 1)
            && is_counted() == Some(true)
            && is_sized() == Some(true)
    }

    /// As many collections were begun as have ended, or one more.
    fn is_work(&self, fields: &Work, at: Addr, ended: u32) -> bool {
        let is_it = || {
            let begun = fields.cycles.read(self.memory, at).ok()?;
            let mode = fields.mode.read(self.memory, at).ok()?;
            let forced = fields.user_forced.read(self.memory, at).ok()?;
            let procs = fields.stop_procs.read(self.memory, at).ok()?;
            let known = [0, 1, 2].contains(&begun.wrapping_sub(ended));
            Some(known && mode <= u64::from(MAX_PHASE) && forced <= 1 && procs <= MAX_PROCS)
        };
        at.is_aligned(8) && is_it() == Some(true)
    }
}

/// No clock is set to a moment before this, in ns since 1970: in 2001.
const SINCE: u64 = 1_000_000_000_000_000_000;
/// `maxmcount` is an int32.
const MAX_MS: u64 = 0x7fff_ffff;
/// `_Pdead`, the last of them.
const MAX_P_STATUS: u32 = 4;
/// GOGC=off.
const OFF: i32 = -1;
/// No machine has as many processors.
const MAX_PROCS: u32 = 1 << 20;
