//! net/http and HTTP/2: clients, servers.

use super::super::row::{Instead, Nature, ROW, Row, Source, fact, field};

/// Host and port of the request that a client's call is about.
const REQUESTED: Source = Source {
    function: "net/http.(*Client).do",
    word: 1,
    of: "net/http.(*Request)",
    path: "URL.Host",
};

/// Host and port that a connection of a transport was made for.
const CONNECTED: Source = field("net/http.(*persistConn)", "cacheKey.addr");

/// Whether a handler has begun its response. One that has, and waits, streams: it tells its client what happens when it
/// happens.
pub(in super::super) const BEGUN: &[Source] = &[
    field("net/http.(*conn)", "curReq.wroteHeader"),
    field("net/http.(*conn)", "curReq.v.wroteHeader"),
    response("net/http.(*http2responseWriter)"),
    response("net/http/internal/http2.(*responseWriter)"),
    response("golang.org/x/net/http2.(*responseWriter)"),
];

const fn response(of: &'static str) -> Source {
    Source {
        function: "golang.org/x/net/http2.(*serverConn).runHandler",
        word: 1,
        of,
        path: "rws.wroteHeader",
    }
}

/// Waits of net/http's client, and of HTTP/2's.
pub(in super::super) const HTTP_CLIENT: &[Row] = &[
    Row {
        kind: "http-response",
        text: "an HTTP response",
        functions: &[
            "net/http.(*persistConn).roundTrip",
            "golang.org/x/net/http2.(*ClientConn).RoundTrip",
            "golang.org/x/net/http2.(*ClientConn).roundTrip",
        ],
        peer: &[CONNECTED, REQUESTED],
        ..ROW
    },
    Row {
        kind: "http-conn-limit",
        text: "a free HTTP connection",
        nature: Nature::Turn,
        functions: &["net/http.(*Transport).getConn"],
        facts: &[fact("max", "net/http.(*Transport)", "MaxConnsPerHost")],
        peer: &[REQUESTED],
        users: &[
            "net/http.(*persistConn).roundTrip",
            "net/http.(*bodyEOFSignal).Read",
        ],
        instead: &[
            Instead {
                kind: "http-tls",
                text: "a TLS handshake",
                function: "net/http.(*persistConn).addTLS",
            },
            Instead {
                kind: "dns",
                text: "a DNS lookup",
                function: "net.(*Resolver).lookupIPAddr",
            },
            Instead {
                kind: "http-dial",
                text: "a TCP connection",
                function: "net/http.(*Transport).dialConn",
            },
        ],
        ..ROW
    },
    Row {
        kind: "http-body",
        text: "the rest of an HTTP response",
        nature: Nature::Stream,
        functions: &["net/http.(*body).Read"],
        within: "net/http.(*bodyEOFSignal).Read",
        peer: &[CONNECTED, REQUESTED],
        ..ROW
    },
    Row {
        kind: "http-body",
        text: "the rest of an HTTP response",
        nature: Nature::Stream,
        functions: &[
            "net/http.(*bodyEOFSignal).Read",
            "golang.org/x/net/http2.transportResponseBody.Read",
            "golang.org/x/net/http2.(*transportResponseBody).Read",
            "net/http.http2transportResponseBody.Read",
        ],
        peer: &[CONNECTED, REQUESTED],
        ..ROW
    },
    Row {
        kind: "http-request",
        text: "room to send an HTTP request",
        functions: &[
            "golang.org/x/net/http2.(*clientStream).awaitFlowControl",
            "golang.org/x/net/http2.(*ClientConn).awaitOpenSlotForStreamLocked",
        ],
        ..ROW
    },
    Row {
        nature: Nature::Idle("HTTP client connections"),
        over: true,
        functions: &[
            "net/http.(*persistConn).readLoop",
            "net/http.(*persistConn).writeLoop",
            "net/http.(*persistConn).addTLS.func2",
            "net/http.(*Transport).dialConnFor",
            "golang.org/x/net/http2.(*ClientConn).readLoop",
            "golang.org/x/net/http2.(*clientStream).doRequest",
            "golang.org/x/net/http2.(*clientConnReadLoop).run",
        ],
        ..ROW
    },
];

/// Servers that could not accept a connection, as no descriptor was left, and try again in a moment.
pub(in crate::diagnose) const FAILED_ACCEPTS: &str = "accept loops after a failure";

/// Waits of net/http's server.
pub(in super::super) const HTTP_SERVER: &[Row] = &[
    Row {
        kind: "http-server-write",
        text: "an HTTP client to read its response",
        functions: &[
            "net/http.checkConnErrorWriter.Write",
            "golang.org/x/net/http2.(*serverConn).writeDataFromHandler",
        ],
        ..ROW
    },
    Row {
        kind: "http-server-read",
        text: "an HTTP client to send its request",
        nature: Nature::Stream,
        functions: &[
            "net/http.(*body).Read",
            "net/http.(*expectContinueReader).Read",
            "golang.org/x/net/http2.(*requestBody).Read",
        ],
        ..ROW
    },
    Row {
        nature: Nature::Idle(FAILED_ACCEPTS),
        state: "sleep",
        functions: &["time.Sleep"],
        within: "net/http.(*Server).Serve",
        ..ROW
    },
    Row {
        nature: Nature::Idle("accept loops"),
        functions: &["internal/poll.(*FD).Accept"],
        ..ROW
    },
    Row {
        nature: Nature::Idle("HTTP background reads"),
        functions: &["net/http.(*connReader).backgroundRead"],
        ..ROW
    },
    Row {
        nature: Nature::Idle("HTTP keep-alive reads"),
        state: "IO wait",
        functions: &["net/http.(*conn).readRequest", "net/http.(*conn).serve"],
        ..ROW
    },
    Row {
        nature: Nature::Idle("HTTP/2 connections"),
        functions: &[
            "golang.org/x/net/http2.(*serverConn).readFrames",
            "golang.org/x/net/http2.(*serverConn).serve",
        ],
        ..ROW
    },
];
