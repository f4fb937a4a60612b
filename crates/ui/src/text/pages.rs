//! What the goroutines of a dump have in common, kept once: texts, places in the code, ways through it.

use super::frame::Place;
use crate::render::args;
use crate::report::{self, LeftOut, Path, Role, Site, Stack, Step};
use gopeek_unwind::pclntab::args::ArgToken;
use rustc_hash::{FxHashMap, FxHashSet};
use std::io;
use std::sync::Arc;

/// What frames that are counted and not printed are called. Go shows functions whose names have a dot.
const ELIDED: &str = "...";

/// By what a site is known again: its calls, the bytes from the function's entry, its pc, how its arguments print.
type SiteKey = (Vec<(Arc<str>, Arc<str>, u32)>, u64, u64, Vec<u8>);

/// The same of the place of a `go` statement: its function, file and line, the bytes from the function's entry.
type PlaceKey = (Arc<str>, Arc<str>, u32, u64);

/// The pages of a dump in the making.
#[derive(Debug, Default)]
pub(super) struct Pages {
    texts: FxHashSet<Arc<str>>,
    pub(super) sites: Vec<Site>,
    by_key: FxHashMap<SiteKey, u32>,
    pub(super) paths: Vec<Path>,
    by_steps: FxHashMap<Vec<(u32, u64)>, u32>,
    places: FxHashMap<PlaceKey, Arc<report::Place>>,
}

impl Pages {
    /// One copy of each text.
    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let text: Arc<str> = Arc::from(text);
        self.texts.insert(text.clone());
        text
    }

    /// A call at a place. The runtime calls `runtime.gopanic` by another name in its dumps.
    pub(super) fn call(&mut self, function: &str, place: &Place<'_>) -> report::Call {
        let function = if function == "panic" {
            "runtime.gopanic"
        } else {
            function
        };
        report::Call {
            function: self.text(function),
            file: self.text(place.file),
            line: place.line,
            start_line: 0,
            role: role(function),
        }
    }

    /// The number of the site of a physical frame: its calls, innermost first, the last with these arguments.
    pub(super) fn site(
        &mut self,
        calls: Vec<report::Call>,
        args: Vec<ArgToken>,
        place: &Place<'_>,
    ) -> u32 {
        let key = calls
            .iter()
            .map(|call| (call.function.clone(), call.file.clone(), call.line));
        let offset = place.offset.unwrap_or(0);
        let [fp, sp, pc] = place.addresses.unwrap_or_default();
        let next = number(self.sites.len());
        let key = (key.collect(), offset, pc, printed(&args));
        let index = *self.by_key.entry(key).or_insert(next);
        if index == next {
            self.sites.push(Site {
                pc,
                trap: false,
                offset,
                frame_size: fp.saturating_sub(sp),
                calls,
                args,
            });
        }
        index
    }

    /// So many frames that a dump counts and does not print.
    pub(super) fn elided(&mut self, count: u64) -> LeftOut {
        let call = self.call(ELIDED, &Place::default());
        let site = self.site(vec![call], Vec::new(), &Place::default());
        LeftOut {
            site,
            callee: site,
            count,
        }
    }

    /// The number of a path.
    pub(super) fn path(&mut self, steps: Vec<Step>) -> u32 {
        let next = number(self.paths.len());
        let key = steps.iter().map(|step| (step.site, step.above)).collect();
        let index = *self.by_steps.entry(key).or_insert(next);
        if index == next {
            self.paths.push(Path { steps });
        }
        index
    }

    /// Takes the path of a stack from other pages.
    pub(super) fn adopt(&mut self, others: &Pages, stack: &mut Stack) {
        let at = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
        let mut site = |index: u32| {
            let site = others.sites.get(at(index))?;
            let place = Place {
                offset: Some(site.offset),
                addresses: Some([site.frame_size, 0, site.pc]),
                ..Place::default()
            };
            Some(self.site(site.calls.clone(), site.args.clone(), &place))
        };
        let steps = others.paths.get(at(stack.path));
        let steps = steps.into_iter().flat_map(|path| &path.steps);
        let steps = steps.filter_map(|step| {
            Some(Step {
                site: site(step.site)?,
                ..*step
            })
        });
        let steps = steps.collect();
        let kinds = stack.gap.iter_mut().flat_map(|gap| &mut gap.kinds);
        for kind in kinds {
            *kind = self.elided(kind.count);
        }
        stack.path = self.path(steps);
    }

    /// One copy of each place of a `go` statement.
    pub(super) fn place(&mut self, function: &str, place: &Place<'_>) -> Arc<report::Place> {
        let call = self.call(function, place);
        let offset = place.offset.unwrap_or(0);
        let key = (call.function.clone(), call.file.clone(), call.line, offset);
        let of_call = || {
            Arc::new(report::Place {
                function: call.clone(),
                call,
                offset,
            })
        };
        self.places.entry(key).or_insert_with(of_call).clone()
    }
}

/// Arguments as they print, without their values: what tells one list of tokens from another.
fn printed(tokens: &[ArgToken]) -> Vec<u8> {
    let mut text = Vec::new();
    // Writing to a Vec does not fail.
    let _: io::Result<()> = args::write(&mut text, tokens, Some(&[]));
    text
}

fn role(function: &str) -> Role {
    match function {
        "runtime.gopanic" | "runtime.sigpanic" | "runtime.panicwrap" => Role::Panic,
        "runtime.runfinq" | "runtime.runFinalizers" | "runtime.runCleanups" => Role::Finalizer,
        _ => Role::Other,
    }
}

fn number(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
