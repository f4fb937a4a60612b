//! A target's memory, read as it runs.

use crate::helper::{PATTERN_LEN, pattern};
use crate::target::{Target, span};
use gopeek_attach::capture::capture_running;
use gopeek_layout::mem::read_bytes;
use gopeek_layout::{Addr, Memory, Unreadable};

#[test]
fn the_front_of_the_program_is_that_of_its_file() {
    let target = Target::cat();
    let process = target.open();
    let files = process.code_files().unwrap();
    let program = &files[0];
    assert!(program.is_program);
    assert_eq!(program.offset, 0);
    let len = 0x40;
    let read = read_bytes(&process, program.start, len).unwrap();
    assert!(read.starts_with(b"\x7fELF"));
    assert_eq!(read, program.bytes[..len]);
}

#[test]
fn known_bytes_are_read_as_they_are_however_many() {
    let (target, at) = Target::helper("known_bytes");
    let process = target.open();
    let at = Addr::new(at.parse().unwrap());
    let expected: Vec<u8> = (0..PATTERN_LEN).map(pattern).collect();
    assert!(read_bytes(&process, at, PATTERN_LEN).unwrap() == expected);

    let mut asked = false;
    let captured = capture_running(&process, &[], |_| {
        let len = PATTERN_LEN as u64;
        let wave = usize::from(!asked);
        asked = true;
        vec![span(at.get(), len); wave]
    });
    let snapshot = captured.unwrap().snapshot;
    assert_eq!(snapshot.len(), PATTERN_LEN);
    assert!(snapshot.slice(span(at.get(), PATTERN_LEN as u64)) == Some(&expected));
}

#[test]
fn nothing_can_be_read_where_nothing_is_mapped() {
    let target = Target::cat();
    let process = target.open();
    for at in [0, 8, 1 << 47, u64::MAX - 4, u64::MAX] {
        let at = Addr::new(at);
        let error = process.read(at, &mut [0; 8]).unwrap_err();
        assert_eq!(error, Unreadable { at, len: 8 });
    }
}

#[test]
fn a_read_that_leaves_a_mapping_gives_nothing() {
    let target = Target::cat();
    let process = target.open();
    let maps = target.maps();
    let first = maps[0].address.0;
    let (before, inside) = (Addr::new(first - 8), Addr::new(first));
    assert!(process.read(inside, &mut [0; 16]).is_ok());
    assert!(process.read(before, &mut [0; 16]).is_err());
}

#[test]
fn each_wave_sees_what_the_ones_before_brought() {
    let (target, at) = Target::helper("known_bytes");
    let process = target.open();
    let at: u64 = at.parse().unwrap();
    let (step, waves) = (0x1000, 5u64);
    let mut wave = 0;
    let captured = capture_running(&process, &[], |held| {
        for earlier in 0..waves {
            let read = read_bytes(held.got, Addr::new(at + earlier * step), 16);
            assert_eq!(read.is_ok(), earlier < wave, "wave {wave}");
        }
        wave += 1;
        let more = u64::from(wave <= waves);
        vec![span(at + (wave - 1) * step, 16); usize::try_from(more).unwrap()]
    });
    let captured = captured.unwrap();
    assert_eq!((wave, captured.snapshot.len()), (waves + 1, 5 * 16));
    assert_eq!((captured.pause, captured.cut_short), (None, false));
}
