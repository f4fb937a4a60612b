//! What goroutines wait for in the terms of the libraries that they called.

mod context;
mod names;
mod read;
mod row;
mod rows;

pub(super) use read::{Reader, other_end};
pub(super) use row::{Nature, Row};
pub(super) use rows::FAILED_ACCEPTS;

use crate::report::Frame;
use names::canonical;
use rustc_hash::{FxHashMap, FxHashSet};

/// Functions that serve a request: somebody waits for the goroutine that is in one. Those that call the next one in a loop
/// of their own, as a stream's, are not among them.
const SERVERS: &[&str] = &[
    "net/http.serverHandler.ServeHTTP",
    "golang.org/x/net/http2.(*serverConn).runHandler",
    "google.golang.org/grpc.(*Server).processUnaryRPC",
    "net/rpc.(*service).call",
    "github.com/valyala/fasthttp.(*Server).serveConn",
    "github.com/containerd/ttrpc.(*serviceSet).unaryCall",
];

/// What the functions on a stack say about its wait.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Known {
    /// The row, by index.
    row: Option<usize>,
    /// Whether a frame serves a request.
    pub(super) serves: bool,
}

/// The table, by function.
pub(super) struct Library {
    rows: Vec<&'static Row>,
    by_function: FxHashMap<&'static str, Vec<usize>>,
    /// Kinds of which a function is in `users`.
    users: FxHashMap<&'static str, Vec<&'static str>>,
    /// Functions that tell what a row is instead, and those of them that a goroutine is in.
    telling: FxHashSet<&'static str>,
    seen: FxHashSet<&'static str>,
    /// What the calls at a site are called in the table, by the site's index.
    sites: FxHashMap<u32, Site>,
}

/// What is known of the calls of one site.
#[derive(Clone, Default)]
struct Site {
    /// Rows of its calls, innermost first.
    rows: Vec<usize>,
    serves: bool,
}

impl Library {
    pub(super) fn new() -> Library {
        let rows: Vec<&'static Row> = rows::TABLES.into_iter().flatten().collect();
        let mut by_function: FxHashMap<&'static str, Vec<usize>> = FxHashMap::default();
        for (index, row) in rows.iter().enumerate() {
            for function in row.functions {
                by_function.entry(function).or_default().push(index);
            }
        }
        let mut users: FxHashMap<&'static str, Vec<&'static str>> = FxHashMap::default();
        for row in &rows {
            for user in row.users {
                users.entry(user).or_default().push(row.kind);
            }
        }
        let instead = rows.iter().flat_map(|row| row.instead);
        let telling = instead.map(|it| it.function).collect();
        Library {
            rows,
            by_function,
            users,
            telling,
            seen: FxHashSet::default(),
            sites: FxHashMap::default(),
        }
    }

    /// The row of this index in [`Known`].
    pub(super) fn row(&self, known: Known) -> Option<&'static Row> {
        self.rows.get(known.row?).copied()
    }

    /// What the frames of a goroutine in this state say, innermost first.
    pub(super) fn of(&mut self, state: &str, frames: &[Frame<'_>]) -> Known {
        let mut known = Known::default();
        for (index, frame) in frames.iter().enumerate() {
            let (rows, serves) = {
                let site = self.site(frame);
                if site.rows.is_empty() && !site.serves {
                    continue;
                }
                (site.rows.clone(), site.serves)
            };
            let rest = frames.get(index..).unwrap_or_default();
            let fits = |at: &usize| {
                self.rows.get(*at).is_some_and(|row| {
                    state.starts_with(row.state) && (row.within.is_empty() || has(rest, row.within))
                })
            };
            let is_over = |at: &usize| self.rows.get(*at).is_some_and(|row| row.over);
            let over = rows.iter().copied().filter(is_over).find(fits);
            let first = || rows.iter().copied().find(fits);
            let row = match known.row {
                None => over.or_else(first),
                Some(_) => over,
            };
            known.row = row.or(known.row);
            if serves {
                known.serves = true;
                // Whatever is further out only runs the handler.
                return known;
            }
        }
        known
    }

    /// The kind and its words, of goroutines that wait where `row` says: another kind, if what the others do says so. `had` are the
    /// kinds that goroutines have.
    pub(super) fn kind(
        &self,
        row: &Row,
        had: &FxHashSet<&'static str>,
    ) -> (&'static str, &'static str) {
        if row.instead.is_empty() || had.contains(row.kind) {
            return (row.kind, row.text);
        }
        let mut instead = row.instead.iter();
        let instead = instead.find(|it| self.seen.contains(it.function));
        instead.map_or((row.kind, row.text), |it| (it.kind, it.text))
    }

    /// Kinds of resources that a goroutine has by the functions that it is in, other than what it waits for.
    pub(super) fn has(&self, frames: &[Frame<'_>], known: Known) -> Vec<&'static str> {
        let waits_for = self.row(known).map(|row| row.kind);
        let mut has: Vec<&'static str> = Vec::new();
        for call in frames.iter().flat_map(|frame| frame.site.calls.iter()) {
            for kind in self
                .users
                .get(&*canonical(&call.function))
                .into_iter()
                .flatten()
            {
                if Some(*kind) != waits_for && !has.contains(kind) {
                    has.push(kind);
                }
            }
        }
        has
    }

    fn site(&mut self, frame: &Frame<'_>) -> &Site {
        let (by_function, telling, seen) = (&self.by_function, &self.telling, &mut self.seen);
        self.sites.entry(frame.index).or_insert_with(|| {
            let mut site = Site::default();
            for call in &frame.site.calls {
                let name = canonical(&call.function);
                site.rows
                    .extend(by_function.get(&*name).into_iter().flatten());
                seen.extend(telling.get(&*name));
                site.serves |= SERVERS.contains(&&*name);
            }
            site
        })
    }
}

/// Whether a goroutine with these frames serves a request.
pub(super) fn serves<'r>(mut frames: impl Iterator<Item = Frame<'r>>) -> bool {
    frames.any(|frame| {
        let mut calls = frame.site.calls.iter();
        calls.any(|call| SERVERS.contains(&&*canonical(&call.function)))
    })
}

/// Whether a function is on a stack.
fn has(frames: &[Frame<'_>], function: &str) -> bool {
    let mut calls = frames.iter().flat_map(|frame| frame.site.calls.iter());
    calls.any(|call| canonical(&call.function) == function)
}
