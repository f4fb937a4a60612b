//! Walks up stacks of C, by every kind of rule, and every way that they end.

use crate::native_program::{CFunc, CProgram, Found, amd64, arm64, c_pc};
use gopeek_layout::arch::Arch;
use gopeek_layout::testing::Bytes;
use gopeek_layout::{Addr, Memory, Unreadable};
use gopeek_unwind::native::{KnownRegisters, NativeEnd, NativeStack, Natives, Trust};

/// Where Go's code begins in these tests.
const GO: u64 = 0x40_0000;

/// `DW_CFA_undefined` of the return address: what a thread's first function says.
const ROOT: &[u8] = &[0x07, 16];
/// The frame of a function that keeps rbp: def_cfa rbp+16, rbp at cfa-16.
const KEEPS_BP: &[u8] = &[0x0c, 6, 16, 0x86, 2];

fn program(found: Found) -> CProgram {
    CProgram::new(
        Arch::Amd64,
        found,
        &[
            // A leaf; one with 0x20 bytes (def_cfa_offset 0x28); one with a frame pointer; the thread's first.
            CFunc::new(0, 0x10, &[0]),
            CFunc::new(0x100, 0x40, &[0x0e, 0x28]),
            CFunc::new(0x200, 0x40, KEEPS_BP),
            CFunc::new(0x300, 0x40, ROOT),
        ],
    )
}

fn walk(program: &CProgram, memory: &dyn Memory, start: &KnownRegisters) -> NativeStack {
    walk_at_most(program, memory, start, 100)
}

fn walk_at_most(
    program: &CProgram,
    memory: &dyn Memory,
    start: &KnownRegisters,
    max: usize,
) -> NativeStack {
    let natives = Natives::new(&[program.module()]);
    natives.walk(
        memory,
        start,
        true,
        &|pc| pc >= Addr::new(GO) && pc < Addr::new(2 * GO),
        max,
    )
}

fn pcs(stack: &NativeStack) -> Vec<u64> {
    stack.frames.iter().map(|frame| frame.pc.get()).collect()
}

/// The leaf, called by the one with 0x20 bytes, called by the one with a frame pointer, called from `last`.
fn stack(last: u64) -> Bytes {
    Bytes::at(0x9000)
        .mark("leaf")
        .u64(c_pc(0x110))
        .mark("sized")
        .raw(&[0; 0x20])
        .u64(c_pc(0x220))
        .mark("keeps")
        .raw(&[0; 0x18])
        .mark("bp")
        .u64(0x7777)
        .u64(last)
        .mark("last")
        .u64(0)
}

#[test]
fn a_stack_up_to_where_the_thread_began() {
    for found in [Found::Section, Found::Header] {
        let stack = stack(c_pc(0x310));
        let start = amd64(c_pc(4), stack.addr("leaf"), stack.addr("bp").get());
        let walked = walk(&program(found), &stack, &start);
        let expected = [c_pc(4), c_pc(0x110), c_pc(0x220), c_pc(0x310)];
        assert_eq!(
            (pcs(&walked), walked.end),
            (expected.to_vec(), NativeEnd::Root),
            "{found:?}"
        );
        let sps: Vec<Addr> = walked.frames.iter().map(|frame| frame.sp).collect();
        assert_eq!(
            sps,
            ["leaf", "sized", "keeps", "last"].map(|mark| stack.addr(mark))
        );
        assert!(walked.frames[0].trap && !walked.frames[1].trap);
        assert!(
            walked
                .frames
                .iter()
                .all(|frame| frame.trust == Trust::Exact && !frame.signal)
        );
    }
}

#[test]
fn go_ends_it_with_the_registers_of_the_caller() {
    let stack = stack(GO + 0x10);
    let start = amd64(c_pc(4), stack.addr("leaf"), stack.addr("bp").get());
    let walked = walk(&program(Found::Header), &stack, &start);
    assert_eq!((walked.frames.len(), walked.end), (3, NativeEnd::Go));
    let caller = walked.registers;
    assert_eq!(caller.pc(), Some(Addr::new(GO + 0x10)));
    assert_eq!(caller.sp(), Some(stack.addr("last")));
    assert_eq!(caller.frame_pointer(), Some(Addr::new(0x7777)));
    // rbx is the caller's still; what a call may overwrite is not known.
    assert_eq!((caller.dwarf(3), caller.dwarf(0)), (Some(0), None));
}

