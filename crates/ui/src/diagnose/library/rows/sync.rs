//! x/sync, io.Pipe, loggers: goroutines that wait for each other.

use super::super::row::{Nature, ROW, Row};
use super::WEIGHTED_FACTS;

/// Waits of x/sync, and of what the standard library has for goroutines that wait for each other.
pub(in super::super) const SYNC: &[Row] = &[
    Row {
        kind: "semaphore",
        text: "a semaphore",
        nature: Nature::Turn,
        functions: &["golang.org/x/sync/semaphore.(*Weighted).Acquire"],
        facts: WEIGHTED_FACTS,
        ..ROW
    },
    Row {
        kind: "errgroup",
        text: "a turn in an errgroup",
        nature: Nature::Turn,
        functions: &["golang.org/x/sync/errgroup.(*Group).Go"],
        users: &["golang.org/x/sync/errgroup.(*Group).Go.func1"],
        ..ROW
    },
    Row {
        kind: "singleflight",
        text: "a call that another goroutine makes (singleflight)",
        functions: &["golang.org/x/sync/singleflight.(*Group).Do"],
        state: "sync.WaitGroup.Wait",
        users: &["golang.org/x/sync/singleflight.(*Group).doCall"],
        ..ROW
    },
    Row {
        kind: "singleflight",
        text: "a call that another goroutine makes (singleflight)",
        functions: &["golang.org/x/sync/singleflight.(*Group).Do"],
        state: "semacquire",
        users: &["golang.org/x/sync/singleflight.(*Group).doCall"],
        ..ROW
    },
    Row {
        kind: "io-pipe",
        text: "somebody to read from an io.Pipe",
        functions: &["io.(*pipe).write"],
        ..ROW
    },
    Row {
        kind: "io-pipe",
        text: "somebody to write to an io.Pipe",
        nature: Nature::Stream,
        functions: &["io.(*pipe).read"],
        ..ROW
    },
    Row {
        kind: "log-writer",
        text: "the log's writer",
        functions: &[
            "log.(*Logger).output",
            "log.(*Logger).Output",
            "log/slog.(*commonHandler).handle",
            "go.uber.org/zap/zapcore.(*lockedWriteSyncer).Write",
            "go.uber.org/zap/zapcore.(*ioCore).Write",
            "github.com/sirupsen/logrus.(*Entry).write",
            "github.com/rs/zerolog.(*Event).write",
        ],
        ..ROW
    },
];
