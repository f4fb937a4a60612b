//! A layout that does not hold contradicts itself, each in its own way.

use crate::executor::{only_allgs, root};
use crate::records::{PC, Record, fields, is_code, parked, slice, words};
use gopeek_layout::Addr;
use gopeek_layout::fields::Fields;
use gopeek_layout::roots::{Roots, m_chain};
use gopeek_layout::testing::Bytes;
use gopeek_layout::verify::{Contradiction, polls, verify, verify_mostly};

const STACK: [u64; 3] = [0x2_0000, 0x2_0f00, 0x2_1000];
const G: Addr = Addr::new(0x1_0000);
const M: Addr = Addr::new(0x3_0000);

/// One goroutine and one M with its g0.
#[derive(Clone)]
struct Target {
    fields: &'static Fields,
    g: Record,
    m: Record,
    g0: Record,
}

impl Target {
    fn good(minor: u16) -> Target {
        let fields = fields(minor);
        Target {
            fields,
            g: parked(fields, 0x1_0000, 1, STACK),
            m: Record::new(0x3_0000, fields.m.size).set(fields.m.g0, 0x3_8000),
            g0: Record::new(0x3_8000, fields.g.size).set(fields.g.m, 0x3_0000),
        }
    }

    fn verdict(&self) -> Result<(), Contradiction> {
        self.verdict_with(&[])
    }

    fn verdict_with(&self, more: &[Bytes]) -> Result<(), Contradiction> {
        let own = [
            slice(0x1000, 0x2000, 1),
            Bytes::at(0x1100).mark("allm").u64(0x3_0000),
            words(0x2000, &[0x1_0000]),
            self.g.bytes(),
            self.m.bytes(),
            self.g0.bytes(),
        ];
        let memory = [&own[..], more].concat();
        let roots = Roots {
            allm: Some(root(0x1100)),
            ..only_allgs(0x1000)
        };
        verify(&&memory[..], self.fields, &roots, &is_code)
    }

    /// Changes the goroutine.
    fn g(mut self, change: impl FnOnce(Record, &Fields) -> Record) -> Target {
        self.g = change(self.g, self.fields);
        self
    }

    /// Changes the M.
    fn m(mut self, change: impl FnOnce(Record, &Fields) -> Record) -> Target {
        self.m = change(self.m, self.fields);
        self
    }

    /// Changes its g0.
    fn g0(mut self, change: impl FnOnce(Record, &Fields) -> Record) -> Target {
        self.g0 = change(self.g0, self.fields);
        self
    }
}

#[test]
fn a_layout_that_fits_holds_in_every_minor() {
    for minor in 19..=27 {
        assert_eq!(Target::good(minor).verdict(), Ok(()), "1.{minor}");
    }
}

#[test]
fn a_status_that_does_not_exist() {
    for status in [12, 0x100c, 0x2004, 0xffff_ffff] {
        let target = Target::good(27).g(|g, f| g.set(f.g.status, status));
        let status = u32::try_from(status).unwrap();
        assert_eq!(target.verdict(), Err(Contradiction::Status(G, status)));
    }
}

#[test]
fn a_goroutine_without_a_number() {
    for (status, verdict) in [
        (4, Err(Contradiction::NoGoid(G))),
        (2, Err(Contradiction::NoGoid(G))),
        (0x1001, Err(Contradiction::NoGoid(G))),
        (6, Ok(())),
        (0, Ok(())),
        (11, Ok(())),
    ] {
        let target = Target::good(27).g(|g, f| g.set(f.g.goid, 0).set(f.g.status, status));
        assert_eq!(target.verdict(), verdict, "status {status:#x}");
    }
}

