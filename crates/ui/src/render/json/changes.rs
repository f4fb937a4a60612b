//! What has changed between looks, in JSON.

use super::words::ns;
use crate::report;
use serde::Serialize;

/// `changes`.
#[derive(Serialize)]
pub(super) struct Changes<'r> {
    samples: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    apart_ns: Option<u64>,
    before: usize,
    after: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    fates: Option<Fates<'r>>,
    creators: Vec<Creators<'r>>,
    busy: Vec<Busy<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threads: Option<Threads<'r>>,
}

#[derive(Serialize)]
struct Threads<'r> {
    still: usize,
    moved: &'r [i32],
}

#[derive(Serialize)]
struct Fates<'r> {
    stayed: usize,
    moved: &'r [u64],
    new: &'r [u64],
    gone: &'r [u64],
}

#[derive(Serialize)]
struct Creators<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<Statement<'r>>,
    counts: &'r [usize],
}

#[derive(Serialize)]
struct Statement<'r> {
    func: &'r str,
    file: &'r str,
    line: u32,
}

#[derive(Serialize)]
struct Busy<'r> {
    goroutine: u64,
    func: &'r str,
}

impl<'r> Changes<'r> {
    pub(super) fn of(changes: &'r report::Changes) -> Changes<'r> {
        let creators = changes.creators.iter();
        let busy = changes.busy.iter();
        Changes {
            samples: changes.looks,
            apart_ns: changes.apart.map(ns),
            before: changes.before,
            after: changes.after,
            fates: changes.fates.as_ref().map(|fates| Fates {
                stayed: fates.stayed,
                moved: &fates.moved,
                new: &fates.new,
                gone: &fates.gone,
            }),
            creators: creators
                .map(|it| Creators {
                    created_by: it.at.as_ref().map(|at| Statement {
                        func: &at.function,
                        file: &at.file,
                        line: at.line,
                    }),
                    counts: &it.counts,
                })
                .collect(),
            busy: busy
                .map(|it| Busy {
                    goroutine: it.goroutine,
                    func: &it.function,
                })
                .collect(),
            threads: changes.threads.as_ref().map(|threads| Threads {
                still: threads.still,
                moved: &threads.moved,
            }),
        }
    }
}
