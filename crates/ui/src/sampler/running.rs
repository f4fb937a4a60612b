//! Where goroutines are that run: their threads know, which are stopped for that, for a moment.

use super::maker::Maker;
use crate::assemble::Scene;
use crate::options::Options;
use crate::take::Capture;
use crate::threads;
use gopeek_attach::capture::{PauseLimits, capture};
use gopeek_attach::{AttachError, Process};
use gopeek_layout::registers::Registers;
use gopeek_layout::sched;
use gopeek_layout::{Addr, Span};
use std::collections::HashMap;
use std::time::Duration;

/// What is needed to stop the target.
#[derive(Copy, Clone)]
pub(super) struct Stopping<'a, 'd> {
    pub(super) process: &'a Process,
    pub(super) scene: Scene<'a, 'd>,
    pub(super) options: &'a Options,
}

impl Maker<'_, '_> {
    /// Stops the target, and makes rows of the goroutines at these places that run then. Says for how long it stood.
    pub(super) fn see_running(
        &mut self,
        stopping: Stopping<'_, '_>,
        gs: &[Addr],
        places: &[usize],
    ) -> Result<Duration, AttachError> {
        let Stopping {
            process,
            scene,
            options,
        } = stopping;
        let look = Capture {
            process,
            scene,
            options,
            seen: &[],
            gs,
            turns: None,
            at_last: None,
        };
        let mut waves = look.waves(gs.len());
        waves.plan.add(&look.at(places));
        let limits = PauseLimits::within(options.pause_limit);
        let captured = capture(process, limits, &[], None, |held| {
            look.next(&mut waves, held, None)
        })?;
        let (snapshot, layout) = (&captured.snapshot, &scene.found.layout);
        let ms = sched::ms(snapshot, &layout.fields, &scene.found.roots, &scene.limits);
        // Asked for once: each is a look into /proc.
        let standing = captured.standing.iter();
        let registers: HashMap<u64, Registers> = standing
            .map(|it| (process.inner_tid(it.tid), it.registers))
            .collect();
        let size = layout.fields.g.size.into();
        for place in places {
            let g = gs.get(*place).copied().unwrap_or(Addr::NULL);
            let Some(record) = snapshot.slice(Span::new(g, size)) else {
                continue;
            };
            let Some(goroutine) = self.decode(g, record) else {
                continue;
            };
            let m = ms.iter().find(|m| m.addr == goroutine.m);
            let thread = m.and_then(|m| {
                threads::on_thread(m, |inner_tid| registers.get(&inner_tid).copied())
            });
            let row = self.row(&goroutine);
            let row = self.with_stack(row, &goroutine, snapshot, thread.as_ref());
            self.put(*place, row);
        }
        Ok(captured.pause.map_or(Duration::ZERO, |pause| pause.lasted))
    }
}
