//! What a process has open, and to whom its sockets speak, as plain data that can be kept when it is gone.

use crate::process::Process;
use procfs::net::{TcpNetEntry, TcpState, UdpNetEntry, UdpState, UnixNetEntry, UnixState};
use procfs::process::Process as Proc;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::DirEntry;
use std::net::SocketAddr;

/// As many of its descriptors are looked at. A million take seconds, and nobody reads them.
const MAX_FDS: usize = 100_000;

/// Maximum number of threads whose network is compared with the process's.
const MAX_THREADS: usize = 1000;
/// Maximum number of networks besides the process's own whose sockets are read.
const MAX_NETWORKS: usize = 16;

/// The descriptors of a process.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Descriptors {
    /// What each is open on, in the kernel's words, as [`Process::open_on`] has them.
    pub fds: BTreeMap<u64, String>,
    /// Its sockets by inode, the number in `socket:[4711]`. Those of other families (netlink, vsock) are not among them.
    pub sockets: BTreeMap<u64, Socket>,
    /// Whether there were more than were looked at.
    pub more: bool,
}

/// One end of a connection, or one that waits for such.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Socket {
    /// What it speaks.
    pub protocol: Protocol,
    /// Its own address, of a unix socket its path (`@` in front of an abstract one); nothing where it has none.
    pub local: Option<String>,
    /// The other end's; nothing where there is none, and for unix sockets, of whom the kernel does not tell it.
    pub remote: Option<String>,
    /// Its state, as ss(8) and netstat(8) know it: `established`, `listen`, `close-wait`.
    pub state: String,
    /// Bytes that came and were not read yet; of a TCP socket that listens, connections not yet accepted.
    pub unread: u32,
    /// Bytes that were written and that the other end has not acknowledged.
    pub unsent: u32,
}

/// A socket's protocol. IPv4 over a socket of IPv6 is of that.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP over IPv4.
    Tcp,
    /// TCP over IPv6.
    Tcp6,
    /// UDP over IPv4.
    Udp,
    /// UDP over IPv6.
    Udp6,
    /// A unix socket.
    Unix,
}

impl Protocol {
    /// What it is called: `tcp6`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Tcp => "tcp",
            Protocol::Tcp6 => "tcp6",
            Protocol::Udp => "udp",
            Protocol::Udp6 => "udp6",
            Protocol::Unix => "unix",
        }
    }
}

impl Descriptors {
    /// The socket that a descriptor is open on.
    #[must_use]
    pub fn socket(&self, fd: u64) -> Option<&Socket> {
        self.socket_in(self.fds.get(&fd)?)
    }

    /// The socket that a descriptor is open on whose link says `open_on`: `socket:[4711]`.
    #[must_use]
    pub fn socket_in(&self, open_on: &str) -> Option<&Socket> {
        self.sockets.get(&inode(open_on, "socket")?)
    }
}

impl Process {
    /// What it has open now. What can't be read is left out.
    #[must_use]
    pub fn descriptors(&self) -> Descriptors {
        let mut found = Descriptors::default();
        let Ok(mut entries) = std::fs::read_dir(self.folder().join("fd")) else {
            return found;
        };
        let open = entries.by_ref().flatten().take(MAX_FDS);
        found.fds = open.filter_map(|entry| read(&entry)).collect();
        found.more = entries.next().is_some();
        let inodes: HashSet<u64> = found
            .fds
            .values()
            .filter_map(|text| inode(text, "socket"))
            .collect();
        if let Ok(proc) = self.living()
            && !inodes.is_empty()
        {
            found.sockets = sockets(&proc, &inodes);
        }
        self.add_other_networks(&inodes, &mut found.sockets);
        found
    }

