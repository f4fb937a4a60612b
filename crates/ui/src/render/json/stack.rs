//! Stacks, Go's and C's, in JSON: one item for each call, innermost first.

use super::index::Index;
use super::words::Hex;
use crate::render::args;
use crate::report::{self, Call, Report, Stack};
use gopeek_unwind::native::NativeCall;
use serde::{Serialize, Serializer};

/// A place in the source.
#[derive(Serialize)]
pub(super) struct Place<'r> {
    func: &'r str,
    file: &'r str,
    line: u32,
}

impl<'r> Place<'r> {
    pub(super) fn of(call: &'r Call) -> Place<'r> {
        Place {
            func: &call.function,
            file: &call.file,
            line: call.line,
        }
    }
}

/// The calls of a stack.
pub(super) struct Frames<'r> {
    pub(super) report: &'r Report,
    pub(super) stack: &'r Stack,
}

#[derive(Serialize)]
struct Frame<'r> {
    #[serde(flatten)]
    place: Place<'r>,
    pc: Hex,
    sp: Hex,
    inlined: bool,
    /// Those of a call that was inlined lie in no words.
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<String>,
}

impl Serialize for Frames<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.report.frames(self.stack).flat_map(calls))
    }
}

fn calls(frame: report::Frame<'_>) -> impl Iterator<Item = Frame<'_>> {
    let calls = &frame.site.calls;
    let last = calls.len().saturating_sub(1);
    calls.iter().enumerate().map(move |(at, call)| {
        let inlined = at < last;
        Frame {
            place: Place::of(call),
            pc: Hex(frame.site.pc),
            sp: Hex(frame.sp),
            inlined,
            args: (!inlined).then(|| arguments(frame)),
        }
    })
}

fn arguments(frame: report::Frame<'_>) -> String {
    let mut text = Vec::new();
    // Writing to a Vec does not fail.
    let _ = args::write(&mut text, &frame.site.args, frame.words);
    String::from_utf8(text).unwrap_or_default()
}

/// A run of C frames.
#[derive(Serialize)]
pub(super) struct Native<'r> {
    /// The call in `frames` that they lie in front of.
    before: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    crossing: Option<Place<'r>>,
    frames: Vec<NativeFrame<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<&'r str>,
}

#[derive(Serialize)]
struct NativeFrame<'r> {
    pc: Hex,
    sp: Hex,
    signal: bool,
    guessed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<&'r str>,
    calls: Vec<Named<'r>>,
}

/// What is known of a call in C.
#[derive(Serialize)]
struct Named<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    func: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
}

impl<'r> Native<'r> {
    /// The C frames of a stack.
    pub(super) fn all(index: &Index<'r>, stack: &'r Stack) -> Vec<Native<'r>> {
        let segments = stack.native.iter();
        segments
            .map(|segment| {
                let frames = index.report.frames(stack).take(segment.before);
                Native {
                    before: frames.map(|frame| frame.site.calls.len()).sum(),
                    crossing: segment.crossing.as_ref().map(|it| Place::of(&it.call)),
                    frames: segment.frames.iter().map(native).collect(),
                    broken: segment.broken.as_deref(),
                }
            })
            .collect()
    }
}

fn native(frame: &report::NativeFrame) -> NativeFrame<'_> {
    NativeFrame {
        pc: Hex(frame.pc),
        sp: Hex(frame.sp),
        signal: frame.signal,
        guessed: frame.guessed,
        module: frame.module.as_deref(),
        calls: frame.calls.iter().map(Named::of).collect(),
    }
}

impl<'r> Named<'r> {
    fn of(call: &'r NativeCall) -> Named<'r> {
        Named {
            func: call.function.as_deref(),
            offset: call.offset,
            file: call.file.as_deref(),
            line: call.line,
        }
    }
}
