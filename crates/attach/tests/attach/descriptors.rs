//! What a process has open: that of this very test, which knows what it opened.

use gopeek_attach::descriptors::{Descriptors, Protocol, Socket};
use gopeek_attach::{Pid, Process};
use std::fs::File;
use std::io::Write;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};

fn ours() -> Descriptors {
    let this = i32::try_from(std::process::id()).unwrap();
    Process::open(Pid::from_raw(this)).unwrap().descriptors()
}

fn socket<'d>(of: &'d Descriptors, fd: &impl AsRawFd) -> &'d Socket {
    let fd = u64::try_from(fd.as_raw_fd()).unwrap();
    let text = &of.fds[&fd];
    let inode = text
        .strip_prefix("socket:[")
        .and_then(|text| text.strip_suffix(']'));
    let inode = inode.expect("a socket").parse().unwrap();
    of.sockets
        .get(&inode)
        .unwrap_or_else(|| panic!("{text} is in no table"))
}

#[test]
fn connections_are_told_by_both_ends_and_by_what_waits_in_them() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let mut near = TcpStream::connect(at).unwrap();
    let (far, _) = listener.accept().unwrap();
    near.write_all(b"hello").unwrap();
    let waiting = TcpStream::connect(at).unwrap();
    // It has come when it can be looked at.
    far.peek(&mut [0; 5]).unwrap();
    let found = ours();
    let listens = socket(&found, &listener);
    assert_eq!(listens.protocol, Protocol::Tcp);
    assert_eq!((listens.state.as_str(), listens.unread), ("listen", 1));
    assert_eq!(
        (&listens.local, &listens.remote),
        (&Some(at.to_string()), &None)
    );
    let accepted = socket(&found, &far);
    assert_eq!(
        (accepted.state.as_str(), accepted.unread),
        ("established", 5)
    );
    assert_eq!(
        accepted.remote,
        Some(near.local_addr().unwrap().to_string())
    );
    let connected = socket(&found, &near);
    assert_eq!(
        (&connected.remote, connected.unread),
        (&Some(at.to_string()), 0)
    );
    drop(waiting);
}

#[test]
fn ipv4_over_ipv6_is_written_as_ipv4() {
    let Ok(listener) = TcpListener::bind("[::]:0") else {
        eprintln!("skipped: no IPv6");
        return;
    };
    let port = listener.local_addr().unwrap().port();
    let near = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let (far, _) = listener.accept().unwrap();
    let found = ours();
    let accepted = socket(&found, &far);
    assert_eq!(accepted.protocol, Protocol::Tcp6);
    assert_eq!(accepted.local, Some(format!("127.0.0.1:{port}")));
    assert_eq!(
        socket(&found, &listener).local,
        Some(format!("[::]:{port}"))
    );
    drop(near);
}

#[test]
fn files_pipes_and_sockets_of_other_kinds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let near = UnixStream::connect(&path).unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let file = File::create(folder.path().join("a file")).unwrap();
    let (pipe, _) = std::io::pipe().unwrap();
    let found = ours();
    assert!(!found.more);
    let listens = socket(&found, &listener);
    assert_eq!(
        (listens.protocol, listens.state.as_str()),
        (Protocol::Unix, "listen")
    );
    assert_eq!(listens.local.as_deref(), path.to_str());
    let connected = socket(&found, &near);
    assert_eq!(
        (connected.state.as_str(), &connected.local),
        ("established", &None)
    );
    let bound = socket(&found, &udp);
    assert_eq!(
        (bound.protocol, bound.state.as_str()),
        (Protocol::Udp, "unconnected")
    );
    assert_eq!(bound.local, Some(udp.local_addr().unwrap().to_string()));
    let text = |fd: &dyn AsRawFd| &found.fds[&u64::try_from(fd.as_raw_fd()).unwrap()];
    assert!(text(&file).ends_with("/a file"));
    assert!(text(&pipe).starts_with("pipe:["));
}
