//! Files that the network poller watches (`runtime.pollDesc`).

use crate::addr::Addr;
use crate::fields::Fields;
use crate::mem::{Memory, read_bytes};

/// A file that the network poller watches.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Poll {
    /// The descriptor.
    pub fd: u64,
    /// The read deadline in ns of the monotonic clock; 0 for none, negative for one that is over.
    pub read_deadline: i64,
    /// The write deadline, likewise.
    pub write_deadline: i64,
}

/// The record at `at`.
#[must_use]
pub fn read(memory: &dyn Memory, fields: &Fields, at: Addr) -> Option<Poll> {
    let poll = &fields.poll_desc;
    let record = read_bytes(memory, at, usize::try_from(poll.size).ok()?).ok()?;
    Some(Poll {
        fd: poll.fd.of(&record)?,
        read_deadline: poll.rd.of(&record)?,
        write_deadline: poll.wd.of(&record)?,
    })
}
