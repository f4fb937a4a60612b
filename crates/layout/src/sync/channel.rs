//! Channels (`runtime.hchan`).

use crate::addr::Addr;
use crate::fields::Fields;
use crate::limits::Limits;
use crate::mem::{Memory, read_bytes};
use std::collections::HashSet;

/// A channel.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Channel {
    /// Elements in the buffer.
    pub len: u64,
    /// Capacity of the buffer.
    pub cap: u64,
    /// Bytes of an element.
    pub elem_size: u16,
    /// The descriptor of its type.
    pub elem_type: Addr,
    /// Closed.
    pub closed: bool,
    /// The timer that sends into it.
    pub timer: Option<Timer>,
}

/// A timer.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Timer {
    /// When it fires, in ns of the monotonic clock.
    pub when: i64,
    /// The ticker's period in ns, or 0.
    pub period: i64,
}

impl Timer {
    /// Whether it was stopped, and will not fire (`runtime.(*timer).stop`).
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.when == 0
    }
}

/// The channel at `at`; nothing where the bytes there are none.
#[must_use]
pub fn read(memory: &dyn Memory, fields: &Fields, at: Addr) -> Option<Channel> {
    let hchan = &fields.hchan;
    let record = read_bytes(memory, at, usize::try_from(hchan.size).ok()?).ok()?;
    let (len, cap) = (hchan.qcount.of(&record)?, hchan.dataqsiz.of(&record)?);
    let timer = hchan.timer.and_then(|timer| timer.of(&record));
    let timer = timer.filter(|timer| !timer.is_null()).and_then(|timer| {
        Some(Timer {
            when: fields.timer.when.read(memory, timer).ok()?,
            period: fields.timer.period.read(memory, timer).ok()?,
        })
    });
    let channel = Channel {
        len,
        cap,
        elem_size: hchan.elem_size.of(&record)?,
        elem_type: hchan.elem_type.of(&record)?,
        closed: hchan.closed.of(&record)? != 0,
        timer,
    };
    (len <= cap).then_some(channel)
}

/// The addresses of the sudogs that wait at a channel: those that receive, and those that send, in their order.
#[must_use]
pub fn queues(memory: &dyn Memory, fields: &Fields, limits: &Limits, at: Addr) -> [Vec<Addr>; 2] {
    [fields.hchan.recvq_first, fields.hchan.sendq_first].map(|first| {
        let (mut all, mut seen) = (Vec::new(), HashSet::new());
        let mut next = first.read(memory, at).unwrap_or(Addr::NULL);
        // Every goroutine may wait at one channel, and a circle is damage.
        while !next.is_null() && all.len() as u64 <= limits.goroutines && seen.insert(next) {
            all.push(next);
            next = fields.sudog.next.read(memory, next).unwrap_or(Addr::NULL);
        }
        all
    })
}