#[test]
fn a_goroutine_that_stands_lies_on_its_stack() {
    let off = Err(Contradiction::OffStack(G));
    for (sp, verdict) in [
        (0, off.clone()),
        (0x2_0000, off.clone()),
        (0x2_0001, Ok(())),
        (0x2_1000, Ok(())),
        (0x2_1001, off.clone()),
    ] {
        let at = |status| {
            let change = |g: Record, f: &Fields| g.set(f.g.sched_sp, sp).set(f.g.status, status);
            Target::good(24).g(change).verdict()
        };
        assert_eq!(at(4), verdict, "waiting at {sp:#x}");
        assert_eq!(at(1), verdict, "runnable at {sp:#x}");
        assert_eq!(at(2), Ok(()), "one that runs may be anywhere");
        assert_eq!(at(3), Ok(()), "so may one in a system call");
    }
}

#[test]
fn a_goroutine_that_waits_is_in_no_system_call() {
    let at = |status| {
        let change =
            |g: Record, f: &Fields| g.set(f.g.status, status).set(f.g.syscall_sp, 0x2_0e00);
        Target::good(27).g(change).verdict()
    };
    assert_eq!(at(4), Err(Contradiction::WaitsInSyscall(G)));
    assert_eq!(at(0x1004), Err(Contradiction::WaitsInSyscall(G)));
    assert_eq!((at(2), at(3)), (Ok(()), Ok(())));
}

#[test]
fn a_goroutine_that_waits_goes_on_in_code() {
    for pc in [0, PC - 0x1_0000, 0x2_0f00, u64::MAX] {
        let at = |status| {
            let change = |g: Record, f: &Fields| g.set(f.g.status, status).set(f.g.sched_pc, pc);
            Target::good(23).g(change).verdict()
        };
        assert_eq!(at(4), Err(Contradiction::NotCode(G, "pc")), "{pc:#x}");
        assert_eq!(at(2), Ok(()), "one that runs is elsewhere by now");
    }
}

#[test]
fn a_goroutine_was_started_with_code_or_by_nobody() {
    for (startpc, verdict) in [
        (0, Ok(())),
        (PC, Ok(())),
        (0x2_0f00, Err(Contradiction::NotCode(G, "startpc"))),
    ] {
        for status in [1, 2, 3, 4] {
            let change =
                |g: Record, f: &Fields| g.set(f.g.status, status).set(f.g.startpc, startpc);
            let target = Target::good(24).g(change);
            assert_eq!(target.verdict(), verdict, "{startpc:#x}, status {status}");
        }
    }
}

#[test]
fn the_m_of_a_goroutine_points_back() {
    let good = Target::good(25).g(|g, f| g.set(f.g.m, 0x3_0000));
    assert_eq!(good.verdict(), Ok(()));
    // Itself, taken for an M: its first word leads to a g of somebody else's.
    let wrong = Target::good(25).g(|g, f| {
        g.set(f.g.m, 0x1_0000)
            .set(f.g.status, 2)
            .set(f.g.stack_lo, 0x3_8000)
    });
    assert_eq!(wrong.verdict(), Err(Contradiction::NotAnM(G)));
    let wild = Target::good(25).g(|g, f| g.set(f.g.m, 0xdead_0000));
    assert!(matches!(wild.verdict(), Err(Contradiction::Unreadable(_))));
}

#[test]
fn the_chain_of_ms_is_whole() {
    let ms = Err(Contradiction::Ms);
    let no_g0 = Target::good(26).m(|m, f| m.set(f.m.g0, 0xdead_0000));
    assert_eq!(no_g0.verdict(), ms);
    let not_back = Target::good(26).g0(|g0, f| g0.set(f.g.m, 0x3_0008));
    assert_eq!(not_back.verdict(), ms);
    let torn = Target::good(26).m(|m, f| m.set(f.m.all_link, 0xdead_0000));
    assert_eq!(torn.verdict(), ms);
    let circular = Target::good(26).m(|m, f| m.set(f.m.all_link, 0x3_0000));
    assert_eq!(circular.verdict(), ms);
    let not_the_first = Target::good(26).m(|m, f| m.set(f.m.id, 1));
    assert_eq!(not_the_first.verdict(), ms);
}

