//! Services that Debian ships: with nothing wrong, no look may raise an alarm.

mod load;
mod running;
mod table;

use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context, Result};

use super::{judge, look, tally::Tally};
use crate::{apt, repo};
use load::Load;
use running::Running;
use table::{Daemon, TABLE};

/// Time after which waits count.
const AGE: Duration = Duration::from_secs(65);

/// Looks at each service, `looks` times while it is idle and as often under load.
pub(super) fn run(looks: usize, tally: &mut Tally) {
    let mut running = Vec::new();
    for daemon in TABLE {
        let folder = repo::target().join("outages/daemons").join(daemon.package);
        if let Err(error) = unpack(daemon, &folder) {
            tally.skip(daemon.package, &error);
            continue;
        }
        match Running::start(daemon, &folder) {
            Ok(it) => running.push((it, Instant::now() + AGE, folder)),
            Err(error) => tally.add(daemon.package, Err(error)),
        }
    }
    for (it, due, folder) in running {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let name = it.daemon.package;
        tally.add(&format!("{name} idle"), several(&it, looks, &folder));
        let loaded = Load::start(&it).and_then(|load| {
            let wrong = several(&it, looks, &folder)?;
            load.end()?;
            Ok(wrong)
        });
        tally.add(&format!("{name} under load"), loaded);
    }
}

/// Unpacks the package beside everything else that xtask makes; nothing is installed.
fn unpack(daemon: &Daemon, folder: &Path) -> Result<()> {
    if folder.join(daemon.exe).exists() {
        return Ok(());
    }
    fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    apt::unpack(daemon.package, folder)
}

fn several(it: &Running, looks: usize, folder: &Path) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for _ in 0..looks {
        let (said, code) = look::report(it.pid(), &folder.join("gopeek.json"))?;
        if code != 0 {
            wrong.push(format!("exit code {code}"));
        }
        let alarms = judge::alarms(&said);
        wrong.extend(alarms.map(|it| format!("{} {}: {}", it.weight, it.what, it.text)));
    }
    Ok(wrong)
}
