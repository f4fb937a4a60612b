//! What has the same cause, together: objects at which goroutines of one `go` statement wait at the same place.

use crate::report::{Frame, Object, Report};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Which `go` statement made a goroutine, and which calls it is in.
type Cause = (Option<(Arc<str>, u32)>, Vec<u32>);

/// Objects, by index, in groups whose first waiters have the same cause; the order is that of the first object of each.
pub(super) fn groups(report: &Report, objects: impl Iterator<Item = (u32, u32)>) -> Vec<Vec<u32>> {
    let mut known: FxHashMap<Cause, usize> = FxHashMap::default();
    // Goroutines share their ways through the code.
    let mut ways: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    let mut groups: Vec<Vec<u32>> = Vec::new();
    for (object, goroutine) in objects {
        let Some(goroutine) = report.goroutine(goroutine) else {
            continue;
        };
        let way = ways.entry(goroutine.stack.path).or_insert_with(|| {
            let frames = report.frames(&goroutine.stack);
            frames.map(|frame: Frame<'_>| frame.index).collect()
        });
        let call = goroutine.created_by.as_ref().map(|by| &by.place.call);
        let made = call.map(|call| (call.function.clone(), call.line));
        let at = *known.entry((made, way.clone())).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(at) {
            group.push(object);
        }
    }
    groups
}

/// Those of the objects that meet a condition, in groups with the same cause.
pub(super) fn of(report: &Report, is_one: impl Fn(&Object) -> bool) -> Vec<Vec<u32>> {
    let all = report.objects.iter().zip(0u32..);
    let wanted = all.filter(|(object, _)| is_one(object));
    let first =
        wanted.filter_map(|(object, index)| Some((index, object.waiters.first()?.goroutine)));
    groups(report, first)
}
