//! What the kernel knows of a target's files: whom its sockets speak to, who is at the other end of its pipes.

use crate::report::{File, Kind, Object, Peer, Socket};
use gopeek_attach::descriptors::{self as attach_descriptors, Descriptors};
use gopeek_attach::peers as attach;
use std::collections::BTreeMap;
use std::sync::Arc;

/// By descriptor, processes at the other end.
pub(crate) type Peers = BTreeMap<u64, Vec<attach::Peer>>;

/// The files of a target, from outside.
pub(crate) struct Surroundings<'s> {
    /// What it has open.
    pub(crate) descriptors: Descriptors,
    /// Who is at the other end of some of these. That takes long, so only those that somebody waits for are asked for.
    pub(crate) peers: &'s dyn Fn(&Descriptors) -> Peers,
}

impl Surroundings<'_> {
    /// Completes files with who is at the other end.
    pub(super) fn complete(&self, objects: &mut [Object]) {
        let wanted: BTreeMap<u64, String> = objects
            .iter()
            .filter_map(|object| match &object.kind {
                Kind::File(file) if !file.own_table => u64::try_from(file.fd).ok(),
                _ => None,
            })
            .filter_map(|fd| Some((fd, self.descriptors.fds.get(&fd)?.clone())))
            .collect();
        if wanted.is_empty() {
            return;
        }
        let peers = (self.peers)(&Descriptors {
            fds: wanted,
            sockets: self.descriptors.sockets.clone(),
            more: false,
        });
        for object in objects {
            if let Kind::File(file) = &mut object.kind
                && !file.own_table
                && let Some(peers) = u64::try_from(file.fd).ok().and_then(|fd| peers.get(&fd))
            {
                file.peers = peers.iter().map(peer).collect();
            }
        }
    }

    /// What is behind a descriptor.
    pub(super) fn file(&self, fd: u64) -> File {
        File {
            fd: i64::try_from(fd).unwrap_or(-1),
            target: self.descriptors.fds.get(&fd).map(|it| Arc::from(&**it)),
            socket: self.descriptors.socket(fd).map(socket),
            ..File::default()
        }
    }

    /// What is behind a descriptor of a thread with a table of its own, which is open on `target`. Who has its other end is not
    /// known.
    pub(super) fn own_file(&self, fd: i64, target: &str) -> File {
        File {
            fd,
            target: Some(Arc::from(target)),
            socket: self.descriptors.socket_in(target).map(socket),
            own_table: true,
            ..File::default()
        }
    }
}

fn socket(socket: &attach_descriptors::Socket) -> Socket {
    Socket {
        protocol: Arc::from(socket.protocol.name()),
        local: socket.local.as_deref().map(Arc::from),
        remote: socket.remote.as_deref().map(Arc::from),
        state: Arc::from(&*socket.state),
        unread: socket.unread,
        unsent: socket.unsent,
    }
}

fn peer(peer: &attach::Peer) -> Peer {
    Peer {
        pid: peer.pid,
        name: Arc::from(&*peer.name),
        state: peer.state,
    }
}
