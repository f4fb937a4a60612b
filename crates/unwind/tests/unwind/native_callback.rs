//! The C frames between a goroutine's Go frames, from both stacks.

use crate::native_program::{CFunc, CProgram, Found, c_pc, thread};
use crate::pclntab::Func;
use crate::program::{Program, ids};
use gopeek_layout::Addr;
use gopeek_layout::arch::Arch;
use gopeek_layout::registers::Registers;
use gopeek_layout::rules::rules;
use gopeek_layout::testing::Bytes;
use gopeek_unwind::native::{Chain, NativeEnd, NativeSegment, Natives, segments};
use gopeek_unwind::pclntab::function::flag;
use gopeek_unwind::{Frame, Source, Start, Walker};

/// Frame of cgocallback, without what its call pushed.
const CALLBACK: i64 = 0x20;
/// Where crosscall2 goes on.
const CROSSING: u64 = 0x20;

/// Go code whose crosscall2 has a frame of `crosscall2` bytes, without what its call pushed.
fn go(arch: Arch, crosscall2: i64) -> Program {
    let funcs = [
        Func::new("runtime.goexit", 0x10).flags(flag::TOP_FRAME),
        Func::new("main.f", 0x40).frame(8),
        Func::new("runtime.cgocallback", 0x40)
            .frame(CALLBACK)
            .flags(flag::SP_WRITE)
            .id(ids(24).cgocallback),
        Func::new("crosscall2", 0x40).frame(crosscall2),
        Func::new("runtime.asmcgocall", 0x40).frame(0),
    ];
    match arch {
        Arch::Amd64 => Program::amd64(&funcs),
        Arch::Arm64 => Program::arm64(&funcs),
    }
}

/// C with one function that keeps a frame pointer, and a thread's first.
fn c(arch: Arch) -> CProgram {
    let (keeps, root): (&[u8], &[u8]) = match arch {
        // def_cfa rbp+16, rbp at cfa-16.
        Arch::Amd64 => (&[0x0c, 6, 16, 0x86, 2], &[0x07, 16]),
        // def_cfa x29+16, x29 at cfa-16, x30 at cfa-8.
        Arch::Arm64 => (&[0x0c, 29, 16, 0x9d, 2, 0x9e, 1], &[0x07, 30]),
    };
    let functions = [
        CFunc::new(0x200, 0x40, keeps),
        CFunc::new(0x300, 0x40, root),
    ];
    CProgram::new(arch, Found::Header, &functions)
}

/// A goroutine of two callbacks: main.f below cgocallback below main.f below cgocallback, on amd64.
fn goroutine(program: &Program) -> (Bytes, Vec<Frame>) {
    let stack = Bytes::at(0xc000)
        .raw(&[0; 8])
        .u64(program.word("runtime.cgocallback", 8))
        .raw(&[0; 0x20])
        .u64(program.word("main.f", 0x10))
        .raw(&[0; 8])
        .u64(program.word("runtime.cgocallback", 8))
        .raw(&[0; 0x20])
        .u64(program.word("runtime.goexit", 1))
        .u64(0);
    let code = program.code();
    let mut walker = Walker::new(&code, Arch::Amd64, ids(24), rules(24), 100);
    let start = Start {
        pc: program.pc("main.f", 8),
        sp: Addr::new(0xc000),
        lr: Addr::NULL,
        from: Source::Scheduler,
    };
    let frames = walker.walk(&stack, Some(start)).frames;
    assert_eq!(frames.len(), 5);
    (stack, frames)
}

/// amd64's cgocallback and crosscall2 on a thread's stack, for a C function with the frame pointer `bp`.
fn crossing(bytes: Bytes, program: &Program, outer: u64, pushes_bp: bool, bp: u64) -> Bytes {
    let bytes = bytes
        .u64(outer)
        .raw(&[0; 0x18])
        .u64(program.word("crosscall2", CROSSING))
        .raw(&[0; 0x18])
        // rbx, r12 to r15.
        .u64(3)
        .u64(12)
        .u64(13)
        .u64(14)
        .u64(15);
    let bytes = if pushes_bp { bytes.u64(0xbad) } else { bytes };
    bytes.u64(bp).u64(c_pc(0x210))
}

fn find(
    program: &Program,
    native: &CProgram,
    memory: &Bytes,
    frames: &[Frame],
    g0_sp: Addr,
    registers: Option<&Registers>,
) -> Vec<NativeSegment> {
    let code = program.code();
    let chain = Chain {
        code: &code,
        ids: &ids(24),
        arch: Arch::Amd64,
        frames,
        g0_sp,
        registers,
        max_frames: 100,
    };
    segments(&Natives::new(&[native.module()]), memory, &chain)
}

/// The thread's stack: the inner callback, a C function that asmcgocall called, the outer callback, and a C function
/// that a thread began with.
fn thread_stack(program: &Program, pushes_bp: bool) -> Bytes {
    let frame = if pushes_bp { 0x80 } else { 0x78 };
    let outer = 0x9000 + frame + 0x20;
    let bytes = Bytes::at(0x9000).mark("inner");
    crossing(bytes, program, outer, pushes_bp, 0x9000 + frame)
        .u64(0)
        .u64(program.word("runtime.asmcgocall", 0x20))
        .raw(&[0; 0x10])
        .mark("outer")
        .raw(&[])
}