    /// Adds the sockets of the networks that single threads are in: container runtimes enter one with a locked thread.
    fn add_other_networks(&self, inodes: &HashSet<u64>, found: &mut BTreeMap<u64, Socket>) {
        let network = |tid: &str| {
            let link = format!("/proc/{}/task/{tid}/ns/net", self.pid());
            std::fs::read_link(link).ok()
        };
        let own = std::fs::read_link(self.folder().join("ns/net")).ok();
        let mut known: Vec<_> = own.into_iter().collect();
        for tid in self.threads().into_iter().flatten().take(MAX_THREADS) {
            // Sockets of other families are in no table, so that some may be missing for good.
            if inodes.iter().all(|inode| found.contains_key(inode)) || known.len() > MAX_NETWORKS {
                return;
            }
            let Some(other) = network(&tid.to_string()).filter(|it| !known.contains(it)) else {
                continue;
            };
            known.push(other);
            let folder = format!("/proc/{}/task/{tid}", self.pid());
            if let Ok(proc) = Proc::new_with_root(folder.into()) {
                found.extend(sockets(&proc, inodes));
            }
        }
    }
}

fn read(entry: &DirEntry) -> Option<(u64, String)> {
    let fd = entry.file_name().to_str()?.parse().ok()?;
    let link = std::fs::read_link(entry.path()).ok()?;
    Some((fd, link.to_string_lossy().into_owned()))
}

/// The inode of `socket:[4711]`, `socket` being the kind.
pub(crate) fn inode(text: &str, kind: &str) -> Option<u64> {
    let inode = text.strip_prefix(kind)?.strip_prefix(":[")?;
    inode.strip_suffix(']')?.parse().ok()
}

/// For each TCP connection whose other end is in the same network, the inode of its socket and that of the other end.
pub(crate) fn tcp_ends(process: &Process, descriptors: &Descriptors) -> Vec<(u64, u64)> {
    let connected = |socket: &Socket| {
        let is_tcp = matches!(socket.protocol, Protocol::Tcp | Protocol::Tcp6);
        let ends = socket.local.clone().zip(socket.remote.clone());
        ends.filter(|_| is_tcp)
    };
    let ours: Vec<_> = descriptors
        .sockets
        .iter()
        .filter_map(|(&inode, socket)| Some((inode, connected(socket)?)))
        .collect();
    let Some(proc) = process.living().ok().filter(|_| !ours.is_empty()) else {
        return Vec::new();
    };
    let (four, six) = (
        proc.tcp().unwrap_or_default(),
        proc.tcp6().unwrap_or_default(),
    );
    let ends = |entry: &TcpNetEntry| {
        let ends = address(entry.local_address).zip(address(entry.remote_address))?;
        // One that nobody has open any more has no inode.
        (entry.inode != 0).then_some((ends, entry.inode))
    };
    let theirs: HashMap<_, u64> = four.iter().chain(&six).filter_map(ends).collect();
    let other = |(inode, (local, remote))| Some((inode, *theirs.get(&(remote, local))?));
    ours.into_iter().filter_map(other).collect()
}

/// The sockets of the process's network that have these inodes.
fn sockets(proc: &Proc, inodes: &HashSet<u64>) -> BTreeMap<u64, Socket> {
    let tcp = |entries: Vec<TcpNetEntry>, protocol| {
        let sockets = entries.into_iter();
        sockets.map(move |entry| (entry.inode, tcp(&entry, protocol)))
    };
    let udp = |entries: Vec<UdpNetEntry>, protocol| {
        let sockets = entries.into_iter();
        sockets.map(move |entry| (entry.inode, udp(&entry, protocol)))
    };
    let unix = |entries: Vec<UnixNetEntry>| {
        let sockets = entries.into_iter();
        sockets.map(|entry| (entry.inode, unix(&entry)))
    };
    // A protocol that the kernel lacks has no table.
    let mut found = BTreeMap::new();
    let mut keep = |sockets: &mut dyn Iterator<Item = (u64, Socket)>| {
        found.extend(sockets.filter(|(inode, _)| inodes.contains(inode)));
    };
    keep(&mut tcp(proc.tcp().unwrap_or_default(), Protocol::Tcp));
    keep(&mut tcp(proc.tcp6().unwrap_or_default(), Protocol::Tcp6));
    keep(&mut udp(proc.udp().unwrap_or_default(), Protocol::Udp));
    keep(&mut udp(proc.udp6().unwrap_or_default(), Protocol::Udp6));
    keep(&mut unix(proc.unix().unwrap_or_default()));
    found
}

