//! Signals in words: Go's, and what the kernel's codes mean.

use gopeek_layout::siginfo::SignalInfo;

/// Signals that end a process with a core, unless it handles them (signal(7)), but for SIGTRAP, which is a debugger's.
pub(crate) const DEADLY: [u32; 9] = [3, 4, 6, 7, 8, 11, 24, 25, 31];
/// Ctrl-\, and what a crashing Go has its other threads print their stacks by.
pub(crate) const QUIT: u32 = 3;
/// Signals that Go prints the instruction's bytes of: SIGILL, SIGFPE.
pub(crate) const ABOUT_INSTRUCTION: [u32; 2] = [4, 8];
/// Signals that Go prints an address of, from 1.22 on: SIGBUS, SIGSEGV.
pub(crate) const WITH_ADDRESS: [u32; 2] = [7, 11];
/// `SI_USER`: by kill(2).
pub(crate) const SI_USER: i32 = 0;

/// What Go calls a signal (`runtime/sigtab_linux_generic.go`).
pub(crate) fn name(number: u32) -> String {
    let text = match number {
        1 => "SIGHUP: terminal line hangup",
        2 => "SIGINT: interrupt",
        QUIT => "SIGQUIT: quit",
        4 => "SIGILL: illegal instruction",
        5 => "SIGTRAP: trace trap",
        6 => "SIGABRT: abort",
        7 => "SIGBUS: bus error",
        8 => "SIGFPE: floating-point exception",
        9 => "SIGKILL: kill",
        11 => "SIGSEGV: segmentation violation",
        15 => "SIGTERM: termination",
        16 => "SIGSTKFLT: stack fault",
        24 => "SIGXCPU: cpu limit exceeded",
        25 => "SIGXFSZ: file size limit exceeded",
        31 => "SIGSYS: bad system call",
        other => return format!("signal {other}"),
    };
    text.to_owned()
}

/// Why it came, in words (sigaction(2)); nothing where there are none.
pub(crate) fn why(number: u32, code: i32) -> Option<&'static str> {
    Some(match (number, code) {
        (11, 1) => "no memory is mapped there",
        (11, 2) => "the memory there may not be accessed so",
        (7, 1) => "a misaligned address",
        (7, 2) => "behind the end of a mapped file",
        (7, 3..=5) => "a hardware error",
        (8, 1) => "integer division by zero",
        (8, 2) => "integer overflow",
        (4, 1..=8) => "no instruction that the CPU knows, or may execute",
        (31, 1) => "a system call that a seccomp filter forbids",
        (_, 0x80) => "by the kernel",
        _ => return None,
    })
}

/// Why it came and from whom, in words.
pub(crate) fn origin(signal: &SignalInfo, own_pid: i32) -> String {
    let mut words = Vec::new();
    if let Some(sender) = signal.sender() {
        words.push(match sender.pid {
            pid if pid == own_pid => "sent by itself".to_owned(),
            0 => "sent from outside of its pid namespace".to_owned(),
            pid => format!("sent by pid {pid}, uid {}", sender.uid),
        });
    }
    words.extend(why(signal.number, signal.code).map(str::to_owned));
    let address = signal.address();
    words.extend(address.map(|address| format!("address {address}")));
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{name, origin};
    use gopeek_layout::siginfo::SignalInfo;

    #[test]
    fn a_signal_has_gos_name() {
        assert_eq!(name(11), "SIGSEGV: segmentation violation");
        assert_eq!(name(42), "signal 42");
    }

    #[test]
    fn where_it_came_from() {
        let signal = |number, code, word| SignalInfo { number, code, word };
        let fault = origin(&signal(11, 1, 0x10), 7);
        assert_eq!(fault, "no memory is mapped there, address 0x10");
        let sent = 1000 << 32;
        assert_eq!(
            origin(&signal(6, 0, sent + 9), 7),
            "sent by pid 9, uid 1000"
        );
        assert_eq!(origin(&signal(6, -6, sent + 7), 7), "sent by itself");
        let outside = origin(&signal(3, 0, 0), 7);
        assert_eq!(outside, "sent from outside of its pid namespace");
    }
}
