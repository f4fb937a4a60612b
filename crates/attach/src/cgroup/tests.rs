//! Groups as files in a folder, of both versions and of the two side by side.

use super::place::{Controller, Root, find};
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

/// A folder that is a root and has the mounts, too.
fn at(root: &Path, is_checked: bool) -> Root {
    Root {
        top: root.to_path_buf(),
        mounts: PathBuf::new(),
        is_checked,
    }
}

/// The group of a process whose /proc/PID/cgroup has these lines.
fn group(lines: &str, roots: &[&Path]) -> Option<Cgroup> {
    let groups = ProcessCGroups::from_buf_read(lines.as_bytes()).unwrap().0;
    let roots: Vec<Root> = roots.iter().map(|root| at(root, false)).collect();
    read(&find(&groups, &roots, PID, &Controller::ALL))
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
        memory_files: None,
        memory_oom: Some(3),
        memory_oom_kills: Some(1),
        pids_current: Some(17),
        pids_max: None,
        frozen: None,
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

#[test]
fn a_frozen_group_of_either_version() {
    let version_1 = |state: &str| {
        let root = files(&[
            ("freezer/web/cgroup.procs", "4711\n"),
            ("freezer/web/freezer.state", state),
        ]);
        group("7:freezer:/web\n", &[root.path()]).unwrap().frozen
    };
    assert_eq!(version_1("FROZEN\n").as_deref(), Some("/web"));
    assert_eq!(version_1("FREEZING\n").as_deref(), Some("/web"));
    assert_eq!(version_1("THAWED\n"), None);
    let version_2 = |events: &str| {
        let root = files(&[
            ("pod/web/cgroup.procs", "4711\n"),
            ("pod/web/cgroup.events", events),
        ]);
        group("0::/pod/web\n", &[root.path()]).unwrap().frozen
    };
    let frozen = version_2("populated 1\nfrozen 1\n");
    assert_eq!(frozen.as_deref(), Some("/pod/web"));
    assert_eq!(version_2("populated 1\nfrozen 0\n"), None);
    assert_eq!(version_2(""), None);
}

#[test]
fn memory_of_files_is_apart() {
    let root = files(&[
        ("memory/web/cgroup.procs", "4711\n"),
        (
            "memory/web/memory.stat",
            "inactive_file 1\ntotal_inactive_file 300\ntotal_active_file 40\n",
        ),
        ("pod/web/cgroup.procs", "4711\n"),
        (
            "pod/web/memory.stat",
            "anon 9\ninactive_file 30\nactive_file 4\n",
        ),
    ]);
    let of = |lines: &str| group(lines, &[root.path()]).unwrap().memory_files;
    assert_eq!(of("3:memory:/web\n"), Some(340));
    assert_eq!(of("0::/pod/web\n"), Some(34));
}

#[test]
fn what_a_target_planted_is_neither_opened_nor_believed() {
    let planted = files(&[("memory/group/cgroup.procs", "4711\n")]);
    let groups = ProcessCGroups::from_buf_read(&b"3:memory:/group\n"[..])
        .unwrap()
        .0;
    let found = |is_checked| {
        find(
            &groups,
            &[at(planted.path(), is_checked)],
            PID,
            &Controller::ALL,
        )
        .len()
    };
    assert_eq!(found(false), 1);
    assert_eq!(found(true), 0);
    // Whoever opened or read one of these would wait for ever, or be out of memory.
    let procs = planted.path().join("memory/group/cgroup.procs");
    std::fs::remove_file(&procs).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &procs).unwrap();
    assert_eq!(found(false), 0);
    std::fs::remove_file(&procs).unwrap();
    let kind = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, &procs, kind, rustix::fs::Mode::RUSR, 0).unwrap();
    assert_eq!(found(false), 0);
}