#[test]
fn a_call_at_the_end_of_go_code_is_gos() {
    // The return address of a call that never returns may lie behind the code.
    let stack = Bytes::at(0x9000).mark("sp").u64(2 * GO);
    let walked = walk(
        &program(Found::Header),
        &stack,
        &amd64(c_pc(4), stack.addr("sp"), 0),
    );
    assert_eq!(walked.end, NativeEnd::Go);
}

#[test]
fn an_interrupted_instruction_is_taken_for_itself() {
    let rules: &[u8] = &[
        // def_cfa_expression: rsp + 0x40; expressions: the return address is at rsp + 8, rsp at rsp + 16.
        0x0f, 3, 0x77, 0xc0, 0x00, //
        0x10, 16, 2, 0x77, 8, //
        0x10, 7, 2, 0x77, 16,
    ];
    let program = CProgram::new(
        Arch::Amd64,
        Found::Header,
        &[
            CFunc::new(0, 0x10, rules).signal(),
            // Interrupted at its first instruction, behind a function with another frame.
            CFunc::new(0x100, 0x40, &[0x0e, 0x80, 0x01]),
            CFunc::new(0x140, 0x40, &[0]),
            CFunc::new(0x300, 0x40, ROOT),
        ],
    );
    let stack = Bytes::at(0x9000)
        .mark("sp")
        .u64(0)
        .u64(c_pc(0x140))
        // Further down: another stack.
        .u64(0x8000);
    let other = Bytes::at(0x8000).u64(c_pc(0x310));
    let memory = [stack.clone(), other];
    let walked = walk(&program, &&memory[..], &amd64(c_pc(1), stack.addr("sp"), 0));
    assert_eq!(pcs(&walked), [c_pc(1), c_pc(0x140), c_pc(0x310)]);
    assert_eq!(walked.end, NativeEnd::Root);
    assert!(walked.frames[0].signal && walked.frames[1].trap && !walked.frames[2].trap);
}

#[test]
fn a_trampoline_without_rules_is_known_by_its_code() {
    let code = [0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05];
    let leaf = CFunc::new(0x100, 0x40, &[0]);
    let program = CProgram::with_code(Arch::Amd64, Found::Header, &[leaf], &code);
    // A ucontext: rbp at 120, rsp at 160, rip at 168.
    let stack = Bytes::at(0x9000)
        .mark("sp")
        .up_to(160)
        .u64(0xa000)
        .u64(c_pc(0x108))
        .up_to(0x1000);
    let caller = Bytes::at(0xa000).u64(GO + 1);
    let memory = [stack.clone(), caller];
    let walked = walk(&program, &&memory[..], &amd64(c_pc(0), stack.addr("sp"), 0));
    assert_eq!(
        (pcs(&walked), walked.end),
        (vec![c_pc(0), c_pc(0x108)], NativeEnd::Go)
    );
    assert!(walked.frames[0].signal && walked.frames[1].trap);
}

#[test]
fn without_rules_the_frame_pointer_is_a_guess() {
    let bare = CProgram::new(Arch::Amd64, Found::Header, &[CFunc::new(0x300, 0x40, ROOT)]);
    let stack = Bytes::at(0x9000)
        .mark("sp")
        .u64(0)
        .mark("bp")
        .u64(0x9018)
        .u64(c_pc(0x310));
    let walked = walk(
        &bare,
        &stack,
        &amd64(c_pc(0x10), stack.addr("sp"), stack.addr("bp").get()),
    );
    assert_eq!(
        (pcs(&walked), walked.end),
        (vec![c_pc(0x10), c_pc(0x310)], NativeEnd::Root)
    );
    let trust: Vec<Trust> = walked.frames.iter().map(|frame| frame.trust).collect();
    assert_eq!(trust, [Trust::Exact, Trust::Guessed]);
    // Neither below the stack pointer, nor to what is no code.
    let below = walk(&bare, &stack, &amd64(c_pc(0x10), stack.addr("bp"), 0x9000));
    assert_eq!(below.end, NativeEnd::NoRule(Addr::new(c_pc(0x10))));
    let data = Bytes::at(0x9000).u64(0x9100).u64(0x1234);
    let nowhere = walk(&bare, &data, &amd64(c_pc(0x10), Addr::new(0x9000), 0x9000));
    assert_eq!(nowhere.end, NativeEnd::NoRule(Addr::new(c_pc(0x10))));
}

