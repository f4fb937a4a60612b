//! Goroutines that wait where waiting is their work: accept loops, keep-alive reads, timers, the runtime's own.

use crate::report::{Frame, Goroutine};
use gopeek_layout::enums::status;

/// By a function that is on the stack, in a state that begins like this.
const KNOWN: &[(&str, &str, &str)] = &[
    ("IO wait", "internal/poll.(*FD).Accept", "accept loops"),
    (
        "IO wait",
        "net/http.(*connReader).backgroundRead",
        "http background reads",
    ),
    (
        "IO wait",
        "net/http.(*conn).readRequest",
        "http keep-alive reads",
    ),
    ("IO wait", "net/http.(*conn).serve", "http keep-alive reads"),
    (
        "IO wait",
        "net/http.(*persistConn).readLoop",
        "idle http client connections",
    ),
    (
        "select",
        "net/http.(*persistConn).readLoop",
        "idle http client connections",
    ),
    (
        "select",
        "net/http.(*persistConn).writeLoop",
        "idle http client connections",
    ),
    (
        "IO wait",
        "net/http.(*http2serverConn).readFrames",
        "http2 reads",
    ),
    (
        "select",
        "net/http.(*http2serverConn).serve",
        "http2 connections",
    ),
    (
        "IO wait",
        "net/http.(*http2ClientConn).readLoop",
        "http2 reads",
    ),
    (
        "IO wait",
        "golang.org/x/net/http2.(*serverConn).readFrames",
        "http2 reads",
    ),
    (
        "select",
        "golang.org/x/net/http2.(*serverConn).serve",
        "http2 connections",
    ),
    (
        "IO wait",
        "golang.org/x/net/http2.(*clientConnReadLoop).run",
        "http2 reads",
    ),
    (
        "IO wait",
        "google.golang.org/grpc/internal/transport",
        "grpc reads",
    ),
    (
        "select",
        "google.golang.org/grpc/internal/transport.(*controlBuffer).get",
        "grpc writers",
    ),
    (
        "select",
        "google.golang.org/grpc/internal/transport.(*http2Server).keepalive",
        "grpc keep-alives",
    ),
    (
        "select",
        "google.golang.org/grpc/internal/transport.(*http2Client).keepalive",
        "grpc keep-alives",
    ),
    (
        "select",
        "google.golang.org/grpc/internal/grpcsync.(*CallbackSerializer).run",
        "grpc helpers",
    ),
    (
        "select",
        "database/sql.(*DB).connectionOpener",
        "database helpers",
    ),
    (
        "select",
        "database/sql.(*DB).connectionCleaner",
        "database helpers",
    ),
    ("select", "os/signal.loop", "signal handlers"),
    ("syscall", "os/signal.signal_recv", "signal handlers"),
    ("sleep", "time.Sleep", "sleepers"),
    ("chan receive", "time.(*Ticker)", "timers"),
];

/// What its waiting is for, of a goroutine that does nothing out of the ordinary. `has_timer` is whether it will be woken by
/// a timer.
pub(super) fn why(
    goroutine: &Goroutine,
    frames: &[Frame<'_>],
    has_timer: bool,
) -> Option<&'static str> {
    if goroutine.system {
        return Some("workers of the runtime");
    }
    let names = || {
        let calls = frames.iter().flat_map(|frame| frame.site.calls.iter());
        calls.map(|call| &*call.function)
    };
    // The signal package's goroutine sleeps on a note of the runtime's, outside of all states.
    if goroutine.status == status::SYSCALL && names().any(|name| name == "os/signal.signal_recv") {
        return Some("signal handlers");
    }
    let known = KNOWN.iter().find(|(state, function, _)| {
        goroutine.state.starts_with(state) && names().any(|name| name.starts_with(function))
    });
    let known = known.map(|(_, _, what)| *what);
    known.or((has_timer && goroutine.status == status::WAITING).then_some("timers and tickers"))
}
