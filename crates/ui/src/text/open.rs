//! A goroutine whose lines are being read.

use super::frame::{Call, Part, Place};
use super::header::Header;
use super::pages::Pages;
use crate::report::{Ancestor, Creator, Gap, Goroutine, Report, Stack, Step};
use gopeek_layout::enums::status;
use gopeek_layout::{Addr, mem::Unreadable};
use gopeek_unwind::End;
use gopeek_unwind::pclntab::args::ArgToken;
use std::sync::Arc;

/// Maximum number of frames that are kept of a goroutine, or of one of its ancestors. Go prints a hundred.
const MAX_FRAMES: usize = 10_000;
/// Maximum number of ancestors of a goroutine.
const MAX_ANCESTORS: usize = 1000;

/// A goroutine whose lines are being read.
#[derive(Debug)]
pub(super) struct Open {
    goroutine: Goroutine,
    /// The first minor whose dumps are like this goroutine, as far as that shows.
    pub(super) minor: u16,
    /// A line that waits for the place that it is at.
    pending: Option<Pending>,
    /// Calls that were inlined into the next frame.
    inlined: Vec<crate::report::Call>,
    steps: Vec<Step>,
    words: Vec<u64>,
    gap: Option<Box<Gap>>,
    /// The stack is said to be unavailable.
    has_no_stack: bool,
    /// Frames of C, which are not kept.
    native: bool,
    /// Lines within it that are none of its own.
    pub(super) foreign: u64,
    /// Lines that a frame or a creator lacks.
    lost: bool,
}

#[derive(Debug)]
enum Pending {
    Call {
        function: String,
        args: Vec<ArgToken>,
        words: Vec<u64>,
    },
    Creator {
        function: String,
        goroutine: u64,
    },
}

impl Open {
    pub(super) fn new(header: &Header<'_>, pages: &mut Pages) -> Open {
        let locked_m = match (header.locked, header.m) {
            (false, _) => 0,
            (true, 0) => Report::SOME_M,
            (true, m) => m,
        };
        Open {
            goroutine: Goroutine {
                id: header.id,
                addr: header.g.unwrap_or(0),
                state: pages.text(header.state),
                status: header.status(),
                leaked: header.leaked,
                scanned: header.scanned,
                durable: header.durable,
                waited: header.waited,
                m: header.m,
                locked_m,
                bubble: header.bubble,
                labels: Arc::from(&*header.labels),
                system: false,
                moved: false,
                stack: Stack {
                    path: 0,
                    sp: 0,
                    words: Box::default(),
                    end: End::Root,
                    from: None,
                    native: Vec::new(),
                    gap: None,
                },
                created_by: None,
                ancestors: Vec::new(),
                wait: None,
                group: None,
                detail: None,
            },
            minor: header.minor,
            pending: None,
            inlined: Vec::new(),
            steps: Vec::new(),
            words: Vec::new(),
            gap: None,
            has_no_stack: false,
            native: false,
            foreign: 0,
            lost: false,
        }
    }

    pub(super) fn id(&self) -> u64 {
        self.goroutine.id
    }

    /// Whether all of it is read: a goroutine's creator is its last line.
    pub(super) fn is_complete(&self) -> bool {
        self.goroutine.created_by.is_some()
            && self.goroutine.ancestors.is_empty()
            && self.pending.is_none()
    }

    /// Whether it may be the first goroutine of a dump: the one that asked for it, which runs.
    pub(super) fn begins(&self) -> bool {
        self.goroutine.status == status::RUNNING && !self.steps.is_empty()
    }

    /// Takes a line. Returns whether the line belongs to a goroutine.
    pub(super) fn take(&mut self, part: Part<'_>, pages: &mut Pages) -> bool {
        match part {
            Part::Call(call) => self.call(call),
            Part::Creator {
                function,
                goroutine,
            } => {
                self.waits_for_place();
                // Since Go 1.21 a creator has its number.
                let minor = if goroutine == 0 { 0 } else { 21 };
                self.minor = self.minor.max(minor);
                self.pending = Some(Pending::Creator {
                    function: function.to_owned(),
                    goroutine,
                });
            }
            Part::Place(place) => return self.place(&place, pages),
            Part::Ancestor(id) => {
                self.waits_for_place();
                if self.goroutine.ancestors.len() < MAX_ANCESTORS {
                    self.goroutine.ancestors.push(Ancestor {
                        id,
                        places: Vec::new(),
                        created_by: None,
                    });
                }
            }
            Part::Elided(count) => {
                self.minor = self.minor.max(if count.is_some() { 21 } else { 0 });
                self.elided(count, pages);
            }
            Part::NoStack => self.has_no_stack = true,
            Part::Native => self.native = true,
            Part::Empty | Part::Other => return false,
        }
        true
    }

    fn call(&mut self, call: Call<'_>) {
        self.waits_for_place();
        self.pending = Some(Pending::Call {
            function: call.function.to_owned(),
            args: call.args,
            words: call.words,
        });
    }