#[test]
fn a_g0_has_no_number() {
    let target = Target::good(22).g0(|g0, f| g0.set(f.g.goid, 1));
    assert_eq!(target.verdict(), Err(Contradiction::G0(M)));
}

#[test]
fn without_allm_no_layout_is_believed() {
    let fields = fields(27);
    let memory = [
        slice(0x1000, 0x2000, 1),
        words(0x2000, &[0x1_0000]),
        parked(fields, 0x1_0000, 1, STACK).bytes(),
    ];
    let verdict = verify(&&memory[..], fields, &only_allgs(0x1000), &is_code);
    assert_eq!(verdict, Err(Contradiction::Ms));
}

#[test]
fn what_cannot_be_read_is_not_believed() {
    let fields = fields(27);
    let nothing: [Bytes; 0] = [];
    let verdict = verify(&&nothing[..], fields, &only_allgs(0x1000), &is_code);
    assert!(matches!(verdict, Err(Contradiction::Unreadable(_))));
    let no_g = [slice(0x1000, 0x2000, 1), words(0x2000, &[0x1_0000])];
    let verdict = verify(&&no_g[..], fields, &only_allgs(0x1000), &is_code);
    assert!(matches!(verdict, Err(Contradiction::Unreadable(_))));
}

#[test]
fn a_list_of_goroutines_that_cannot_be_read_is_not_believed_whatever_the_ms_say() {
    let good = Target::good(27);
    let memory = [
        slice(0x1000, 0xdead_0000, 1),
        words(0x1100, &[0x3_0000]),
        good.m.bytes(),
        good.g0.bytes(),
    ];
    let roots = Roots {
        allm: Some(root(0x1100)),
        ..only_allgs(0x1000)
    };
    let verdict = verify(&&memory[..], good.fields, &roots, &is_code);
    assert!(matches!(verdict, Err(Contradiction::Unreadable(_))));
}

#[test]
fn a_chain_of_ms_is_followed_to_its_end() {
    let fields = fields(23);
    let pair = |m, g0, next| {
        let m_record = Record::new(m, fields.m.size)
            .set(fields.m.g0, g0)
            .set(fields.m.all_link, next);
        let g0_record = Record::new(g0, fields.g.size).set(fields.g.m, m);
        [m_record.bytes(), g0_record.bytes()]
    };
    let memory = [
        pair(0x3_0000, 0x4_0000, 0x3_1000),
        pair(0x3_1000, 0x4_1000, 0x3_2000),
        pair(0x3_2000, 0x4_2000, 0),
    ]
    .concat();
    let chain = m_chain(&&memory[..], fields, Addr::new(0x3_0000));
    assert_eq!(
        chain,
        Some([0x3_0000, 0x3_1000, 0x3_2000].map(Addr::new).to_vec())
    );
    assert_eq!(m_chain(&&memory[..], fields, Addr::NULL), None);
}

/// Three goroutines, of which so many have a status that does not exist.
fn three_with(damaged: usize) -> Result<(), Contradiction> {
    let fields = fields(27);
    let gs = [0x1_0000, 0x1_4000, 0x1_8000];
    let record = |(index, g): (usize, &u64)| {
        let good = parked(fields, *g, 1 + index as u64, STACK);
        let status = if index < damaged { 0x77 } else { 4 };
        good.set(fields.g.status, status).bytes()
    };
    let mut memory = vec![slice(0x1000, 0x2000, 3), words(0x2000, &gs)];
    memory.extend(gs.iter().enumerate().map(record));
    verify_mostly(&&memory[..], fields, &only_allgs(0x1000), &is_code)
}

#[test]
fn most_goroutines_decide_for_a_layout_that_is_the_targets() {
    for damaged in 0..=1 {
        assert_eq!(three_with(damaged), Ok(()), "{damaged}");
    }
    for damaged in 2..=3 {
        let refused = Err(Contradiction::Status(G, 0x77));
        assert_eq!(three_with(damaged), refused, "{damaged}");
    }
}

const SUDOG: u64 = 0x5_0000;
const CHANNEL: u64 = 0x6_0000;

