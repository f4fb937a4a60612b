//! The registers of arm64.

use super::RegisterFile;

/// `struct user_pt_regs` of arm64: x0 to x30, sp, pc, pstate.
pub(super) static FILE: RegisterFile = RegisterFile {
    words: 34,
    pc: 32,
    sp: 31,
    frame_pointer: 29,
    link: Some(30),
    // A register set of its own, NT_ARM_TLS; Go has its g in x28.
    thread_pointer: None,
    dwarf: &[
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
        25, 26, 27, 28, 29, 30, 31, 32,
    ],
    // The kernel keeps it apart (NT_ARM_SYSTEM_CALL), and x0 is overwritten by the result.
    syscall_number: None,
    syscall_args: [0, 1, 2, 3, 4, 5],
    syscall_result: 0,
    syscall_len: 4,
    // A siginfo of 128 bytes, then the ucontext, whose registers follow uc_sigmask's room and the fault's address.
    signal_frame: (
        312,
        &[
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
            24, 25, 26, 27, 28, 29, 30, 31, 32, 33,
        ],
    ),
    signal_segments: &[],
    siginfo: 0,
    printed: &[
        ("r0", 0),
        ("r1", 1),
        ("r2", 2),
        ("r3", 3),
        ("r4", 4),
        ("r5", 5),
        ("r6", 6),
        ("r7", 7),
        ("r8", 8),
        ("r9", 9),
        ("r10", 10),
        ("r11", 11),
        ("r12", 12),
        ("r13", 13),
        ("r14", 14),
        ("r15", 15),
        ("r16", 16),
        ("r17", 17),
        ("r18", 18),
        ("r19", 19),
        ("r20", 20),
        ("r21", 21),
        ("r22", 22),
        ("r23", 23),
        ("r24", 24),
        ("r25", 25),
        ("r26", 26),
        ("r27", 27),
        ("r28", 28),
        ("r29", 29),
        ("lr", 30),
        ("sp", 31),
        ("pc", 32),
    ],
    name_width: 7,
};
