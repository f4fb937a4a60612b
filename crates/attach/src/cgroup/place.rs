//! Where the files of a process's control group are: by our own mounts, or by those that the process has.
//!
//! The kernel tells the group's path from the root of *our* control group namespace, which is no use where that is below
//! the group, or where the file system is not mounted here, as in a container that shares nothing but the pids. A folder
//! is believed when it lists the process.

use crate::process::Process;
use procfs::ProcessCGroup;
use std::path::{Path, PathBuf};

/// Where distributions mount control groups, and where a hybrid of both versions has version 2.
const ROOT: &str = "sys/fs/cgroup";
const UNIFIED: &str = "unified";

/// What of a group is looked at.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Controller {
    Cpu,
    Memory,
    Pids,
}

impl Controller {
    const ALL: [Controller; 3] = [Controller::Memory, Controller::Cpu, Controller::Pids];

    fn name(self) -> &'static str {
        match self {
            Controller::Cpu => "cpu",
            Controller::Memory => "memory",
            Controller::Pids => "pids",
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
    folder: PathBuf,
}

/// Where the process is, for each controller for which that can be found out.
pub(super) fn places(process: &Process) -> Option<Vec<Place>> {
    let groups = process.living().ok()?.cgroups().ok()?.0;
    let roots = [
        Path::new("/").join(ROOT),
        process.folder().join("root").join(ROOT),
    ];
    let places = find(&groups, &roots, process.pid().as_raw());
    Some(places)
}

/// The groups of the process `pid`, by hierarchies that are mounted below one of `roots`.
pub(super) fn find(groups: &[ProcessCGroup], roots: &[PathBuf], pid: i32) -> Vec<Place> {
    let find = |controller: Controller| {
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
            .flat_map(|root| mounts.iter().map(move |mount| root.join(mount)))
            .flat_map(|mount| [within(&mount, &group.pathname), Some(mount)]);
        Some(Place {
            controller,
            is_unified,
            path: group.pathname.clone(),
            folder: folders.flatten().find(|folder| lists(folder, pid))?,
        })
    };
    Controller::ALL.into_iter().filter_map(find).collect()
}

/// The group's folder, where it lies below the mount.
fn within(mount: &Path, path: &str) -> Option<PathBuf> {
    let below = path.strip_prefix('/')?;
    let leaves = below.split('/').any(|part| part == "..");
    (!leaves).then(|| mount.join(below))
}

/// Whether the group in `folder` has the process, whose number the kernel gives in our pid namespace.
fn lists(folder: &Path, pid: i32) -> bool {
    let processes = std::fs::read_to_string(folder.join("cgroup.procs"));
    processes.is_ok_and(|text| text.lines().any(|line| line.parse() == Ok(pid)))
}

impl Place {
    /// What a file of the group says.
    pub(super) fn text(&self, file: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.join(file)).ok()
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