fn tcp(entry: &TcpNetEntry, protocol: Protocol) -> Socket {
    let state = match entry.state {
        TcpState::Established => "established",
        TcpState::SynSent => "syn-sent",
        TcpState::SynRecv | TcpState::NewSynRecv => "syn-recv",
        TcpState::FinWait1 => "fin-wait-1",
        TcpState::FinWait2 => "fin-wait-2",
        TcpState::TimeWait => "time-wait",
        TcpState::Close => "closed",
        TcpState::CloseWait => "close-wait",
        TcpState::LastAck => "last-ack",
        TcpState::Listen => "listen",
        TcpState::Closing => "closing",
    };
    Socket {
        protocol,
        local: address(entry.local_address),
        remote: address(entry.remote_address),
        state: state.to_owned(),
        unread: entry.rx_queue,
        unsent: entry.tx_queue,
    }
}

fn udp(entry: &UdpNetEntry, protocol: Protocol) -> Socket {
    let state = match entry.state {
        UdpState::Established => "established",
        UdpState::Close => "unconnected",
    };
    Socket {
        protocol,
        local: address(entry.local_address),
        remote: address(entry.remote_address),
        state: state.to_owned(),
        unread: entry.rx_queue,
        unsent: entry.tx_queue,
    }
}

fn unix(entry: &UnixNetEntry) -> Socket {
    let listens = entry.state == UnixState::UNCONNECTED && entry.socket_type != DATAGRAM;
    let state = match entry.state {
        // Which of them listen is in flags that procfs leaves out; one with a name that is not connected does.
        UnixState::UNCONNECTED if listens && entry.path.is_some() => "listen",
        UnixState::UNCONNECTED => "unconnected",
        UnixState::CONNECTING => "connecting",
        UnixState::CONNECTED => "established",
        UnixState::DISCONNECTING => "closing",
    };
    let path = entry.path.as_ref();
    Socket {
        protocol: Protocol::Unix,
        local: path.map(|path| path.to_string_lossy().into_owned()),
        remote: None,
        state: state.to_owned(),
        unread: 0,
        unsent: 0,
    }
}

/// `SOCK_DGRAM`.
const DATAGRAM: u16 = 2;

/// An address as people write it; nothing for none at all.
fn address(address: SocketAddr) -> Option<String> {
    let (ip, port) = (address.ip(), address.port());
    let is_none = ip.is_unspecified() && port == 0;
    // IPv4 by way of IPv6.
    (!is_none).then(|| SocketAddr::new(ip.to_canonical(), port).to_string())
}

#[cfg(test)]
mod tests {
    use super::{Descriptors, Protocol, Socket, address, inode};
    use std::collections::BTreeMap;

    #[test]
    fn an_inode_is_that_of_a_socket() {
        assert_eq!(inode("socket:[4711]", "socket"), Some(4711));
        for other in [
            "pipe:[4711]",
            "socket:[]",
            "socket:[x]",
            "/tmp/socket:[4711]",
        ] {
            assert_eq!(inode(other, "socket"), None);
        }
    }

    #[test]
    fn addresses_are_written_as_people_write_them() {
        let written = |text: &str| address(text.parse().unwrap());
        assert_eq!(written("0.0.0.0:0"), None);
        assert_eq!(written("[::]:0"), None);
        assert_eq!(written("0.0.0.0:80").as_deref(), Some("0.0.0.0:80"));
        assert_eq!(
            written("[::ffff:10.0.0.1]:80").as_deref(),
            Some("10.0.0.1:80")
        );
        assert_eq!(written("[fe80::1]:80").as_deref(), Some("[fe80::1]:80"));
    }

    #[test]
    fn what_was_kept_is_what_it_was() {
        let socket = Socket {
            protocol: Protocol::Tcp6,
            local: Some("[::1]:80".to_owned()),
            remote: None,
            state: "listen".to_owned(),
            unread: 1,
            unsent: 0,
        };
        let descriptors = Descriptors {
            fds: BTreeMap::from([(3, "socket:[4711]".to_owned())]),
            sockets: BTreeMap::from([(4711, socket)]),
            more: true,
        };
        let json = serde_json::to_string(&descriptors).unwrap();
        assert!(json.contains(r#""4711":{"protocol":"tcp6""#), "{json}");
        assert_eq!(
            serde_json::from_str::<Descriptors>(&json).unwrap(),
            descriptors
        );
    }
}
