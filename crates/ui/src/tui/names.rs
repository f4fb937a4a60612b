//! What groups are told apart by: functions, creators, states, values of a label, each by a number of its own.

use super::order::By;
use crate::sampler::{Does, Row, Texts};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What rows have in common, by numbers of their own.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Of ways: the number of the function at its top.
    functions: Vec<u32>,
    by_function: FxHashMap<Arc<str>, u32>,
    /// Of labels: the number of the value of the one that groups are made by.
    values: Vec<u32>,
    by_value: FxHashMap<Vec<u8>, u32>,
    key: Vec<u8>,
}

impl Names {
    /// Learns what is new.
    pub(super) fn learn(&mut self, texts: &Texts, by: &By) {
        for way in texts.ways.get(self.functions.len()..).unwrap_or_default() {
            let function = way.top().map(|call| call.function.clone());
            let function = function.unwrap_or_else(|| Arc::from(""));
            let next = u32::try_from(self.by_function.len()).unwrap_or(u32::MAX);
            self.functions
                .push(*self.by_function.entry(function).or_insert(next));
        }
        let By::Label(key) = by else { return };
        if self.key != *key {
            self.key.clone_from(key);
            self.values.clear();
            self.by_value.clear();
        }
        for labels in texts.labels.get(self.values.len()..).unwrap_or_default() {
            let value = labels.iter().find(|label| label.key == *key);
            let value = value.map(|label| label.value.clone()).unwrap_or_default();
            let next = u32::try_from(self.by_value.len()).unwrap_or(u32::MAX);
            self.values
                .push(*self.by_value.entry(value).or_insert(next));
        }
    }

    /// What a row has in common with others.
    pub(super) fn key(&self, row: &Row, by: &By) -> u64 {
        let at = |list: &[u32], index: u32| {
            let index = usize::try_from(index).ok();
            u64::from(index.and_then(|at| list.get(at)).copied().unwrap_or(0))
        };
        // One that runs is elsewhere each time; what it runs is what counts.
        let moves = u64::from(row.does == Does::Runs);
        match by {
            By::Stack if moves == 1 => 1 << 63 | at(&self.functions, row.way),
            By::Stack => u64::from(row.way) << 16 | u64::from(row.state),
            By::Function => at(&self.functions, row.way),
            By::Creator => u64::from(row.creator),
            By::State => u64::from(row.state),
            By::Label(_) => at(&self.values, row.labels),
        }
    }
}