#[test]
fn each_callback_leads_to_its_segment() {
    for (pushes_bp, size) in [(false, 0x48), (true, 0x50)] {
        let program = go(Arch::Amd64, size);
        let stack = thread_stack(&program, pushes_bp);
        let outer = stack.addr("outer").get();
        let last = outer + if pushes_bp { 0x80 } else { 0x78 };
        let stack = crossing(stack, &program, outer, pushes_bp, last)
            .u64(0)
            .u64(c_pc(0x310))
            .u64(0);
        let (_, frames) = goroutine(&program);
        let inner = stack.addr("inner");
        let found = find(&program, &c(Arch::Amd64), &stack, &frames, inner, None);
        let summary: Vec<_> = found
            .iter()
            .map(|segment| {
                (
                    segment.before,
                    segment.stack.frames.len(),
                    segment.stack.end,
                )
            })
            .collect();
        let expected = [(2, 1, NativeEnd::Go), (4, 2, NativeEnd::Root)];
        assert_eq!(summary, expected, "{pushes_bp}");
        let crossing = Some(program.pc("crosscall2", CROSSING));
        assert!(found.iter().all(|segment| segment.crossing == crossing));
        assert!(!found[0].stack.frames[0].trap);
        // What crosscall2 saved of C's other registers is the caller's still.
        let registers = found[0].stack.registers;
        let saved: Vec<_> = [3, 12, 13, 14, 15]
            .map(|number| registers.dwarf(number))
            .to_vec();
        assert_eq!(saved, [3, 12, 13, 14, 15].map(Some));
    }
}

#[test]
fn a_thread_in_c_comes_first_and_one_in_go_has_none() {
    let program = go(Arch::Amd64, 0x48);
    let (_, frames) = goroutine(&program);
    let stack = Bytes::at(0x8000)
        .u64(0)
        .u64(program.word("runtime.asmcgocall", 0x20))
        .u64(0);
    let in_c = thread(Arch::Amd64, &[(16, c_pc(0x200)), (19, 0x8000), (4, 0x8000)]);
    let found = find(
        &program,
        &c(Arch::Amd64),
        &stack,
        &frames,
        Addr::NULL,
        Some(&in_c),
    );
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].before, found[0].crossing), (0, None));
    assert_eq!(
        (found[0].stack.frames.len(), found[0].stack.end),
        (1, NativeEnd::Go)
    );
    let in_go = thread(
        Arch::Amd64,
        &[(16, program.word("main.f", 0)), (19, 0x8000)],
    );
    let found = find(
        &program,
        &c(Arch::Amd64),
        &stack,
        &frames,
        Addr::NULL,
        Some(&in_go),
    );
    assert_eq!(found, []);
}

#[test]
fn another_crosscall2_than_we_know_is_left_alone() {
    let known = go(Arch::Amd64, 0x48);
    let stack = crossing(Bytes::at(0x9000).mark("inner"), &known, 0, false, 0).u64(0);
    for program in [go(Arch::Amd64, 0x58), go(Arch::Amd64, 0x10)] {
        let (_, frames) = goroutine(&program);
        let inner = stack.addr("inner");
        let found = find(&program, &c(Arch::Amd64), &stack, &frames, inner, None);
        assert_eq!(found, []);
    }
    let (_, frames) = goroutine(&known);
    let elsewhere = Bytes::at(0x9000).mark("inner").raw(&[0; 0x100]);
    let inner = elsewhere.addr("inner");
    assert_eq!(
        find(&known, &c(Arch::Amd64), &elsewhere, &frames, inner, None),
        []
    );
}

#[test]
fn arm64_returns_from_the_bottom_of_cgocallbacks_frame() {
    let program = go(Arch::Arm64, 0xc0);
    // crosscall2's frame: arguments, x19 to x28 at 0x20, x29 and x30 at 0xb0.
    let stack = Bytes::at(0x9000)
        .mark("inner")
        .u64(program.word("crosscall2", CROSSING))
        .u64(0)
        .u64(0)
        .u64(0)
        .mark("crosscall2")
        .raw(&[0; 0x20]);
    let stack = (19..29u64).fold(stack, Bytes::u64);
    let c_frame = stack.addr("crosscall2").get() + 0xc0;
    let stack = stack
        .raw(&[0; 0x40])
        .u64(c_frame)
        .u64(c_pc(0x210))
        .u64(0x1111)
        .u64(program.word("runtime.asmcgocall", 0x20));
    let twin = Frame {
        pc: program.pc("runtime.cgocallback", 8),
        sp: Addr::new(0xc000),
        fp: Addr::new(0xc020),
        argp: Addr::new(0xc028),
        trap: false,
    };
    let code = program.code();
    let chain = Chain {
        code: &code,
        ids: &ids(24),
        arch: Arch::Arm64,
        frames: &[twin],
        g0_sp: stack.addr("inner"),
        registers: None,
        max_frames: 100,
    };
    let native = c(Arch::Arm64);
    let found = segments(&Natives::new(&[native.module()]), &stack, &chain);
    assert_eq!(found.len(), 1);
    let segment = &found[0].stack;
    assert_eq!(
        (found[0].before, segment.frames.len(), segment.end),
        (1, 1, NativeEnd::Go)
    );
    assert_eq!(segment.registers.dwarf(19), Some(19));
    assert_eq!(segment.registers.frame_pointer(), Some(Addr::new(0x1111)));
}
