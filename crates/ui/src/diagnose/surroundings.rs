//! What the kernel knows of a target's files: whom its sockets speak to, who is at the other end of its pipes.

use crate::report::{File, Peer, Socket};
use gopeek_attach::descriptors::{Descriptors, Protocol};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The files of a target, from outside.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// What it has open.
    pub(crate) descriptors: Descriptors,
    /// By descriptor, processes at the other end.
    pub(crate) peers: BTreeMap<u64, Vec<Peer>>,
}

impl Surroundings {
    /// What is behind a descriptor.
    pub(super) fn file(&self, fd: u64) -> File {
        let target = self.descriptors.fds.get(&fd);
        let inode = target.and_then(|target| inode(target));
        let socket = inode.and_then(|inode| self.descriptors.sockets.get(&inode));
        File {
            fd: i64::try_from(fd).unwrap_or(-1),
            target: target.map(|target| Arc::from(&**target)),
            socket: socket.map(|socket| Socket {
                protocol: Arc::from(protocol(socket.protocol)),
                local: socket.local.as_deref().map(Arc::from),
                remote: socket.remote.as_deref().map(Arc::from),
                state: Arc::from(&*socket.state),
                unread: socket.unread,
                unsent: socket.unsent,
            }),
            peers: self.peers.get(&fd).cloned().unwrap_or_default(),
            ..File::default()
        }
    }
}

/// The inode of `socket:[4711]`.
fn inode(target: &str) -> Option<u64> {
    let number = target.strip_prefix("socket:[")?.strip_suffix(']')?;
    number.parse().ok()
}

fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Tcp6 => "tcp6",
        Protocol::Udp => "udp",
        Protocol::Udp6 => "udp6",
        Protocol::Unix => "unix",
    }
}
