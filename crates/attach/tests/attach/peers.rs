//! Who is at the other end: children that hold one, and this very test, which holds the other.

use crate::target::wait_until;
use gopeek_attach::peers::Peer;
use gopeek_attach::{Pid, Process};
use nix::sys::signal::{Signal, kill};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

/// A cat that reads from `input`, and ends with the test.
struct Cat(Child);

impl Cat {
    fn reading(input: impl Into<Stdio>) -> Cat {
        let mut command = Command::new("cat");
        command.stdin(input).stdout(Stdio::null());
        Cat(command.spawn().unwrap())
    }

    fn pid(&self) -> i32 {
        i32::try_from(self.0.id()).unwrap()
    }

    /// It is in the middle of reading: before, it is this program, with all that we have open.
    fn wait_until_reading(&self) {
        let stat = || procfs::process::Process::new(self.pid()).unwrap().stat();
        wait_until("cat reads", || {
            stat().is_ok_and(|stat| stat.comm == "cat" && stat.state == 'S')
        });
    }
}

impl Drop for Cat {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn this() -> i32 {
    i32::try_from(std::process::id()).unwrap()
}

fn peers(pid: i32, fd: i32) -> Vec<Peer> {
    let process = Process::open(Pid::from_raw(pid)).unwrap();
    let mut all = process.peers(&process.descriptors());
    all.remove(&u64::try_from(fd).unwrap()).unwrap_or_default()
}

/// The peer that has this pid. Tests that run meanwhile may start children, which have all our ends for a moment.
fn of(pid: i32, peers: &[Peer]) -> &Peer {
    let found = peers.iter().find(|peer| peer.pid == pid);
    found.unwrap_or_else(|| panic!("{pid} is not among {peers:?}"))
}

#[test]
fn the_reader_of_a_pipe_is_found_and_told_to_be_stopped() {
    let (reader, writer) = std::io::pipe().unwrap();
    let cat = Cat::reading(reader);
    cat.wait_until_reading();
    kill(Pid::from_raw(cat.pid()), Signal::SIGSTOP).unwrap();
    let look = || peers(this(), writer.as_raw_fd());
    wait_until("stopped", || of(cat.pid(), &look()).state == 'T');
    let found = look();
    let other = of(cat.pid(), &found);
    assert_eq!(other.name, "cat");
    assert!(other.reads && !other.writes, "{other:?}");
    // Our own end is not the other one.
    assert!(found.iter().all(|peer| peer.pid != this()), "{found:?}");
}

#[test]
fn the_writer_of_a_pipe_is_found_from_its_reader() {
    let (reader, writer) = std::io::pipe().unwrap();
    let cat = Cat::reading(reader);
    cat.wait_until_reading();
    let found = peers(cat.pid(), 0);
    let other = of(this(), &found);
    assert!(other.writes && !other.reads, "{other:?}");
    drop(writer);
}

#[test]
fn a_pipe_within_one_process_has_that_at_both_ends() {
    let (reader, writer) = std::io::pipe().unwrap();
    let at_writer = peers(this(), reader.as_raw_fd());
    assert!(of(this(), &at_writer).writes && !of(this(), &at_writer).reads);
    let at_reader = peers(this(), writer.as_raw_fd());
    assert!(of(this(), &at_reader).reads && !of(this(), &at_reader).writes);
}

#[test]
fn the_other_end_of_a_unix_socket_is_found() {
    let (near, far) = UnixStream::pair().unwrap();
    let cat = Cat::reading(OwnedFd::from(far));
    cat.wait_until_reading();
    let found = peers(this(), near.as_raw_fd());
    let other = of(cat.pid(), &found);
    assert!(other.reads && other.writes, "{other:?}");
    assert_eq!(of(this(), &peers(cat.pid(), 0)).pid, this());
}

#[test]
fn the_other_end_of_a_local_connection_is_found_over_both_families() {
    for at in ["127.0.0.1:0", "[::]:0"] {
        let Ok(listener) = TcpListener::bind(at) else {
            eprintln!("skipped: no IPv6");
            continue;
        };
        let port = listener.local_addr().unwrap().port();
        let mut near = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let (far, _) = listener.accept().unwrap();
        let cat = Cat::reading(OwnedFd::from(far));
        near.write_all(b"hello").unwrap();
        cat.wait_until_reading();
        let found = peers(this(), near.as_raw_fd());
        assert_eq!(of(cat.pid(), &found).name, "cat");
        assert_eq!(of(this(), &peers(cat.pid(), 0)).pid, this());
        // It waits for whoever comes: there is no other end.
        assert_eq!(peers(this(), listener.as_raw_fd()), []);
    }
}
