//! A process put into control groups that this test makes, where it may; else in those that it is in.

use crate::target::Target;
use gopeek_attach::cgroup::CpuMax;
use std::fs;
use std::path::PathBuf;

/// Groups of one name, one for each controller or one for all, gone with this.
struct Groups(Vec<PathBuf>);

impl Groups {
    /// Makes them; nothing where the kernel or our rights do not allow it.
    fn make() -> Option<Groups> {
        let root = PathBuf::from("/sys/fs/cgroup");
        let name = format!("gopeek-test-{}", std::process::id());
        let is_unified = root.join("cgroup.controllers").exists();
        let hierarchies: &[&str] = if is_unified {
            &[""]
        } else {
            &["cpu", "memory", "pids"]
        };
        let mut made = Groups(Vec::new());
        for hierarchy in hierarchies {
            let folder = root.join(hierarchy).join(&name);
            fs::create_dir(&folder).ok()?;
            made.0.push(folder);
        }
        Some(made)
    }

    /// Writes to the first of such files that one of the groups has.
    fn set(&self, files: &[(&str, &str)]) -> Option<()> {
        let all = self
            .0
            .iter()
            .flat_map(|folder| files.iter().map(move |file| (folder, file)));
        let mut there = all.map(|(folder, (name, text))| (folder.join(name), text));
        let (path, text) = there.find(|(path, _)| path.exists())?;
        fs::write(path, text).ok()
    }

    fn limit(&self) -> Option<()> {
        self.set(&[("cpu.max", "70000 100000"), ("cpu.cfs_quota_us", "70000")])?;
        self.set(&[
            ("memory.max", "268435456"),
            ("memory.limit_in_bytes", "268435456"),
        ])?;
        self.set(&[("pids.max", "77")])
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        for folder in &self.0 {
            let _ = fs::remove_dir(folder);
        }
    }
}

#[test]
fn limits_and_use_are_those_of_the_processs_own_group() {
    let Some(groups) = Groups::make().filter(|groups| groups.limit().is_some()) else {
        eprintln!("skipped: no control group with limits can be made here");
        return;
    };
    let mut target = Target::cat();
    let pid = target.pid().to_string();
    for folder in &groups.0 {
        fs::write(folder.join("cgroup.procs"), &pid).unwrap();
    }
    let found = target.open().cgroup().expect("a control group");
    assert!(found.path.contains("gopeek-test-"), "{found:?}");
    let cpu_max = CpuMax {
        quota_usec: 70_000,
        period_usec: 100_000,
    };
    assert_eq!(found.cpu_max, Some(cpu_max));
    assert_eq!(found.throttled_periods, Some(0));
    assert_eq!(found.memory_max, Some(256 << 20));
    assert!(found.memory_current.is_some_and(|bytes| bytes < 256 << 20));
    assert_eq!(found.memory_oom_kills, Some(0));
    assert_eq!((found.pids_current, found.pids_max), (Some(1), Some(77)));
    // An empty group can be removed.
    target.reap();
}
