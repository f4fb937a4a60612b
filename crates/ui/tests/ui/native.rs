//! C frames among Go frames.

use crate::reports::{creator, goroutine, push_frame, report, text_of};
use gopeek_ui::report::{NativeFrame, NativeSegment};
use gopeek_unwind::native::NativeCall;
use std::sync::Arc;

fn frame(pc: u64, calls: &[(Option<&str>, Option<u32>)]) -> NativeFrame {
    let call = |(function, line): &(Option<&str>, Option<u32>)| NativeCall {
        function: function.map(str::to_owned),
        offset: Some(0x20),
        file: line.map(|_| "/src/c.c".to_owned()),
        line: *line,
    };
    NativeFrame {
        pc,
        sp: 0x7000,
        signal: false,
        guessed: false,
        module: Some(Arc::from("/lib/libc.so.6")),
        calls: calls.iter().map(call).collect(),
    }
}

fn segment(before: usize, frames: Vec<NativeFrame>) -> NativeSegment {
    NativeSegment {
        before,
        crossing: None,
        frames,
        broken: None,
    }
}

#[test]
fn c_frames_stand_where_they_were_called() {
    let mut report = report(27);
    let mut one = goroutine(7);
    push_frame(&mut report, &mut one, &["main.callback"]);
    push_frame(&mut report, &mut one, &["runtime.cgocallback"]);
    push_frame(&mut report, &mut one, &["main.main"]);
    one.created_by = Some(creator("main.start", 1));
    let inlined = frame(0x10, &[(Some("inner"), Some(3)), (Some("outer"), Some(9))]);
    let outer = NativeSegment {
        crossing: Some((*creator("crosscall2", 0).place).clone()),
        ..segment(2, vec![frame(0x30, &[(Some("c_call"), Some(40))])])
    };
    one.stack.native = vec![segment(0, vec![inlined]), outer];
    let expected = "goroutine 7 [chan receive]:\n\
                    inner\n\t/src/c.c:3 pc=0x10\nouter\n\t/src/c.c:9 pc=0x10\n\
                    main.callback()\n\tmain.go:1 +0x10\n\
                    crosscall2(...)\n\tmain.go:1\nc_call\n\t/src/c.c:40 pc=0x30\n\
                    main.main()\n\tmain.go:1 +0x10\n\
                    created by main.start in goroutine 1\n\tmain.go:1 +0x20\n";
    assert_eq!(text_of(report, one), expected);
}

#[test]
fn what_is_not_known_of_a_frame_is_not_made_up() {
    let mut one = goroutine(7);
    let guessed = NativeFrame {
        guessed: true,
        ..frame(0x20, &[(None, None)])
    };
    let signal = NativeFrame {
        signal: true,
        calls: Vec::new(),
        ..frame(0x30, &[])
    };
    let named = frame(0x10, &[(Some("read"), None)]);
    one.stack.native = vec![segment(0, vec![named, guessed, signal, frame(0x40, &[])])];
    let expected = "goroutine 7 [chan receive]:\n\
                    read\n\t/lib/libc.so.6+0x20 pc=0x10\n\
                    non-Go function\n\t/lib/libc.so.6+0x20 pc=0x20 (guessed)\n\
                    signal handler called\n\tpc=0x30\n\
                    non-Go function\n\tpc=0x40\n";
    assert_eq!(text_of(report(27), one), expected);
}
