//! A target whose control group is frozen, as by `docker pause`: it is read, and that it is frozen is told.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::outcome::Outcome;
use super::stage::Stage;
use super::victim::Victim;
use crate::condition::until;

/// Where distributions mount the freezer of version 1, and version 2 alone or beside version 1.
const FREEZERS: [&str; 3] = [
    "/sys/fs/cgroup/freezer",
    "/sys/fs/cgroup",
    "/sys/fs/cgroup/unified",
];

/// A control group that is thawed and removed when this is dropped.
struct Group {
    folder: PathBuf,
    /// Where processes go that leave it.
    parent: PathBuf,
    pid: u32,
}

impl Group {
    /// One that has the process; nothing where none can be made here.
    fn of(pid: u32) -> Option<Self> {
        let made = |root: &&str| {
            let parent = PathBuf::from(root);
            let folder = parent.join(format!("gopeek-hostile-{pid}"));
            fs::create_dir(&folder).ok()?;
            let group = Self {
                folder,
                parent,
                pid,
            };
            let has_freezer = group.switch().is_some();
            let joins = has_freezer && group.admit(&group.folder).is_ok();
            joins.then_some(group)
        };
        FREEZERS.iter().find_map(made)
    }

    fn admit(&self, folder: &Path) -> std::io::Result<()> {
        fs::write(folder.join("cgroup.procs"), self.pid.to_string())
    }

    /// What freezes it, with the words for that and for the opposite.
    fn switch(&self) -> Option<(PathBuf, [&'static str; 2])> {
        let switches = [
            ("freezer.state", ["FROZEN", "THAWED"]),
            ("cgroup.freeze", ["1", "0"]),
        ];
        let mut switches = switches
            .map(|(file, words)| (self.folder.join(file), words))
            .into_iter();
        switches.find(|(file, _)| file.exists())
    }

    fn set(&self, frozen: bool) -> Result<()> {
        let (file, [freeze, thaw]) = self.switch().context("no freezer")?;
        fs::write(&file, if frozen { freeze } else { thaw })
            .with_context(|| format!("write {}", file.display()))
    }

    fn is_frozen(&self) -> bool {
        let says = |file: &str, word: &str| {
            let text = fs::read_to_string(self.folder.join(file));
            text.is_ok_and(|text| text.lines().any(|line| line == word))
        };
        says("freezer.state", "FROZEN") || says("cgroup.events", "frozen 1")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = self.set(false);
        let _ = self.admit(&self.parent);
        let _ = fs::remove_dir(&self.folder);
    }
}

/// It is read, and goes on once it is thawed.
pub(super) fn frozen(stage: &Stage) -> Result<Outcome> {
    let victim = Victim::start(stage, &[])?;
    let Some(group) = Group::of(victim.pid) else {
        victim.end()?;
        return Ok(Outcome::Skipped(
            "no control group can be made here".to_owned(),
        ));
    };
    group.set(true)?;
    until("frozen", || Ok(group.is_frozen()))?;
    let seen = victim.look_in_a_hurry()?;
    victim.is_shown_whole(&seen)?;
    let told = victim.look(&["--json"])?.findings()?;
    let first = told.first().context("nothing is told")?;
    first.is("stopped", "stuck")?;
    let kernel = told.iter().find(|it| it.is("kernel", "suspicious").is_ok());
    ensure!(
        kernel.is_none(),
        "its threads are said to sleep in the kernel: {kernel:?}"
    );
    ensure!(group.is_frozen(), "it does not stay frozen");
    group.set(false)?;
    until("thawed", || Ok(!group.is_frozen()))?;
    drop(group);
    victim.goes_on()?;
    Ok(Outcome::Passed("read, and left frozen".to_owned()))
}
