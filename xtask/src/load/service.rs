//! The server and what loads it: two programs, started, asked and ended.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::cell::{HAMMER, STRIPPED, WEB, build};
use crate::repo;
use crate::target::Target;
use crate::toolchain::Toolchain;

const LIMIT: Duration = Duration::from_secs(60);
/// What the server does, one path for each.
const PATHS: [&str; 7] = [
    "alloc", "lock", "timer", "channel", "fan", "deep", "upstream",
];

/// Both, running.
pub(super) struct Service {
    pub(super) server: Target,
    pub(super) hammer: Target,
}

/// What became of the requests of a window, or of several.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Requests {
    #[serde(rename = "requests")]
    pub(super) sent: u64,
    pub(super) failed: u64,
    /// The first failure.
    pub(super) failure: String,
    /// New connections.
    pub(super) dials: u64,
    took_ns: u64,
    p50_ns: u64,
    p99_ns: u64,
    p999_ns: u64,
    longest_ns: u64,
}

impl Requests {
    pub(super) fn p50(&self) -> Duration {
        Duration::from_nanos(self.p50_ns)
    }

    pub(super) fn p99(&self) -> Duration {
        Duration::from_nanos(self.p99_ns)
    }

    pub(super) fn p999(&self) -> Duration {
        Duration::from_nanos(self.p999_ns)
    }

    pub(super) fn longest(&self) -> Duration {
        Duration::from_nanos(self.longest_ns)
    }

    pub(super) fn a_second(&self) -> u64 {
        let milliseconds = (self.took_ns / 1_000_000).max(1);
        self.sent * 1000 / milliseconds
    }
}

/// Who answers at the end.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Roll {
    /// Goroutines that live as long as the server.
    pub(super) staff: u64,
    /// Those of them that answered.
    pub(super) answered: u64,
    /// Requests that came.
    pub(super) begun: u64,
    /// Those of them that were answered.
    pub(super) ended: u64,
    /// All goroutines, when no request had come yet.
    pub(super) before: u64,
    /// And when the clients were gone.
    pub(super) after: u64,
}

impl fmt::Display for Roll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "roll call: {} of {} goroutines that live as long as the server answered; {} of {} requests ended; \
             {} goroutines before, {} after",
            self.answered, self.staff, self.ended, self.begun, self.before, self.after
        )
    }
}

impl Service {
    /// Builds and starts both.
    pub(super) fn start(go: &Toolchain, connections: u32) -> Result<Self> {
        let dir = repo::target().join("load");
        let web = build(go, &STRIPPED, &WEB)?;
        let hammer = build(go, &STRIPPED, &HAMMER)?;
        let mut server = Target::start(web.command(), &dir.join("server.txt"))?;
        let ready = server.line(LIMIT).context("the server")?;
        let address = ready.strip_prefix("ready ").context("no address")?;
        let mut command = hammer.command();
        command.arg("-connections").arg(connections.to_string());
        command.arg(address).args(PATHS);
        let mut hammer = Target::start(command, &dir.join("hammer.txt"))?;
        hammer.wait_until_ready(LIMIT).context("the load")?;
        Ok(Self { server, hammer })
    }

    /// Sends requests for so long; the name is what they are summed up under.
    pub(super) fn window(hammer: &mut Target, name: &str, length: Duration) -> Result<Requests> {
        let question = format!("window {name} {}", length.as_millis());
        hammer.ask_for(&question, length + LIMIT)
    }

    /// The figures of all windows of each name.
    pub(super) fn totals(
        &mut self,
        names: impl Iterator<Item = &'static str>,
    ) -> Result<Vec<Requests>> {
        let total = |name: &str| {
            let question = format!("total {name}");
            self.hammer.ask_for(&question, LIMIT)
        };
        names.map(total).collect()
    }

    /// Closes the connections, calls the roll, and has both end in peace.
    pub(super) fn rollcall(mut self) -> Result<Roll> {
        self.hammer.ask("close", LIMIT)?;
        let roll = self.server.ask_for("rollcall", LIMIT)?;
        self.hammer.end(LIMIT).context("the load")?;
        self.server.end(LIMIT).context("the server")?;
        Ok(roll)
    }
}