/// The verdict on a goroutine that receives from a channel, whose sudog and channel were changed.
fn receiving(
    minor: u16,
    change: impl FnOnce(Record, Record, &Fields) -> (Record, Record),
) -> Result<(), Contradiction> {
    let f = fields(minor);
    let sudog = Record::new(SUDOG, f.sudog.size)
        .set(f.sudog.g, 0x1_0000)
        .set(f.sudog.c, CHANNEL);
    let channel = Record::new(CHANNEL, f.hchan.size)
        .set(f.hchan.dataqsiz, 4)
        .set(f.hchan.qcount, 4)
        .set(f.hchan.recvq_first, SUDOG);
    let (sudog, channel) = change(sudog, channel, f);
    let target = Target::good(minor).g(|g, f| g.set(f.g.waiting, SUDOG));
    target.verdict_with(&[sudog.bytes(), channel.bytes()])
}

#[test]
fn a_goroutine_waits_by_a_sudog_at_a_channel() {
    for minor in 19..=27 {
        assert_eq!(receiving(minor, |s, c, _| (s, c)), Ok(()), "1.{minor}");
        let wrong = |what| Err(Contradiction::Sudog(G, what));
        let of_another = receiving(minor, |s, c, f| (s.set(f.sudog.g, 0x3_8000), c));
        assert_eq!(of_another, wrong("g"), "1.{minor}");
        let not_a_bool = receiving(minor, |s, c, f| (s.set(f.sudog.is_select, 2), c));
        assert_eq!(not_a_bool, wrong("isSelect"), "1.{minor}");
        let overfull = receiving(minor, |s, c, f| (s, c.set(f.hchan.qcount, 5)));
        assert_eq!(overfull, wrong("channel"), "1.{minor}");
        let half_closed = receiving(minor, |s, c, f| (s, c.set(f.hchan.closed, 7)));
        assert_eq!(half_closed, wrong("channel"), "1.{minor}");
        let misled = receiving(minor, |s, c, f| (s, c.set(f.hchan.sendq_first, 0x3_0000)));
        assert_eq!(misled, wrong("channel"), "1.{minor}");
        // That of a semaphore, and what a core does not have.
        let semaphore = receiving(minor, |s, c, f| (s.set(f.sudog.c, 0), c));
        assert_eq!(semaphore, Ok(()), "1.{minor}");
        let elsewhere = receiving(minor, |s, c, f| (s.set(f.sudog.c, 0xdead_0000), c));
        assert_eq!(elsewhere, Ok(()), "1.{minor}");
    }
}

/// A cache of free records, this far apart, each of which begins with the address of the next one.
fn cache(count: u64, apart: u64) -> Vec<Bytes> {
    let at = |index: u64| {
        if index == count {
            0
        } else {
            0x8_0000 - index * apart
        }
    };
    let mut memory = vec![words(0x1200, &[0, at(0)])];
    memory.extend((0..count).map(|index| words(at(index), &[at(index + 1)])));
    memory
}

#[test]
fn free_records_of_the_poller_lie_as_far_apart_as_they_are_long() {
    let fields = fields(23);
    let size = u64::from(fields.poll_desc.size);
    let verdict = |memory: Vec<Bytes>| polls(&&memory[..], fields, [Addr::new(0x1200)]);
    let refused = Err(Contradiction::PollDesc(Addr::new(0x1208)));
    for (count, apart, expected) in [
        (15, size, Ok(())),
        // Some are in use.
        (5, 2 * size, Ok(())),
        // Padded, as Go 1.27 does.
        (7, 512, Ok(())),
        (15, size + 16, refused.clone()),
        (4, size - 16, refused),
        // Too few of them, or no list at all.
        (3, size - 16, Ok(())),
        (0, size, Ok(())),
    ] {
        assert_eq!(verdict(cache(count, apart)), expected, "{count}, {apart}");
    }
    assert_eq!(verdict(vec![words(0x1200, &[0, 0x1208])]), Ok(()));
}
