//! The network and other processes: DNS, connections, TLS, children, signals.

use super::super::row::{Nature, ROW, Row, fact};

/// Waits for the network and for other processes.
pub(in super::super) const OUTSIDE: &[Row] = &[
    Row {
        kind: "dns",
        text: "a DNS lookup",
        functions: &[
            "net.(*Resolver).lookupIPAddr",
            "net.(*Resolver).exchange",
            "net.(*Resolver).lookup",
            "net.doBlockingWithCtx",
            "net.cgoLookupIP",
            "net.cgoLookupHost",
            "net._C_getaddrinfo",
        ],
        reader: "net.(*Resolver).exchange",
        ..ROW
    },
    Row {
        kind: "dial",
        text: "a connection to be made",
        functions: &["net.(*netFD).connect", "net.(*sysDialer).dialSerial"],
        ..ROW
    },
    Row {
        kind: "tls-handshake",
        text: "a TLS handshake",
        functions: &[
            "crypto/tls.(*Conn).handshakeContext",
            "crypto/tls.(*Conn).HandshakeContext",
        ],
        ..ROW
    },
    Row {
        kind: "exec-wait",
        text: "a child process",
        functions: &[
            "os/exec.(*Cmd).Wait",
            "os/exec.(*Cmd).awaitGoroutines",
            "os.(*Process).blockUntilWaitable",
            "os.(*Process).pidfdWait",
            "os.(*Process).wait",
        ],
        facts: &[fact("pid", "os.(*Process)", "Pid")],
        reader: "os/exec.(*Cmd).writerDescriptor",
        ..ROW
    },
    Row {
        nature: Nature::Idle("readers of a child's output"),
        over: true,
        functions: &[
            "os/exec.(*Cmd).writerDescriptor.func1",
            "os/exec.(*Cmd).writerDescriptor.func2",
            "os/exec.(*Cmd).stdin.func1",
            "os/exec.(*Cmd).childStdin.func1",
            "os/exec.(*Cmd).watchCtx.func1",
        ],
        ..ROW
    },
    Row {
        nature: Nature::Idle("signal handlers"),
        functions: &[
            "os/signal.loop",
            "os/signal.signal_recv",
            "os/signal.NotifyContext.func1",
        ],
        ..ROW
    },
    Row {
        nature: Nature::Idle("sleepers"),
        state: "sleep",
        functions: &["time.Sleep"],
        ..ROW
    },
];
