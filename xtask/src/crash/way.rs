//! The ways in which `testdata/programs/crash` brings itself down, and what each is to be told as.

/// One way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Way {
    /// The program's argument.
    pub(crate) name: &'static str,
    /// How gopeek begins to tell of it; empty where that is not the same in all releases.
    pub(crate) told: &'static str,
    /// Whether it takes C, or does not go with it; nothing where that is the same to it.
    pub(crate) cgo: Option<bool>,
    /// The program prints all of it: nothing of a thread that is not Go's.
    pub(crate) printed: bool,
}

const fn go(name: &'static str, told: &'static str) -> Way {
    Way {
        name,
        told,
        cgo: None,
        printed: true,
    }
}

const fn c(name: &'static str, told: &'static str) -> Way {
    Way {
        cgo: Some(true),
        ..go(name, told)
    }
}

/// Every way.
pub(crate) const WAYS: &[Way] = &[
    go("string", "panic: out of luck"),
    go("error", "panic: open the door: no key"),
    go("stringer", "panic: the answer is 42"),
    go("int", "panic: -7"),
    go("named", "panic: main.mood(\"grim\")"),
    go("float", "panic: "),
    go("complex", "panic: main.turn("),
    go("struct", "panic: (main.point) 0x"),
    go("pointer", "panic: (*main.point) 0x"),
    go("nested", "panic: first"),
    go("recovered", "panic: first [recovered]"),
    go("repanicked", "panic: once [recovered"),
    go("goexit", "panic: at the exit"),
    go("index", "panic: runtime error: index out of range"),
    go("divide", "panic: runtime error: integer divide by zero"),
    go("assertion", "panic: interface conversion: "),
    go("nil", "panic: runtime error: invalid memory address"),
    go("nilmap", "panic: assignment to entry in nil map"),
    go("method", "panic: runtime error: invalid memory address"),
    go("goroutine", "panic: runtime error: invalid memory address"),
    go("after", "panic: now"),
    go("bus", "unexpected fault address 0x"),
    go("address", "unexpected fault address 0x"),
    go("maps", "fatal error: concurrent map writes"),
    go("unlock", "fatal error: sync: unlock of unlocked mutex"),
    go("within", ""),
    // With C, the runtime does not look for one: a callback may end it.
    Way {
        cgo: Some(false),
        ..go(
            "deadlock",
            "fatal error: all goroutines are asleep - deadlock!",
        )
    },
    go(
        "overflow",
        "runtime: goroutine stack exceeds 1048576-byte limit",
    ),
    // With the race detector, the runtime gives up earlier.
    go("memory", ""),
    go("printing", "fatal error: panic while printing panic value"),
    go("abort", "SIGABRT: abort: sent by itself"),
    go("quit", "SIGQUIT: quit: sent by pid "),
    go("segv", "SIGSEGV: segmentation violation: sent by itself"),
    // Up to 1.20 the runtime takes it for its own.
    c("c-fault", ""),
    c("c-abort", "SIGABRT: abort: sent by itself"),
    Way {
        printed: false,
        ..c(
            "c-thread",
            "SIGSEGV: segmentation violation: no memory is mapped there, address 0x0",
        )
    },
];

/// Some of each kind, for continuous integration.
pub(crate) const FEW: [&str; 7] = [
    "string", "nested", "nil", "maps", "deadlock", "abort", "c-fault",
];

/// The way of this name, for the command line.
///
/// # Errors
/// When there is none.
pub(crate) fn named(name: &str) -> Result<Way, String> {
    let found = WAYS.iter().find(|way| way.name == name);
    found.copied().ok_or_else(|| {
        let names: Vec<_> = WAYS.iter().map(|way| way.name).collect();
        format!("there is {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::{FEW, WAYS, named};

    #[test]
    fn names_are_unique_and_known() {
        for way in WAYS {
            assert_eq!(named(way.name), Ok(*way));
        }
        assert!(FEW.iter().all(|name| named(name).is_ok()));
        assert!(named("elsewhere").is_err());
    }
}
