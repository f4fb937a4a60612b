//! Files that the network poller watches (`runtime.pollDesc`).

use crate::addr::Addr;
use crate::fields::Fields;
use crate::mem::{Memory, read_bytes};

/// A file that the network poller watches.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Poll {
    /// The descriptor.
    pub fd: u64,
    /// Who waits to read.
    pub reader: Side,
    /// Who waits to write.
    pub writer: Side,
    /// Whether it is being closed; nothing where the release does not say.
    pub closing: Option<bool>,
    /// The read deadline in ns of the monotonic clock; 0 for none, negative for one that is over.
    pub read_deadline: i64,
    /// The write deadline, likewise.
    pub write_deadline: i64,
}

/// Who waits for one direction of a file (`pdNil`, `pdReady`, `pdWait`, or a g; `runtime/netpoll.go`).
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Side {
    /// Nobody.
    Idle,
    /// Nobody, and who comes need not wait.
    Ready,
    /// Someone is about to.
    Parking,
    /// This goroutine.
    Waits(Addr),
}

impl Side {
    fn from_word(word: Addr) -> Side {
        match word.get() {
            0 => Side::Idle,
            1 => Side::Ready,
            2 => Side::Parking,
            _ => Side::Waits(word),
        }
    }
}

/// The record at `at`.
#[must_use]
pub fn read(memory: &dyn Memory, fields: &Fields, at: Addr) -> Option<Poll> {
    let poll = &fields.poll_desc;
    let record = read_bytes(memory, at, usize::try_from(poll.size).ok()?).ok()?;
    let closing = poll.closing.and_then(|closing| closing.of(&record));
    Some(Poll {
        fd: poll.fd.of(&record)?,
        reader: Side::from_word(poll.rg.of(&record)?),
        writer: Side::from_word(poll.wg.of(&record)?),
        closing: closing.map(|closing| closing != 0),
        read_deadline: poll.rd.of(&record)?,
        write_deadline: poll.wd.of(&record)?,
    })
}
