//! Where the files of a process's control group are: by our own mounts, or by those that the process has.
//!
//! The kernel tells the group's path from the root of *our* control group namespace, which is no use where that is below
//! the group, or where the file system is not mounted here, as in a container that shares nothing but the pids. A folder
//! is believed when it lists the process.

use crate::open::below;
use crate::process::Process;
use procfs::ProcessCGroup;
use rustix::fs::fstatfs;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Where distributions mount control groups, and where a hybrid of both versions has version 2.
const ROOT: &str = "sys/fs/cgroup";
const UNIFIED: &str = "unified";

/// File systems of control groups, version 1 and 2, by their magic numbers (linux/magic.h).
const CGROUP_MAGIC: [u64; 2] = [0x0027_e0eb, 0x6367_7270];
/// Maximum number of bytes read of a file of a group, but for its list of processes.
const MAX_TEXT: u64 = 64 << 10;
/// Maximum number of bytes read of a group's list of processes.
const MAX_PROCESSES: u64 = 4 << 20;

/// Where hierarchies may be mounted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Root {
    /// The folder that links do not leave: ours, or a target's, which may have put anything there.
    pub(super) top: PathBuf,
    /// The mounts, below it.
    pub(super) mounts: PathBuf,
    /// Whether only a file system of control groups is believed.
    pub(super) is_checked: bool,
}

/// What of a group is looked at.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Controller {
    Cpu,
    Memory,
    Pids,
    Freezer,
    /// What every group of version 2 has.
    Core,
}

impl Controller {
    pub(super) const ALL: [Controller; 5] = [
        Controller::Memory,
        Controller::Cpu,
        Controller::Pids,
        Controller::Freezer,
        Controller::Core,
    ];

    fn name(self) -> &'static str {
        match self {
            Controller::Cpu => "cpu",
            Controller::Memory => "memory",
            Controller::Pids => "pids",
            Controller::Freezer => "freezer",
            Controller::Core => "cgroup",
        }
    }
}

/// The group of a process, for one controller.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) controller: Controller,
    /// Whether it is of version 2, which has one hierarchy for all controllers.
    pub(super) is_unified: bool,
    /// In the hierarchy.
    pub(super) path: String,
    root: Root,
    /// Below the root.
    folder: PathBuf,
}

/// Where the process is, for each controller for which that can be found out.
pub(super) fn places(process: &Process, controllers: &[Controller]) -> Option<Vec<Place>> {
    let groups = process.living().ok()?.cgroups().ok()?.0;
    let roots = [PathBuf::from("/"), process.folder().join("root")].map(|top| Root {
        top,
        mounts: PathBuf::from(ROOT),
        is_checked: true,
    });
    Some(find(&groups, &roots, process.pid().as_raw(), controllers))
}

/// The groups of the process `pid`, by hierarchies that are mounted below one of `roots`.
pub(super) fn find(
    groups: &[ProcessCGroup],
    roots: &[Root],
    pid: i32,
    controllers: &[Controller],
) -> Vec<Place> {
    let find = |controller: &Controller| {
        let controller = *controller;
        let name = controller.name();
        let own = groups
            .iter()
            .find(|group| group.controllers.iter().any(|one| one == name));
        // Version 2 has what version 1 was not given.
        let group = own.or_else(|| groups.iter().find(|group| group.hierarchy == 0))?;
        let is_unified = own.is_none();
        let mounts = if is_unified {
            [String::new(), UNIFIED.to_owned()]
        } else {
            [name.to_owned(), group.controllers.join(",")]
        };
        let folders = roots
            .iter()
            .flat_map(|root| {
                mounts
                    .iter()
                    .map(move |mount| (root, root.mounts.join(mount)))
            })
            .flat_map(|(root, mount)| {
                let group = within(&mount, &group.pathname);
                [group.map(|group| (root, group)), Some((root, mount))]
            });
        let (root, folder) = folders
            .flatten()
            .find(|(root, folder)| lists(root, folder, pid))?;
        Some(Place {
            controller,
            is_unified,
            path: group.pathname.clone(),
            root: root.clone(),
            folder,
        })
    };
    controllers.iter().filter_map(find).collect()
}

/// The group's folder, where it lies below the mount.
fn within(mount: &Path, path: &str) -> Option<PathBuf> {
    let below = path.strip_prefix('/')?;
    let leaves = below.split('/').any(|part| part == "..");
    (!leaves).then(|| mount.join(below))
}

/// Whether the group in `folder` has the process, whose number the kernel gives in our pid namespace.
fn lists(root: &Root, folder: &Path, pid: i32) -> bool {
    let processes = root.text(&folder.join("cgroup.procs"), MAX_PROCESSES);
    processes.is_some_and(|text| text.lines().any(|line| line.parse() == Ok(pid)))
}

impl Root {
    /// What a file below it says; nothing where something else than a file of a group lies there.
    fn text(&self, path: &Path, limit: u64) -> Option<String> {
        let file = below(&self.top, path).ok()?;
        if self.is_checked && !is_of_groups(&file) {
            return None;
        }
        let mut text = String::new();
        file.take(limit).read_to_string(&mut text).ok()?;
        Some(text)
    }
}

/// Whether a file is the kernel's: one of a file system in user space could make us wait for ever.
fn is_of_groups(file: &File) -> bool {
    let kind = fstatfs(file)
        .ok()
        .and_then(|of| u64::try_from(of.f_type).ok());
    kind.is_some_and(|kind| CGROUP_MAGIC.contains(&kind))
}

impl Place {
    /// What a file of the group says.
    pub(super) fn text(&self, file: &str) -> Option<String> {
        self.root.text(&self.folder.join(file), MAX_TEXT)
    }

    /// A file with one number; nothing for `max`, -1 and what is no number.
    pub(super) fn number(&self, file: &str) -> Option<u64> {
        self.text(file)?.trim().parse().ok()
    }

    /// The number behind `key` in a file of such lines.
    pub(super) fn field(&self, file: &str, key: &str) -> Option<u64> {
        let text = self.text(file)?;
        let mut pairs = text.lines().filter_map(|line| line.split_once(' '));
        let (_, value) = pairs.find(|(name, _)| *name == key)?;
        value.trim().parse().ok()
    }
}