    /// What waits for a place does not get one any more.
    fn waits_for_place(&mut self) {
        self.lost |= self.pending.take().is_some();
    }

    fn place(&mut self, place: &Place<'_>, pages: &mut Pages) -> bool {
        match self.pending.take() {
            None => return false,
            Some(Pending::Creator {
                function,
                goroutine,
            }) => {
                let place = pages.place(&function, place);
                match self.goroutine.ancestors.last_mut() {
                    Some(ancestor) => ancestor.created_by = Some(place),
                    None => self.goroutine.created_by = Some(Creator { place, goroutine }),
                }
            }
            Some(Pending::Call {
                function,
                args,
                words,
            }) => {
                if let Some(ancestor) = self.goroutine.ancestors.last_mut() {
                    if ancestor.places.len() < MAX_FRAMES {
                        let place = pages.place(&function, place);
                        ancestor.places.push((*place).clone());
                    }
                    return true;
                }
                if function.matches("[...]").count() > 1 {
                    self.minor = self.minor.max(27);
                }
                self.inlined.push(pages.call(&function, place));
                // A call that was inlined has neither arguments nor an offset.
                if place.offset.is_some() || args[..] != [ArgToken::Ellipsis] {
                    self.frame(args, words, place, pages);
                }
            }
        }
        true
    }

    /// Makes a frame of the calls so far.
    fn frame(
        &mut self,
        args: Vec<ArgToken>,
        words: Vec<u64>,
        place: &Place<'_>,
        pages: &mut Pages,
    ) {
        let calls = std::mem::take(&mut self.inlined);
        if calls.is_empty() || self.steps.len() >= MAX_FRAMES {
            return;
        }
        let sp = place.addresses.map_or(0, |[_, sp, _]| sp);
        if self.steps.is_empty() {
            self.goroutine.stack.sp = sp;
        }
        let site = pages.site(calls, args, place);
        self.steps.push(Step {
            site,
            above: sp.wrapping_sub(self.goroutine.stack.sp),
            words: u32::try_from(self.words.len()).ok(),
        });
        self.words.extend(words);
    }

    /// Calls whose frame was not printed, or not all of it.
    fn flush(&mut self, pages: &mut Pages) {
        self.frame(
            vec![ArgToken::Ellipsis],
            Vec::new(),
            &Place::default(),
            pages,
        );
    }

    fn elided(&mut self, count: Option<u64>, pages: &mut Pages) {
        // What an ancestor lacks is nowhere counted.
        if !self.goroutine.ancestors.is_empty() {
            return;
        }
        self.flush(pages);
        if let Some(count) = count {
            self.gap = Some(Box::new(Gap {
                before: self.steps.len(),
                kinds: vec![pages.elided(count)],
            }));
        }
    }

    /// Whether a line of it is missing at its end.
    pub(super) fn is_cut(&self) -> bool {
        let is_bare = self.steps.is_empty() && self.inlined.is_empty();
        // A goroutine of the compiler's own making may have no frame that is shown, but then it has a creator.
        let has_something = self.has_no_stack || self.native || self.goroutine.created_by.is_some();
        self.pending.is_some() || is_bare && !has_something
    }

    /// The goroutine; and whether it is whole.
    pub(super) fn close(mut self, pages: &mut Pages) -> (Goroutine, bool) {
        let is_whole = !self.is_cut() && !self.lost;
        self.flush(pages);
        let stack = &mut self.goroutine.stack;
        stack.end = if !is_whole {
            // What follows is in no text.
            End::Unreadable(Unreadable {
                at: Addr::NULL,
                len: 0,
            })
        } else if self.has_no_stack && self.steps.is_empty() {
            End::NoStart
        } else {
            End::Root
        };
        self.goroutine.system = is_system(&self.steps, pages);
        let stack = &mut self.goroutine.stack;
        stack.path = pages.path(self.steps);
        stack.words = self.words.into();
        stack.gap = self.gap;
        (self.goroutine, is_whole)
    }
}

/// Whether a goroutine is the runtime's own (`runtime.isSystemGoroutine`): a function of the runtime began it, and it is in
/// none of the program's for that. Only a stack that is printed up to its begin tells.
fn is_system(steps: &[Step], pages: &Pages) -> bool {
    let function = |step: &Step| {
        let site = pages.sites.get(usize::try_from(step.site).ok()?)?;
        Some(&*site.calls.last()?.function)
    };
    let [inner @ .., start, last] = steps else {
        return false;
    };
    if function(last) != Some("runtime.goexit") {
        return false;
    }
    let Some(start) = function(start) else {
        return false;
    };
    let is_runtime = |function: &str| function.starts_with("runtime.");
    match start {
        "runtime.main" | "runtime.handleAsyncEvent" | "runtime.corostart" => false,
        "runtime.runfinq" | "runtime.runFinalizers" | "runtime.runCleanups" => {
            inner.iter().filter_map(function).all(is_runtime)
        }
        start => is_runtime(start),
    }
}
