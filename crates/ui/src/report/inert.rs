//! Makes the names of a report inert: on a terminal, a line break in the name of a function or a file would forge a line of
//! a dump.
//!
//! Files and pipes get Go's own bytes.

use super::{Call, Detail, NativeFrame, Place, Report};
use crate::words::printable;
use std::collections::HashMap;
use std::sync::Arc;

/// Places that were made inert, by the addresses of those that they were made of, which are kept: an address must not be
/// that of another meanwhile.
type Known = HashMap<*const Place, [Arc<Place>; 2]>;

impl Report {
    /// Escapes the names of functions and files.
    pub fn make_inert(&mut self) {
        self.sites
            .iter_mut()
            .flat_map(|site| &mut site.calls)
            .for_each(call);
        let mut known = Known::new();
        for goroutine in &mut self.goroutines {
            let creator = goroutine.created_by.as_mut();
            let ancestors = goroutine.ancestors.iter_mut();
            let of_ancestors = ancestors.filter_map(|ancestor| {
                ancestor.places.iter_mut().for_each(place);
                ancestor.created_by.as_mut()
            });
            creator
                .map(|creator| &mut creator.place)
                .into_iter()
                .chain(of_ancestors)
                .for_each(|place| shared(place, &mut known));
            goroutine.detail.iter_mut().for_each(|it| detail(it));
            for segment in &mut goroutine.stack.native {
                segment.crossing.iter_mut().for_each(place);
                segment.frames.iter_mut().for_each(native);
            }
        }
    }
}

/// Replaces a place that many goroutines share by one that they share, too.
fn shared(old: &mut Arc<Place>, known: &mut Known) {
    let [_, new] = known.entry(Arc::as_ptr(old)).or_insert_with(|| {
        let mut new = Place::clone(old);
        place(&mut new);
        [Arc::clone(old), Arc::new(new)]
    });
    *old = Arc::clone(new);
}

fn detail(detail: &mut Detail) {
    let fault = detail.signal.as_mut();
    let fault = fault.and_then(|fault| fault.place.as_mut());
    let defers = detail.defers.iter_mut();
    let of_defers = defers.filter_map(|defer| {
        name(&mut defer.function);
        defer.place.as_mut()
    });
    let places = detail.started.iter_mut().chain(fault).chain(of_defers);
    places.for_each(place);
}

fn place(place: &mut Place) {
    call(&mut place.call);
    call(&mut place.function);
}

fn call(call: &mut Call) {
    name(&mut call.function);
    name(&mut call.file);
}

fn native(frame: &mut NativeFrame) {
    frame.module.iter_mut().for_each(name);
    for call in &mut frame.calls {
        let texts = [&mut call.function, &mut call.file];
        for text in texts.into_iter().flatten() {
            *text = printable(text);
        }
    }
}

fn name(name: &mut Arc<str>) {
    let inert = printable(name);
    if inert != **name {
        *name = inert.into();
    }
}
