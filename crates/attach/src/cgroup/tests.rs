//! Groups as files in a folder, of both versions and of the two side by side.

use super::place::find;
use super::{Cgroup, CpuMax, read};
use procfs::{FromBufRead, ProcessCGroups};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const PID: i32 = 4711;

/// A file system with such files.
fn files(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    root
}

/// The group of a process whose /proc/PID/cgroup has these lines.
fn group(lines: &str, roots: &[&Path]) -> Option<Cgroup> {
    let groups = ProcessCGroups::from_buf_read(lines.as_bytes()).unwrap().0;
    let roots: Vec<PathBuf> = roots.iter().map(|root| root.to_path_buf()).collect();
    read(&find(&groups, &roots, PID))
}

const VERSION_2: [(&str, &str); 8] = [
    ("pod/web/cgroup.procs", "1\n4711\n"),
    ("pod/web/cpu.max", "150000 100000\n"),
    (
        "pod/web/cpu.stat",
        "usage_usec 5\nnr_periods 100\nnr_throttled 42\nthrottled_usec 1234567\n",
    ),
    ("pod/web/memory.current", "1048576\n"),
    ("pod/web/memory.max", "2097152\n"),
    (
        "pod/web/memory.events",
        "low 0\nhigh 0\nmax 9\noom 3\noom_kill 1\n",
    ),
    ("pod/web/pids.current", "17\n"),
    ("pod/web/pids.max", "max\n"),
];

fn web(path: &str) -> Cgroup {
    Cgroup {
        path: path.to_owned(),
        cpu_max: Some(CpuMax {
            quota_usec: 150_000,
            period_usec: 100_000,
        }),
        periods: Some(100),
        throttled_periods: Some(42),
        throttled_usec: Some(1_234_567),
        memory_current: Some(1 << 20),
        memory_max: Some(2 << 20),
        memory_oom: Some(3),
        memory_oom_kills: Some(1),
        pids_current: Some(17),
        pids_max: None,
    }
}

#[test]
fn a_group_of_version_2() {
    let ours = files(&VERSION_2);
    let found = group("0::/pod/web\n", &[ours.path()]);
    assert_eq!(found, Some(web("/pod/web")));
    let json = serde_json::to_string(&found).unwrap();
    assert_eq!(
        serde_json::from_str::<Option<Cgroup>>(&json).unwrap(),
        found
    );
}

#[test]
fn a_group_that_only_the_process_has_mounted() {
    let (ours, its) = (files(&[("cgroup.procs", "1\n2\n")]), files(&VERSION_2));
    let its = its.path().join("pod/web");
    // From a container beside it: the path leads out of ours, and its own mount begins with its group.
    let found = group("0::/../web\n", &[ours.path(), &its]);
    assert_eq!(found, Some(web("/../web")));
}

#[test]
fn another_group_of_the_same_path_is_not_believed() {
    let ours = files(&[
        ("pod/web/cgroup.procs", "1\n47110\n"),
        ("pod/web/memory.current", "5\n"),
    ]);
    assert_eq!(group("0::/pod/web\n", &[ours.path()]), None);
}

#[test]
fn groups_of_version_1_have_a_path_for_each_controller() {
    let ours = files(&[
        ("cpu,cpuacct/a/cgroup.procs", "4711\n"),
        ("cpu,cpuacct/a/cpu.cfs_quota_us", "50000\n"),
        ("cpu,cpuacct/a/cpu.cfs_period_us", "100000\n"),
        (
            "cpu,cpuacct/a/cpu.stat",
            "nr_periods 7\nnr_throttled 5\nthrottled_time 3000999\n",
        ),
        ("memory/b/cgroup.procs", "4711\n"),
        ("memory/b/memory.usage_in_bytes", "77\n"),
        ("memory/b/memory.limit_in_bytes", "9223372036854771712\n"),
        (
            "memory/b/memory.oom_control",
            "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
        ),
        ("unified/c/cgroup.procs", "4711\n"),
        ("unified/c/pids.current", "3\n"),
        ("unified/c/pids.max", "100\n"),
    ]);
    let lines = "5:memory:/b\n3:cpu,cpuacct:/a\n1:name=systemd:/d\n0::/c\n";
    let expected = Cgroup {
        path: "/b".to_owned(),
        cpu_max: Some(CpuMax {
            quota_usec: 50_000,
            period_usec: 100_000,
        }),
        periods: Some(7),
        throttled_periods: Some(5),
        throttled_usec: Some(3000),
        memory_current: Some(77),
        memory_oom_kills: Some(2),
        pids_current: Some(3),
        pids_max: Some(100),
        ..Cgroup::default()
    };
    assert_eq!(group(lines, &[ours.path()]), Some(expected));
}

#[test]
fn a_group_without_limits_has_none() {
    let ours = files(&[
        ("cgroup.procs", "4711\n"),
        ("cpu.max", "max 100000\n"),
        ("memory.max", "max\n"),
    ]);
    let expected = Cgroup {
        path: "/".to_owned(),
        ..Cgroup::default()
    };
    assert_eq!(group("0::/\n", &[ours.path()]), Some(expected));
}
