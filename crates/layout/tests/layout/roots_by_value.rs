//! The runtime's globals, by their values alone, among what only looks like them.

use crate::records::{Record, fields};
use crate::roots::{
    ALLGS, ALLM, ALLP, BSS, BSS_LEN, bss, found, heap, memory, program, search, search_up_to,
};
use gopeek_layout::roots::Method;
use gopeek_layout::testing::Bytes;
use gopeek_layout::{Addr, Memory};

#[test]
fn by_value_among_what_only_looks_like_it() {
    let decoys: [(u64, &[u64]); 13] = [
        // A list of goroutines that does not begin with main's.
        (0x000, &[0x2100, 2, 2]),
        // No elements, no room for them, too much room, not aligned, nothing there.
        (0x020, &[0x2000, 0, 4]),
        (0x040, &[0x2000, 2, 1]),
        (0x060, &[0x2000, 2, 1 << 60]),
        (0x080, &[0x2004, 1, 1]),
        // A list that has something else than goroutines in it.
        (0x0a0, &[0x2400, 2, 2]),
        // A list of processors in another order.
        (0x0c0, &[0x2300, 2, 2]),
        // A g in place of an M.
        (0x0e0, &[0x1_0000]),
        (0x0f0, &[0xdead_0000]),
        (0x100, ALLGS),
        (0x200, ALLM),
        (0x300, ALLP),
        // A second one, behind the first.
        (0x400, ALLGS),
    ];
    for minor in 19..=27 {
        let roots = search(minor, &program(), &[], &&memory(minor, &decoys)[..]);
        let roots = roots.expect("roots");
        assert_eq!(roots.allgs, found(0x100, Method::Value), "1.{minor}");
        assert_eq!(roots.allm, Some(found(0x200, Method::Value)), "1.{minor}");
        assert_eq!(roots.allp, Some(found(0x300, Method::Value)), "1.{minor}");
    }
}

#[test]
fn by_value_across_the_pages_of_the_scan_and_at_the_very_end() {
    for offset in [0, 0xff0, 0xff8, 0x1000, BSS_LEN - 24] {
        let memory = memory(24, &[(offset, ALLGS)]);
        let roots = search(24, &program(), &[], &&memory[..]).expect("roots");
        assert_eq!(roots.allgs, found(offset, Method::Value), "at {offset:#x}");
        assert_eq!((roots.allm, roots.allp), (None, None), "there are none");
    }
}

#[test]
fn a_page_that_cannot_be_read_hides_no_other() {
    let whole = bss(&[(0x1800, ALLGS)]);
    let mut second = vec![0; 0x1000];
    whole.read(Addr::new(BSS + 0x1000), &mut second).unwrap();
    let mut memory = heap(fields(24));
    memory.push(Bytes::at(BSS + 0x1000).raw(&second));
    let roots = search(24, &program(), &[], &&memory[..]).expect("roots");
    assert_eq!(roots.allgs, found(0x1800, Method::Value));
}

#[test]
fn a_list_of_processors_that_cannot_be_read_is_none() {
    let globals: [(u64, &[u64]); 3] = [(0, &[0xdead_0000, 2, 2]), (0x100, ALLGS), (0x300, ALLP)];
    let roots = search(27, &program(), &[], &&memory(27, &globals)[..]).expect("roots");
    assert_eq!(roots.allp, Some(found(0x300, Method::Value)));
}

#[test]
fn allm_is_the_word_that_leads_to_all_ms_and_not_to_some() {
    for minor in 19..=27 {
        let f = fields(minor);
        // Other globals lead to an M, too: to the first one of all here, in front of allm and behind it.
        let globals: [(u64, &[u64]); 4] = [
            (0, &[0x3_0000]),
            (0x100, ALLGS),
            (0x200, &[0x3_1000]),
            (0x300, &[0x3_0000]),
        ];
        let mut memory = memory(minor, &globals);
        let newest = Record::new(0x3_1000, f.m.size).set(f.m.g0, 0x3_9000);
        memory.push(newest.set(f.m.all_link, 0x3_0000).bytes());
        let g0 = Record::new(0x3_9000, f.g.size).set(f.g.m, 0x3_1000);
        memory.push(g0.bytes());
        let roots = search(minor, &program(), &[], &&memory[..]).expect("roots");
        assert_eq!(roots.allm, Some(found(0x200, Method::Value)), "1.{minor}");
    }
}

#[test]
fn the_zeroed_data_may_end_within_a_page() {
    // Nothing behind it can be read.
    let end = 0x1200;
    let mut bytes = vec![0; usize::try_from(end).unwrap()];
    for offset in [0x100, 0x1100, end - 24] {
        let whole = bss(&[(offset, ALLGS)]);
        whole.read(Addr::new(BSS), &mut bytes).unwrap();
        let mut memory = heap(fields(24));
        memory.push(Bytes::at(BSS).raw(&bytes));
        let roots = search_up_to(end, 24, &program(), &[], &&memory[..]).expect("roots");
        assert_eq!(roots.allgs, found(offset, Method::Value), "at {offset:#x}");
    }
}

#[test]
fn what_lies_behind_the_zeroed_data_is_not_looked_at() {
    let memory = memory(24, &[(0x1200, ALLGS)]);
    let look = |end| search_up_to(end, 24, &program(), &[], &&memory[..]).is_some();
    assert_eq!((look(0x1200), look(0x1218)), (false, true));
}
