//! Windows of load: in turn without gopeek, and with it in each of its ways.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};

use super::sampler::{Samples, sample};
use super::service::{Requests, Service};
use crate::heartbeat::{self, Beat};
use crate::look::Way;

/// The windows in which gopeek looked in one way, or did not.
#[derive(Debug)]
pub(super) struct Watched {
    /// `None`: nobody looked.
    pub(super) way: Option<Way>,
    pub(super) windows: Vec<Requests>,
    pub(super) beats: Vec<Beat>,
    pub(super) samples: Samples,
}

impl Watched {
    pub(super) fn by(way: Option<Way>) -> Self {
        Self {
            way,
            windows: Vec::new(),
            beats: Vec::new(),
            samples: Samples::default(),
        }
    }

    /// What its requests are summed up under: one word.
    pub(super) fn name(&self) -> &'static str {
        match self.way {
            None => "without",
            Some(Way::Default) => "default",
            Some(Way::NoStop) => "no-stop",
        }
    }
}

/// How windows are made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows {
    pub(super) length: Duration,
    /// Between the beginnings of two looks.
    pub(super) interval: Duration,
}

impl Windows {
    /// One window for each.
    pub(super) fn round(&self, service: &mut Service, watched: &mut [Watched]) -> Result<()> {
        watched.iter_mut().try_for_each(|it| self.one(service, it))
    }

    fn one(&self, service: &mut Service, watched: &mut Watched) -> Result<()> {
        let pid = service.server.pid();
        let name = watched.name();
        let Service { server, hammer } = service;
        let (window, beat) = heartbeat::during(server, |_| {
            thread::scope(|scope| {
                // Dropped when the window ends, however it ends: that is what the sampler waits for.
                let (stop, until) = mpsc::channel::<()>();
                let interval = self.interval;
                let looking = watched
                    .way
                    .map(|way| scope.spawn(move || sample(pid, way, interval, &until)));
                let window = Service::window(hammer, name, self.length);
                drop(stop);
                if let Some(looking) = looking {
                    let samples = looking
                        .join()
                        .map_err(|_| anyhow!("the sampler panicked"))?;
                    watched.samples.add(samples);
                }
                window
            })
        })?;
        watched.windows.push(window);
        watched.beats.push(beat);
        Ok(())
    }
}
