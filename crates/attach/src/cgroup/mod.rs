//! The control group that a process is in, and its figures that explain why it is slow.
//!
//! Of each group only what it says itself; groups above it may have limits of their own.

mod place;

use crate::process::Process;
use place::{Controller, Place, places};
use serde::{Deserialize, Serialize};

/// Memory limits of version 1 from here on are none: the kernel writes the largest multiple of a page.
const NO_LIMIT: u64 = 1 << 62;

/// A control group. What is missing was not limited, or could not be read.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Cgroup {
    /// Its path in the hierarchy, as seen from gopeek's own control group namespace.
    pub path: String,
    /// How much of the CPUs it may use.
    pub cpu_max: Option<CpuMax>,
    /// In how many periods anything of it wanted to run.
    pub periods: Option<u64>,
    /// In how many of them it had used up its share, and stood still.
    pub throttled_periods: Option<u64>,
    /// For how long its threads stood still for that, in microseconds.
    pub throttled_usec: Option<u64>,
    /// Bytes of memory in use.
    pub memory_current: Option<u64>,
    /// Bytes of memory that it may use.
    pub memory_max: Option<u64>,
    /// Bytes of files among those in use, which the kernel can give up.
    pub memory_files: Option<u64>,
    /// How often it was at that limit and could not get below.
    pub memory_oom: Option<u64>,
    /// How many of its processes were killed for that.
    pub memory_oom_kills: Option<u64>,
    /// How many threads it has.
    pub pids_current: Option<u64>,
    /// How many it may have.
    pub pids_max: Option<u64>,
    /// Path of the group that is frozen, this one or one of another hierarchy; `None` where the process runs.
    pub frozen: Option<String>,
}

/// So much time of one CPU in each period, both in microseconds.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CpuMax {
    /// The time.
    pub quota_usec: u64,
    /// The period.
    pub period_usec: u64,
}

impl Process {
    /// Its control group; nothing where it is in none that can be read.
    #[must_use]
    pub fn cgroup(&self) -> Option<Cgroup> {
        read(&places(self, &Controller::ALL)?)
    }

    /// How much of the CPUs its control group may use.
    pub(crate) fn cpu_max(&self) -> Option<CpuMax> {
        read(&places(self, &[Controller::Cpu])?)?.cpu_max
    }
}

fn read(places: &[Place]) -> Option<Cgroup> {
    let path = places.first()?.path.clone();
    let mut found = Cgroup {
        path,
        ..Cgroup::default()
    };
    for place in places {
        match (place.controller, place.is_unified) {
            (Controller::Cpu, true) => found.read_cpu(place),
            (Controller::Cpu, false) => found.read_cpu_v1(place),
            (Controller::Memory, true) => found.read_memory(place),
            (Controller::Memory, false) => found.read_memory_v1(place),
            (Controller::Pids, _) => {
                found.pids_current = place.number("pids.current");
                found.pids_max = place.number("pids.max");
            }
            // Version 2 has no freezer as a controller, but one in the core, which a process of version 1 may be under, too.
            (Controller::Freezer, false) => {
                let state = place.text("freezer.state");
                found.read_freezer(place, state.is_some_and(|state| state.trim() != "THAWED"));
            }
            (Controller::Core, true) => {
                found.read_freezer(place, place.field("cgroup.events", "frozen") == Some(1));
            }
            (Controller::Freezer, true) | (Controller::Core, false) => {}
        }
    }
    Some(found)
}

impl Cgroup {
    fn read_freezer(&mut self, place: &Place, is_frozen: bool) {
        if is_frozen {
            self.frozen = Some(place.path.clone());
        }
    }
}

/// Pages of files that lie in memory, which the kernel gives up where it needs memory.
const FILES: [&str; 2] = ["inactive_file", "active_file"];

/// Files of version 2 (admin-guide/cgroup-v2).
impl Cgroup {
    fn read_cpu(&mut self, place: &Place) {
        self.cpu_max = place.text("cpu.max").and_then(|text| {
            let (quota, period) = text.trim().split_once(' ')?;
            Some(CpuMax {
                quota_usec: quota.parse().ok()?,
                period_usec: period.parse().ok()?,
            })
        });
        self.periods = place.field("cpu.stat", "nr_periods");
        self.throttled_periods = place.field("cpu.stat", "nr_throttled");
        self.throttled_usec = place.field("cpu.stat", "throttled_usec");
    }

    fn read_memory(&mut self, place: &Place) {
        self.memory_current = place.number("memory.current");
        self.memory_max = place.number("memory.max");
        self.memory_files = files(|key| place.field("memory.stat", key));
        self.memory_oom = place.field("memory.events", "oom");
        self.memory_oom_kills = place.field("memory.events", "oom_kill");
    }
}

/// Files of version 1 (admin-guide/cgroup-v1, scheduler/sched-bwc).
impl Cgroup {
    fn read_cpu_v1(&mut self, place: &Place) {
        // A quota of -1 is none.
        let quota = place.number("cpu.cfs_quota_us");
        let period = place.number("cpu.cfs_period_us");
        self.cpu_max = quota.zip(period).map(|(quota_usec, period_usec)| CpuMax {
            quota_usec,
            period_usec,
        });
        self.periods = place.field("cpu.stat", "nr_periods");
        self.throttled_periods = place.field("cpu.stat", "nr_throttled");
        let nanoseconds = place.field("cpu.stat", "throttled_time");
        self.throttled_usec = nanoseconds.map(|nanoseconds| nanoseconds / 1000);
    }

    fn read_memory_v1(&mut self, place: &Place) {
        self.memory_current = place.number("memory.usage_in_bytes");
        let limit = place.number("memory.limit_in_bytes");
        self.memory_max = limit.filter(|limit| *limit < NO_LIMIT);
        // With all groups below it.
        self.memory_files = files(|key| place.field("memory.stat", &format!("total_{key}")));
        self.memory_oom_kills = place.field("memory.oom_control", "oom_kill");
    }
}

/// The sum of these fields.
fn files(field: impl Fn(&str) -> Option<u64>) -> Option<u64> {
    let [inactive, active] = FILES.map(field);
    inactive?.checked_add(active?)
}

#[cfg(test)]
mod tests;
