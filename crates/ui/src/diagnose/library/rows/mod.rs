//! The table of library waits: a new library is one row here, and one program in testdata.
//!
//! Of the functions on a stack, the innermost that stands in the table decides; of its rows, the first that fits.

mod grpc;
mod http;
mod outside;
mod pools;
mod sync;

pub(super) use http::BEGUN;
pub(in crate::diagnose) use http::FAILED_ACCEPTS;

use super::row::{FactOf, Row, fact};

/// All rows.
pub(super) const TABLES: [&[Row]; 6] = [
    http::HTTP_CLIENT,
    http::HTTP_SERVER,
    pools::POOLS,
    grpc::GRPC,
    sync::SYNC,
    outside::OUTSIDE,
];

const WEIGHTED: &str = "golang.org/x/sync/semaphore.(*Weighted)";
/// Puddle counts what it lends by a semaphore of this kind, too.
const WEIGHTED_FACTS: &[FactOf] = &[
    fact("max", WEIGHTED, "size"),
    fact("in_use", WEIGHTED, "cur"),
];
