//! What a report keeps once: sites, paths and texts, numbered as they come, by several threads at a time.

use crate::report::{Path, Site, Step};
use gopeek_layout::Addr;
use rustc_hash::FxHashMap;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The sites, paths and texts of a report in the making. Who looks up much keeps the answers.
#[derive(Debug, Default)]
pub struct Book(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    sites: Vec<Site>,
    by_pc: FxHashMap<(Addr, bool), u32>,
    paths: Vec<Path>,
    by_steps: FxHashMap<Vec<(u32, u64)>, u32>,
    texts: HashSet<Arc<str>>,
}

impl Book {
    /// The number of the site at `pc`.
    pub(crate) fn site(&self, pc: Addr, trap: bool, site: Site) -> u32 {
        let mut pages = self.pages();
        let next = number(pages.sites.len());
        let index = *pages.by_pc.entry((pc, trap)).or_insert(next);
        if index == next {
            pages.sites.push(site);
        }
        index
    }

    /// The number of a path. One whose words could not all be read is its goroutine's own.
    pub(crate) fn path(&self, steps: Vec<Step>) -> u32 {
        let mut pages = self.pages();
        let next = number(pages.paths.len());
        if steps.iter().all(|step| step.words.is_some()) {
            let key = steps.iter().map(|step| (step.site, step.above)).collect();
            let index = *pages.by_steps.entry(key).or_insert(next);
            if index != next {
                return index;
            }
        }
        pages.paths.push(Path { steps });
        next
    }

    /// One copy of each text, however many share it.
    pub(crate) fn text(&self, text: &str) -> Arc<str> {
        let mut pages = self.pages();
        if let Some(known) = pages.texts.get(text) {
            return known.clone();
        }
        let text: Arc<str> = Arc::from(text);
        pages.texts.insert(text.clone());
        text
    }

    /// The sites and the paths.
    pub(crate) fn close(self) -> (Vec<Site>, Vec<Path>) {
        let pages = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        (pages.sites, pages.paths)
    }

    /// Each change is whole before the lock is left.
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn number(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
