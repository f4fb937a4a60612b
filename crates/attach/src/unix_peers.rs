//! Which unix sockets are connected to which: what /proc/net/unix leaves out, and the kernel tells over netlink.

use rustix::io::Errno;
use rustix::net::netlink::SOCK_DIAG;
use rustix::net::sockopt::set_socket_timeout;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with,
};
use std::collections::HashMap;
use std::time::Duration;

/// Bytes of `nlmsghdr`, of `unix_diag_msg`, of `rtattr` (`linux/netlink.h`, `unix_diag.h`, `rtnetlink.h`).
const HEADER: usize = 16;
const MESSAGE: usize = 16;
const ATTRIBUTE: usize = 4;
/// `SOCK_DIAG_BY_FAMILY`.
const BY_FAMILY: u16 = 20;
/// `NLM_F_REQUEST | NLM_F_DUMP`.
const DUMP: u16 = 0x301;
/// `UDIAG_SHOW_PEER`, and `UNIX_DIAG_PEER`, which it brings.
const SHOW_PEER: u32 = 4;
const PEER: u16 = 2;
/// The kernel answers with at most so much at a time, where it is asked with as much room.
const ROOM: usize = 32 << 10;
/// It answers at once, or never.
const PATIENCE: Duration = Duration::from_millis(50);
/// More answers than a machine has sockets.
const MAX_ANSWERS: usize = 10_000;

/// For each connected unix socket of our network namespace, its inode and that of the other end.
///
/// # Errors
/// What the kernel answers where it has no such list, or refuses it.
pub(crate) fn unix_peers() -> Result<HashMap<u64, u64>, Errno> {
    let family = AddressFamily::NETLINK;
    let to = socket_with(
        family,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        Some(SOCK_DIAG),
    )?;
    set_socket_timeout(&to, rustix::net::sockopt::Timeout::Recv, Some(PATIENCE))?;
    send(&to, &request(), SendFlags::empty())?;
    let mut found = HashMap::new();
    let mut room = vec![0; ROOM];
    for _ in 0..MAX_ANSWERS {
        let (_, len) = recv(&to, &mut room[..], RecvFlags::empty())?;
        let answer = room.get(..len).unwrap_or_default();
        if take(answer, &mut found).is_none() {
            break;
        }
    }
    Ok(found)
}

/// `nlmsghdr` and `unix_diag_req`: all unix sockets, in whatever state, with their peers.
fn request() -> Vec<u8> {
    let words = |words: &[u32]| {
        words
            .iter()
            .flat_map(|it| it.to_ne_bytes())
            .collect::<Vec<u8>>()
    };
    let [kind, flags] = [BY_FAMILY, DUMP].map(u16::to_ne_bytes);
    // AF_UNIX, no protocol; the states as a mask; no inode; what to show; no cookie.
    let body = [vec![1, 0, 0, 0], words(&[u32::MAX, 0, SHOW_PEER, 0, 0])].concat();
    let len = u32::try_from(HEADER + body.len()).unwrap_or_default();
    [
        words(&[len]),
        kind.to_vec(),
        flags.to_vec(),
        words(&[1, 0]),
        body,
    ]
    .concat()
}

/// Takes the sockets out of an answer; nothing where it is the last one.
fn take(mut answer: &[u8], found: &mut HashMap<u64, u64>) -> Option<()> {
    while !answer.is_empty() {
        let len = usize::try_from(word(answer, 0)?).ok()?;
        // The end, or an error.
        if half(answer, 4)? != BY_FAMILY {
            return None;
        }
        let inode = word(answer, HEADER + 4)?;
        let mut attributes = answer.get(HEADER + MESSAGE..len)?;
        while let Some(len) = half(attributes, 0).map(usize::from) {
            if half(attributes, 2)? == PEER {
                let peer = word(attributes, ATTRIBUTE)?;
                found.insert(u64::from(inode), u64::from(peer));
            }
            let next = len.max(ATTRIBUTE).next_multiple_of(4);
            attributes = attributes.get(next..).unwrap_or_default();
        }
        answer = answer.get(len.next_multiple_of(4)..).unwrap_or_default();
    }
    Some(())
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_ne_bytes(*word))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    let half = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_ne_bytes(*half))
}

#[cfg(test)]
mod tests {
    use super::{BY_FAMILY, request, take};
    use std::collections::HashMap;

    fn message(kind: u16, inode: u32, attributes: &[u8]) -> Vec<u8> {
        let len = u32::try_from(32 + attributes.len()).unwrap();
        let mut bytes = len.to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 14]);
        bytes.extend(inode.to_ne_bytes());
        bytes.extend([0; 8]);
        bytes.extend(attributes);
        bytes
    }

    /// UNIX_DIAG_SHUTDOWN, which comes with padding, and UNIX_DIAG_PEER.
    const CONNECTED: [u8; 16] = [5, 0, 6, 0, 0, 0, 0, 0, 8, 0, 2, 0, 77, 0, 0, 0];

    #[test]
    fn each_socket_is_told_with_its_peer_and_those_without_are_not() {
        let answer = [
            message(BY_FAMILY, 4711, &CONNECTED),
            message(BY_FAMILY, 4712, &[]),
        ];
        let mut found = HashMap::new();
        assert_eq!(take(&answer.concat(), &mut found), Some(()));
        assert_eq!(found, HashMap::from([(4711, 77)]));
        assert_eq!(take(&message(3, 0, &[]), &mut found), None);
    }

    #[test]
    fn an_answer_that_is_cut_off_or_claims_lengths_ends() {
        let whole = message(BY_FAMILY, 4711, &CONNECTED);
        for end in 0..whole.len() {
            take(&whole[..end], &mut HashMap::new());
        }
        for at in 0..whole.len() {
            for wrong in [0, 1, 3, 0xff] {
                let mut damaged = whole.clone();
                damaged[at] = wrong;
                take(&damaged, &mut HashMap::new());
            }
        }
    }

    #[test]
    fn the_request_says_how_long_it_is() {
        assert_eq!(request().len(), 40);
        assert_eq!(request()[..4], 40_u32.to_ne_bytes());
    }
}
