//! What Go prints of a crash before its goroutines, made again from what is known of it.

use crate::signals::{ABOUT_INSTRUCTION, WITH_ADDRESS, name};
use gopeek_layout::goroutine::Signal;
use gopeek_layout::mem::read_bytes;
use gopeek_layout::rules::Rules;
use gopeek_layout::siginfo::SignalInfo;
use gopeek_layout::{Addr, Memory};
use std::fmt::Write as _;

/// How the line of a fatal error begins. It is indented where a panic is told before.
const FATAL: &str = "fatal error: ";
/// How lines begin that belong to the fatal error behind them.
const BEFORE: [&str; 5] = [
    "runtime: ",
    "panic: ",
    "\tpanic: ",
    "unexpected fault address ",
    "accessed data from freed user arena ",
];
/// Bytes of an instruction that Go prints, and of the page that it does not print beyond.
const INSTRUCTION: u64 = 16;
const PAGE: u64 = 4096;

/// Of a signal (`runtime.fatalsignal`).
pub(crate) fn of_signal(
    rules: &Rules,
    signal: SignalInfo,
    pc: Addr,
    m: u64,
    in_c: bool,
    memory: &dyn Memory,
) -> String {
    let code = i64::from(signal.code).cast_unsigned();
    let mut text = format!("{}\nPC={pc} m={m} sigcode={code}", name(signal.number));
    // Writing to a String does not fail.
    if rules.signals_address && WITH_ADDRESS.contains(&signal.number) {
        let _ = write!(text, " addr={:#x}", signal.word);
    }
    if in_c {
        text += "\nsignal arrived during cgo execution";
    }
    let len = INSTRUCTION.min(PAGE - pc.get() % PAGE);
    if ABOUT_INSTRUCTION.contains(&signal.number)
        && let Some(bytes) = usize::try_from(len)
            .ok()
            .and_then(|len| read_bytes(memory, pc, len).ok())
    {
        text += "\ninstruction bytes:";
        for byte in bytes {
            let _ = write!(text, " {byte:#x}");
        }
    }
    text
}

/// Of a fault that became a panic or a fatal error, behind that (`runtime.dopanic_m`).
pub(crate) fn of_fault(signal: Signal) -> String {
    let name = name(signal.number);
    let Signal {
        code, fault, pc, ..
    } = signal;
    format!("\n[signal {name} code={code:#x} addr={fault} pc={pc}]")
}

/// The lines right before the last fatal error of what the runtime printed, and its text; it is the last that was printed.
pub(crate) fn fatal_error(printed: &[u8]) -> (Vec<String>, Option<String>) {
    let printed = String::from_utf8_lossy(printed);
    let Some(at) = printed.rfind(FATAL) else {
        return (Vec::new(), None);
    };
    let (before, text) = printed.split_at(at);
    let text = text.strip_prefix(FATAL).unwrap_or(text);
    let (before, indent) = before.rsplit_once('\n').unwrap_or(("", before));
    // In the middle of a line it is somebody's words.
    if !indent.chars().all(|char| char == '\t') {
        return (Vec::new(), None);
    }
    let lines = before.lines().rev();
    let lines = lines.take_while(|line| BEFORE.iter().any(|begin| line.starts_with(begin)));
    let mut lines: Vec<String> = lines.map(str::to_owned).collect();
    lines.reverse();
    (lines, Some(text.trim_end_matches('\n').to_owned()))
}

/// Of a fatal error.
pub(crate) fn of_fatal_error(before: &[String], text: Option<&str>) -> String {
    // Go indents it as it does a second panic.
    let indent = if before.iter().any(|line| line.contains("panic: ")) {
        "\t"
    } else {
        ""
    };
    let text = text.unwrap_or("(its text is not known)");
    let before: String = before.iter().flat_map(|line| [line, "\n"]).collect();
    format!("{before}{indent}{FATAL}{text}")
}

#[cfg(test)]
mod tests {
    use super::{fatal_error, of_fatal_error, of_signal};
    use gopeek_layout::rules::rules;
    use gopeek_layout::siginfo::SignalInfo;
    use gopeek_layout::testing::Bytes;
    use gopeek_layout::{Addr, Memory};

    fn told(printed: &str) -> (Vec<String>, Option<String>) {
        fatal_error(printed.as_bytes())
    }

    #[test]
    fn a_fatal_error_is_what_was_printed_last() {
        let (before, text) = told("hello\nfatal error: once\nfatal error: fault\n");
        assert_eq!((before, text.as_deref()), (vec![], Some("fault")));
        assert_eq!(told("hello\n"), (vec![], None));
        assert_eq!(told("no fatal error: here\n"), (vec![], None));
    }

    #[test]
    fn what_belongs_to_it_comes_with_it() {
        let printed = "hello\nruntime: sp=0x1 stack=[0x2, 0x3]\nfatal error: stack overflow\n";
        let (before, text) = told(printed);
        assert_eq!(before, ["runtime: sp=0x1 stack=[0x2, 0x3]"]);
        let head = of_fatal_error(&before, text.as_deref());
        assert_eq!(format!("hello\n{head}\n"), printed);
    }

    #[test]
    fn one_within_a_panic_is_indented() {
        let printed = "panic: first\n\tfatal error: sync: unlock of unlocked mutex\n";
        let (before, text) = told(printed);
        let head = of_fatal_error(&before, text.as_deref());
        assert_eq!(format!("{head}\n"), printed);
    }

    #[test]
    fn a_signal_is_told_as_go_does() {
        let memory = Bytes::at(0x1000).u64(0x0b0f);
        let memory: &dyn Memory = &memory;
        let told = |minor, number, code| {
            let signal = SignalInfo {
                number,
                code,
                word: 0x10,
            };
            of_signal(rules(minor), signal, Addr::new(0x1ffe), 3, false, memory)
        };
        let fault = "SIGSEGV: segmentation violation\nPC=0x1ffe m=3 sigcode=1";
        assert_eq!(told(21, 11, 1), fault);
        assert_eq!(told(22, 11, 1), format!("{fault} addr=0x10"));
        let sent = "SIGABRT: abort\nPC=0x1ffe m=3 sigcode=18446744073709551610";
        assert_eq!(told(27, 6, -6), sent);
    }

    #[test]
    fn an_instruction_is_told_up_to_the_end_of_its_page() {
        let memory = Bytes::at(0x1ff8).u64(0x0b0f_0000_0000_0000);
        let signal = SignalInfo {
            number: 4,
            code: 2,
            word: 0,
        };
        let told = of_signal(rules(27), signal, Addr::new(0x1ffe), 0, true, &memory);
        let tail = "sigcode=2\nsignal arrived during cgo execution\ninstruction bytes: 0xf 0xb";
        assert!(told.ends_with(tail), "{told}");
    }
}
