//! What a diagnosis of a live process reads: what was captured first, else what the process has now.

use super::{Bulk, Deep, Ground, Sleepers, Surroundings, diagnose};
use crate::find::Found;
use crate::pages::Pages;
use crate::report::Report;
use gopeek_attach::again::Watched;
use gopeek_attach::capture::copy_running;
use gopeek_attach::{Pid, Process, Snapshot};
use gopeek_layout::mem::Layered;
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::watch::Records;
use gopeek_layout::{Addr, Limits, Memory, Span, Unreadable};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::OnceCell;
use std::thread;
use std::time::{Duration, Instant};

/// What has not moved for so long is not in the middle of something short.
const MOMENT: Duration = Duration::from_millis(50);

/// A GC marks the record of each goroutine while it scans its stack, which is over by then.
const SCAN: Duration = Duration::from_millis(2);
/// Maximum number of looks at records that have changed, to tell goroutines that have moved from those that a GC scans.
const SCANS: usize = 2;

/// A disk under load takes so long to answer, and a thread of a container whose share of the CPU is used up to go on.
const PATIENCE: Duration = Duration::from_millis(500);

/// A process, and what was captured of it.
#[derive(Copy, Clone)]
pub(crate) struct Live<'a> {
    pub(crate) process: &'a Process,
    pub(crate) captured: &'a Snapshot,
}

impl Bulk for Live<'_> {
    fn with(&self, spans: Vec<Span>, each: &mut dyn FnMut(usize, &[u8])) {
        drop(self.look_up(&spans, each));
    }
}

/// What was captured, and nothing else.
impl Bulk for Snapshot {
    fn with(&self, spans: Vec<Span>, each: &mut dyn FnMut(usize, &[u8])) {
        for (index, span) in spans.iter().enumerate() {
            if let Some(bytes) = self.slice(*span) {
                each(index, bytes);
            }
        }
    }
}

/// What was read before it was asked for.
#[derive(Default)]
pub(crate) struct Ahead(OnceCell<Snapshot>);

impl Ahead {
    pub(crate) fn fill(&self, read: Snapshot) {
        // Twice is not asked for.
        let _ = self.0.set(read);
    }

    /// What that was.
    pub(crate) fn into_inner(self) -> Option<Snapshot> {
        self.0.into_inner()
    }
}

impl Memory for &Ahead {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        let unreadable = Unreadable { at, len: buf.len() };
        self.0.get().ok_or(unreadable)?.read(at, buf)
    }
}

impl Live<'_> {
    /// What was not captured of spans, as the process has it now.
    pub(crate) fn missing(&self, spans: &[Span]) -> Snapshot {
        let missing = spans.iter().copied();
        let missing = missing.filter(|span| self.captured.slice(*span).is_none());
        copy_running(self.process, missing.collect())
    }

    /// As [`Bulk::with`]; returns what had not been captured.
    pub(crate) fn look_up(&self, spans: &[Span], each: &mut dyn FnMut(usize, &[u8])) -> Snapshot {
        let captured = spans.iter().map(|span| self.captured.slice(*span));
        let captured: Vec<Option<&[u8]>> = captured.collect();
        let missing = spans.iter().zip(&captured);
        let missing = missing.filter(|(_, bytes)| bytes.is_none());
        let read = copy_running(self.process, missing.map(|(span, _)| *span).collect());
        for (index, (span, bytes)) in spans.iter().zip(captured).enumerate() {
            if let Some(bytes) = bytes.or_else(|| read.slice(*span)) {
                each(index, bytes);
            }
        }
        read
    }

    /// Completes a report of the process, which runs again. `moved` says which of its gs have moved since.
    pub(crate) fn diagnose(
        &self,
        report: &mut Report,
        found: &Found<'_>,
        moved: &dyn Fn() -> FxHashSet<u64>,
        deep: Option<Deep>,
    ) {
        // What is looked up is small, of thousands, and lies side by side, if not all is known ahead.
        let ahead = Ahead::default();
        let memory = Layered {
            over: self.captured,
            under: Layered {
                over: &ahead,
                under: Pages::new(Layered {
                    over: ReadOnly(&found.modules),
                    under: self.process,
                }),
            },
        };
        let ground = Ground {
            found,
            memory: &memory,
            fresh: &Layered {
                over: ReadOnly(&found.modules),
                under: self.process,
            },
            bytes: self,
            ahead: &|spans| ahead.fill(self.missing(&spans)),
            limits: Limits::default(),
            now: self.process.monotonic_now(),
            moved,
            deep,
            woke: &|sleepers, watched| Some(self.woke(sleepers, watched)),
        };
        let surroundings = Surroundings {
            descriptors: self.process.descriptors(),
            peers: &|descriptors| self.process.peers(descriptors),
        };
        diagnose(report, &ground, &surroundings);
    }

    /// Which of these threads have done something since this was called. Those that sleep briefly are waited for until they do,
    /// or long enough.
    fn woke(&self, sleepers: &Sleepers, watched: &mut dyn FnMut()) -> FxHashSet<i32> {
        let look = |tids: &[i32]| -> FxHashMap<i32, _> {
            let each = tids.iter();
            each.map(|tid| (*tid, self.process.switches(Pid::from_raw(*tid))))
                .collect()
        };
        let all = [&sleepers.briefly[..], &sleepers.at_will].concat();
        if all.is_empty() {
            return FxHashSet::default();
        }
        let before = look(&all);
        watched();
        let sleep_on = |tids: &[i32]| {
            let now = look(tids);
            now.iter().any(|(tid, it)| before.get(tid) == Some(it))
        };
        let until = Instant::now() + PATIENCE;
        thread::sleep(MOMENT);
        while sleep_on(&sleepers.briefly) && Instant::now() < until {
            thread::sleep(MOMENT);
        }
        let after = look(&all).into_iter();
        let woke = after.filter(|(tid, it)| it.is_none() || before.get(tid) != Some(it));
        woke.map(|(tid, _)| tid).collect()
    }

    /// Which of the gs have changed since they were looked at last: in the capture, or before that, when each had its key. What
    /// does not stand still has no key, and is left out.
    pub(crate) fn moved(
        &self,
        records: &dyn Records,
        gs: &[Addr],
        keys: &[Option<u64>],
        since: Instant,
    ) -> FxHashSet<u64> {
        thread::sleep(MOMENT.saturating_sub(since.elapsed()));
        let size = records.size() as u64;
        let keys =
            gs.iter()
                .zip(keys)
                .map(|(g, key)| match self.captured.slice(Span::new(*g, size)) {
                    Some(record) => records.is_still(record).then(|| records.key(record)),
                    None => *key,
                });
        let keys: Vec<Option<u64>> = keys.collect();
        let again = Watched::new(records, gs, keys.clone()).look(self.process);
        let of = |place: &usize| Some((*gs.get(*place)?, (*keys.get(*place)?)?));
        let mut changed: Vec<(Addr, u64)> = again.changed.iter().filter_map(of).collect();
        for _ in 0..SCANS {
            if changed.is_empty() {
                break;
            }
            thread::sleep(SCAN);
            let (gs, keys): (Vec<Addr>, Vec<u64>) = changed.iter().copied().unzip();
            let keys = keys.into_iter().map(Some).collect();
            let again = Watched::new(records, &gs, keys).look(self.process);
            let still = again.changed.iter();
            changed = still
                .filter_map(|place| changed.get(*place).copied())
                .collect();
        }
        changed.into_iter().map(|(g, _)| g.get()).collect()
    }
}
