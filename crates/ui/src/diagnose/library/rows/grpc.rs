//! grpc-go: calls and streams, on both sides.

use super::super::row::{Nature, ROW, Row, Source, field};

/// Address that a gRPC client was made for.
const TARGET: Source = field("google.golang.org/grpc.(*ClientConn)", "target");

const STREAM_TARGET: Source = field("google.golang.org/grpc.(*clientStream)", "cc.target");

/// Waits of gRPC.
pub(in super::super) const GRPC: &[Row] = &[
    Row {
        kind: "grpc-unary",
        text: "the answer to a gRPC call",
        functions: &[
            "google.golang.org/grpc.(*clientStream).RecvMsg",
            "google.golang.org/grpc.(*clientStream).SendMsg",
        ],
        within: "google.golang.org/grpc.(*ClientConn).Invoke",
        peer: &[TARGET, STREAM_TARGET],
        ..ROW
    },
    Row {
        kind: "grpc-conn",
        text: "a gRPC connection that is ready",
        functions: &[
            "google.golang.org/grpc.(*pickerWrapper).pick",
            "google.golang.org/grpc.(*ClientConn).waitForResolvedAddrs",
        ],
        peer: &[TARGET],
        ..ROW
    },
    Row {
        kind: "grpc-stream",
        text: "the next message of a gRPC stream",
        nature: Nature::Stream,
        functions: &["google.golang.org/grpc.(*clientStream).RecvMsg"],
        peer: &[STREAM_TARGET],
        ..ROW
    },
    Row {
        kind: "grpc-stream",
        text: "room in a gRPC stream",
        functions: &["google.golang.org/grpc.(*clientStream).SendMsg"],
        peer: &[STREAM_TARGET],
        ..ROW
    },
    Row {
        kind: "grpc-server-stream",
        text: "a gRPC client's next message",
        nature: Nature::Idle("gRPC server streams"),
        functions: &["google.golang.org/grpc.(*serverStream).RecvMsg"],
        ..ROW
    },
    Row {
        kind: "grpc-server-stream",
        text: "a gRPC client to read its stream",
        functions: &["google.golang.org/grpc.(*serverStream).SendMsg"],
        ..ROW
    },
    Row {
        nature: Nature::Idle("gRPC helpers"),
        functions: &[
            "google.golang.org/grpc/internal/transport.(*http2Client).reader",
            "google.golang.org/grpc/internal/transport.(*http2Server).HandleStreams",
            "google.golang.org/grpc/internal/transport.(*controlBuffer).get",
            "google.golang.org/grpc/internal/transport.(*http2Server).keepalive",
            "google.golang.org/grpc/internal/transport.(*http2Client).keepalive",
            "google.golang.org/grpc/internal/grpcsync.(*CallbackSerializer).run",
            "google.golang.org/grpc.newClientStreamWithParams.func4",
            "google.golang.org/grpc.(*addrConn).resetTransport",
            "google.golang.org/grpc.(*Server).serverWorker",
            "google.golang.org/grpc.(*ccBalancerWrapper).watcher",
        ],
        ..ROW
    },
];
