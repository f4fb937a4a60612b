//! What kind of container we are in, by the marks that engines leave, and what it is called outside.

use crate::proc_text::lines;
use nix::unistd::{Pid, gethostname};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Index of the word of a line of mountinfo that has the mounted folder (proc_pid_mountinfo(5)).
const ROOT: usize = 3;

/// Where we run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// Not in a container, or in one that nothing tells of.
    Plain,
    /// In a container of Docker or Podman.
    Container {
        /// `docker` or `podman`.
        engine: &'static str,
        /// What it knows the container by, where the host name is still that.
        id: Option<String>,
    },
    /// In a pod of Kubernetes.
    Pod {
        /// Its name.
        name: Option<String>,
        /// Its namespace.
        namespace: Option<String>,
        /// The target's container in it.
        container: Option<String>,
    },
}

/// Of a target: which of a pod's containers it is in is told by its mounts.
pub(super) fn place(pid: Pid) -> Place {
    let host = gethostname().ok().and_then(|name| name.into_string().ok());
    if env::var_os("KUBERNETES_SERVICE_HOST").is_some() {
        let namespace = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
        let namespace = fs::read_to_string(namespace).ok();
        return Place::Pod {
            name: env::var("HOSTNAME").ok().or(host),
            namespace: namespace.map(|name| name.trim().to_owned()),
            container: container_of(pid),
        };
    }
    let engine = if Path::new("/run/.containerenv").exists() {
        "podman"
    } else if Path::new("/.dockerenv").exists() {
        "docker"
    } else {
        return Place::Plain;
    };
    // Both name the host after the container's number unless told otherwise.
    let is_id =
        |name: &String| name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    Place::Container {
        engine,
        id: host.filter(is_id),
    }
}

fn container_of(pid: Pid) -> Option<String> {
    let path = PathBuf::from(format!("/proc/{pid}/mountinfo"));
    let lines = String::from_utf8_lossy(&lines(&path).ok()?).into_owned();
    let mut roots = lines.lines().filter_map(|line| line.split(' ').nth(ROOT));
    roots.find_map(container_in).map(str::to_owned)
}

/// The kubelet keeps a container's termination log in `/var/lib/kubelet/pods/UID/containers/NAME/` and mounts it from
/// there.
fn container_in(root: &str) -> Option<&str> {
    let (_, pod) = root.split_once("/pods/")?;
    let (_, rest) = pod.split_once("/containers/")?;
    let (name, _) = rest.split_once('/')?;
    Some(name).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::container_in;

    #[test]
    fn a_container_is_named_by_where_its_termination_log_is() {
        for (root, name) in [
            (
                "/var/lib/kubelet/pods/3f9c/containers/api/5d41402a",
                Some("api"),
            ),
            ("/pods/3f9c/containers/side-car/0", Some("side-car")),
            ("/var/lib/kubelet/pods/3f9c/etc-hosts", None),
            ("/var/lib/docker/containers/0c1d/hostname", None),
            ("/", None),
        ] {
            assert_eq!(container_in(root), name, "{root}");
        }
    }
}
