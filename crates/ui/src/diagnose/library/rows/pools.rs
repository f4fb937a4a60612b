//! Pools of connections: database/sql, pgx and puddle, go-redis.

use super::super::row::{FactOf, Nature, ROW, Row, fact, field};
use super::WEIGHTED_FACTS;

const DB: &str = "database/sql.(*DB)";

const REDIS: &str = "github.com/redis/go-redis/v9/internal/pool.(*ConnPool)";

/// Waits of database/sql, and of connection pools.
pub(in super::super) const POOLS: &[Row] = &[
    Row {
        kind: "sql-conn",
        text: "a database connection",
        nature: Nature::Turn,
        functions: &["database/sql.(*DB).conn"],
        facts: &[
            fact("open", DB, "numOpen"),
            fact("max", DB, "maxOpen"),
            FactOf {
                name: "in_use",
                source: field(DB, "numOpen"),
                less: "freeConn.len",
            },
        ],
        users: &[
            "database/sql.(*DB).queryDC",
            "database/sql.(*DB).execDC",
            "database/sql.(*DB).prepareDC",
            "database/sql.(*DB).beginDC",
            "database/sql.(*DB).pingDC",
            "database/sql.(*Rows).Next",
            "database/sql.(*Row).Scan",
            "database/sql.(*Tx).QueryContext",
            "database/sql.(*Tx).ExecContext",
            "database/sql.(*Tx).Commit",
            "database/sql.(*Conn).QueryContext",
            "database/sql.(*Conn).ExecContext",
            // Started by the goroutine that has the transaction or the rows.
            "database/sql.(*Tx).awaitDone",
            "database/sql.(*Rows).awaitDone",
        ],
        ..ROW
    },
    Row {
        nature: Nature::Idle("database helpers"),
        functions: &[
            "database/sql.(*DB).connectionOpener",
            "database/sql.(*DB).connectionCleaner",
            "database/sql.(*Tx).awaitDone",
            "database/sql.(*Rows).awaitDone",
        ],
        ..ROW
    },
    Row {
        kind: "pgx-pool",
        text: "a PostgreSQL connection",
        nature: Nature::Turn,
        functions: &["golang.org/x/sync/semaphore.(*Weighted).Acquire"],
        within: "github.com/jackc/pgx/v5/pgxpool.(*Pool).Acquire",
        facts: WEIGHTED_FACTS,
        users: &[
            "github.com/jackc/pgx/v5.(*Conn).Query",
            "github.com/jackc/pgx/v5.(*Conn).Exec",
        ],
        ..ROW
    },
    Row {
        kind: "puddle-pool",
        text: "a pooled resource",
        nature: Nature::Turn,
        functions: &["golang.org/x/sync/semaphore.(*Weighted).Acquire"],
        within: "github.com/jackc/puddle/v2.(*Pool).acquire",
        facts: WEIGHTED_FACTS,
        ..ROW
    },
    Row {
        nature: Nature::Idle("database helpers"),
        functions: &["github.com/jackc/pgx/v5/pgxpool.(*Pool).backgroundHealthCheck"],
        ..ROW
    },
    Row {
        kind: "redis-pool",
        text: "a Redis connection",
        nature: Nature::Turn,
        functions: &[
            "github.com/redis/go-redis/v9/internal/pool.(*ConnPool).waitTurn",
            "github.com/redis/go-redis/v9/internal/pool.(*ConnPool).queuedNewConn",
        ],
        facts: &[
            fact("max", REDIS, "cfg.PoolSize"),
            fact("open", REDIS, "poolSize"),
            FactOf {
                name: "in_use",
                source: field(REDIS, "poolSize"),
                less: "idleConnsLen",
            },
        ],
        peer: &[field(
            "github.com/redis/go-redis/v9.(*baseClient)",
            "opt.Addr",
        )],
        users: &["github.com/redis/go-redis/v9/internal/pool.(*Conn).WithReader"],
        ..ROW
    },
    Row {
        kind: "redis-reply",
        text: "a reply of Redis",
        functions: &["github.com/redis/go-redis/v9/internal/pool.(*Conn).WithReader"],
        peer: &[field(
            "github.com/redis/go-redis/v9.(*baseClient)",
            "opt.Addr",
        )],
        ..ROW
    },
];