#[test]
fn arm64_keeps_the_return_address_in_a_register_and_may_sign_it() {
    let rules: &[u8] = &[
        // negate_ra_state; def_cfa_offset 0x20; x29 at cfa-32, x30 at cfa-24.
        0x2d, 0x0e, 0x20, 0x9d, 4, 0x9e, 3,
    ];
    let program = CProgram::new(
        Arch::Arm64,
        Found::Header,
        &[
            CFunc::new(0, 0x40, &[0]),
            CFunc::new(0x100, 0x40, rules),
            CFunc::new(0x300, 0x40, &[0x07, 30]),
        ],
    );
    let stack = Bytes::at(0x9000)
        .mark("sp")
        .u64(0x5555)
        .u64(c_pc(0x310) | 0x00a5 << 48)
        .raw(&[0; 0x10])
        .u64(0);
    let start = arm64(c_pc(8), stack.addr("sp"), 0, c_pc(0x110));
    let walked = walk(&program, &stack, &start);
    assert_eq!(pcs(&walked), [c_pc(8), c_pc(0x110), c_pc(0x310)]);
    assert_eq!(walked.end, NativeEnd::Root);
    assert_eq!(walked.registers.frame_pointer(), Some(Addr::new(0x5555)));
    // What called another function can't have its own return address in the register still.
    let stack = Bytes::at(0x9000)
        .u64(0x5555)
        .u64(c_pc(0x10))
        .raw(&[0; 0x20]);
    let walked = walk(
        &program,
        &stack,
        &arm64(c_pc(0x110), Addr::new(0x9000), 0, 0),
    );
    assert_eq!(
        (walked.frames.len(), walked.end),
        (2, NativeEnd::NoProgress)
    );
}

#[test]
fn what_is_not_there_ends_it() {
    let program = program(Found::Header);
    let sp = Addr::new(0x9000);
    let ends = |memory: &Bytes, start: &KnownRegisters| walk(&program, memory, start).end;
    let nothing = Bytes::at(0x9000);
    let unreadable = NativeEnd::Unreadable(Unreadable { at: sp, len: 8 });
    assert_eq!(ends(&nothing, &amd64(c_pc(4), sp, 0)), unreadable);
    let elsewhere = Bytes::at(0x9000).u64(0x1234);
    let unknown = NativeEnd::UnknownModule(Addr::new(0x1234));
    assert_eq!(ends(&elsewhere, &amd64(c_pc(4), sp, 0)), unknown);
    let nil = Bytes::at(0x9000).u64(0);
    assert_eq!(ends(&nil, &amd64(c_pc(4), sp, 0)), NativeEnd::Root);
    assert_eq!(
        ends(&nil, &amd64(c_pc(0x80), sp, 0)),
        NativeEnd::NoRule(Addr::new(c_pc(0x80)))
    );
}

#[test]
fn what_does_not_climb_ends_it() {
    let program = program(Found::Header);
    // The frame pointer leads down, and to itself.
    let down = Bytes::at(0x8000)
        .u64(0)
        .u64(c_pc(0x220))
        .up_to(0x1000)
        .u64(0);
    let walked = walk(
        &program,
        &down,
        &amd64(c_pc(0x220), Addr::new(0x9000), 0x8000),
    );
    assert_eq!(
        (walked.frames.len(), walked.end),
        (1, NativeEnd::NoProgress)
    );
    let words = (0..100).fold(Bytes::at(0x9000), |bytes, _| bytes.u64(c_pc(4)));
    let walked = walk_at_most(&program, &words, &amd64(c_pc(4), Addr::new(0x9000), 0), 20);
    assert_eq!((walked.frames.len(), walked.end), (20, NativeEnd::TooDeep));
}
