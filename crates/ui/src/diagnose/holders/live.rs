//! Which frame a word of a stack lies in, and whether the function there still uses it.

use crate::find::Found;
use crate::report::{Frame, Report};
use gopeek_layout::Addr;
use gopeek_unwind::live::{Place, is_dead};

/// The frame of a goroutine's stack that the word at `at` lies in, counted from the innermost; nothing where that is a variable
/// which its function does not use any more. Of a stack without its middle, a word in there counts as one of the frame in front.
pub(super) fn frame_of_live(
    found: &Found<'_>,
    report: &Report,
    goroutine: u32,
    at: u64,
) -> Option<u32> {
    let stack = &report.goroutine(goroutine)?.stack;
    let Some(index) = report.frames_up_to(stack, at).checked_sub(1) else {
        return Some(0);
    };
    let inner = index.checked_sub(1);
    let frames = inner.and_then(|inner| report.frame(stack, inner));
    let (Some(inner), Some(frame)) = (frames, report.frame(stack, index)) else {
        return Some(0);
    };
    let beside_gap = stack.gap.as_ref().is_some_and(|gap| {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        index == gap.before || index + 1 == gap.before
    });
    let dead = !beside_gap && !interrupts(&inner) && frame_dead(found, &frame, &inner, at);
    (!dead).then_some(index)
}

/// Whether a frame is of what interrupts its caller anywhere, instead of being called: then any variable may be in use.
fn interrupts(inner: &Frame<'_>) -> bool {
    let function = inner.site.calls.last().map(|call| &*call.function);
    let name = function.and_then(|name| name.strip_prefix("runtime."));
    function.is_none()
        || name.is_some_and(|it| it.starts_with("asyncPreempt") || it.starts_with("sig"))
}

fn frame_dead(found: &Found<'_>, frame: &Frame<'_>, inner: &Frame<'_>, at: u64) -> bool {
    let pc = Addr::new(frame.site.pc);
    let sp = Addr::new(frame.sp);
    let callee_pc = Addr::new(inner.site.pc);
    let code = &found.code;
    let dead = || {
        let fp = sp.checked_add(frame.site.frame_size)?;
        let function = code.function(pc)?;
        let callee = code.function(callee_pc)?;
        let place = Place { pc, sp, fp };
        let shape = found.arch.frame();
        Some(is_dead(
            (&function, place),
            (&callee, callee_pc),
            shape,
            Addr::new(at),
        ))
    };
    dead().unwrap_or(false)
}
