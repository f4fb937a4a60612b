//! The registers of amd64.

use super::RegisterFile;

/// `struct user_regs_struct` of x86-64: r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs
/// eflags rsp ss fs_base gs_base ds es fs gs.
pub(super) static FILE: RegisterFile = RegisterFile {
    words: 27,
    pc: 16,
    sp: 19,
    frame_pointer: 4,
    link: None,
    thread_pointer: Some(21),
    dwarf: &[10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16],
    syscall_number: Some(15),
    syscall_args: [14, 13, 12, 7, 9, 8],
    syscall_result: 10,
    syscall_len: 2,
    // Behind the return address, `struct rt_sigframe` begins with the ucontext. Its gregs: r8 to r15, rdi, rsi, rbp,
    // rbx, rdx, rax, rcx, rsp, rip, eflags.
    signal_frame: (
        40,
        &[9, 8, 7, 6, 3, 2, 1, 0, 14, 13, 4, 5, 12, 10, 11, 19, 16, 18],
    ),
    // cs, gs, fs.
    signal_segments: &[17, 26, 25],
    // Behind the ucontext of 304 bytes.
    siginfo: 304,
    printed: &[
        ("rax", 10),
        ("rbx", 5),
        ("rcx", 11),
        ("rdx", 12),
        ("rdi", 14),
        ("rsi", 13),
        ("rbp", 4),
        ("rsp", 19),
        ("r8", 9),
        ("r9", 8),
        ("r10", 7),
        ("r11", 6),
        ("r12", 3),
        ("r13", 2),
        ("r14", 1),
        ("r15", 0),
        ("rip", 16),
        ("rflags", 18),
        ("cs", 17),
        ("fs", 25),
        ("gs", 26),
    ],
    name_width: 6,
};
