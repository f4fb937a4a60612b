//! `cargo xtask load`: a loaded HTTP server is looked at ten times a second; what do its clients notice?

mod sampler;
mod service;
mod tell;
mod windows;

use std::time::Duration;

use anyhow::{Result, bail};

use crate::{look, run, toolchain};
use service::Service;
use windows::{Watched, Windows};

/// How much load.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// For how long gopeek looks in each way, and for how long it does not.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How many connections send requests.
    #[arg(long, default_value_t = 64)]
    connections: u32,
    /// How often gopeek looks in a second.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

impl Args {
    /// A short one, for continuous integration.
    pub(crate) fn short() -> Self {
        Self {
            seconds: 6,
            connections: 64,
            rate: 10,
            no_path_go: false,
        }
    }

    /// Windows are long enough to have a 99.9th percentile, and as many as tell what differs from one to the next.
    fn window(&self) -> Duration {
        Duration::from_secs((self.seconds / 12).clamp(2, 5))
    }
}

/// Runs the verb.
///
/// # Errors
/// When a request fails, a connection breaks, a goroutine is lost, or gopeek fails. Never for being slow.
pub(crate) fn run(args: &Args) -> Result<()> {
    run::build_gopeek()?;
    let go = toolchain::newest(!args.no_path_go)?;
    let mut service = Service::start(&go, args.connections)?;
    // What is there only once (connections, caches, the first look at memory) is not to be measured.
    Service::window(&mut service.hammer, "warmup", args.window())?;

    let ways = look::ways()?.into_iter().map(Some);
    let mut watched: Vec<Watched> = [None].into_iter().chain(ways).map(Watched::by).collect();
    let windows = Windows {
        length: args.window(),
        interval: Duration::from_secs(1) / args.rate,
    };
    let rounds = args.seconds.div_ceil(args.window().as_secs()).max(1);
    for round in 0..rounds {
        eprintln!("round {} of {rounds}", round + 1);
        windows.round(&mut service, &mut watched)?;
        // So that none always comes after the same other.
        watched.rotate_left(1);
    }
    watched.sort_by_key(|it| it.way);
    let totals = service.totals(watched.iter().map(Watched::name))?;
    let roll = service.rollcall()?;
    print!(
        "{}",
        tell::report(&go.version.to_string(), &watched, &totals)
    );

    let wrong = tell::wrong(&watched, &totals, &roll);
    if !wrong.is_empty() {
        bail!("{}", wrong.join("; "));
    }
    println!("{roll}");
    Ok(())
}
