//! The logical frames of a physical one: what was inlined where.

use super::function::Function;
use gopeek_layout::Addr;
use gopeek_layout::mem::Word;
use std::borrow::Cow;

/// One call as the source has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogicalFrame<'d> {
    /// Full name, as the linker stored it.
    pub name: Cow<'d, str>,
    /// The function id.
    pub func_id: u8,
    /// Source file.
    pub file: Cow<'d, str>,
    /// Line in it.
    pub line: u32,
    /// Line at which the function begins; 0 where that is not told.
    pub start_line: u32,
    /// Whether the call was inlined, and so has no frame of its own.
    pub inlined: bool,
}

/// More inlining than this is none.
const MAX_INLINED: usize = 1000;

/// The logical frames at `pc`, innermost first; the last is `function` itself. Also the pc in `function` that
/// the outermost inlined call is attributed to.
#[must_use]
pub fn logical_frames<'d>(function: &Function<'_, 'd>, pc: Addr) -> (Vec<LogicalFrame<'d>>, Addr) {
    let (calls, outermost) = calls(function, pc);
    let inlined = calls.into_iter().map(|(call, pc)| {
        let (file, line) = function.file_line(pc);
        LogicalFrame {
            name: function.name_at(call.name),
            func_id: call.func_id,
            file,
            line,
            start_line: call.start_line,
            inlined: true,
        }
    });
    let mut frames: Vec<LogicalFrame<'d>> = inlined.collect();
    let (file, line) = function.file_line(outermost);
    frames.push(LogicalFrame {
        name: function.name(),
        func_id: function.id().unwrap_or(0),
        file,
        line,
        start_line: function.start_line(),
        inlined: false,
    });
    (frames, outermost)
}

/// The calls that `pc` stands for, innermost first, each with the pc in `function` that is its own; the last is `function`
/// itself, which has no name here.
pub(crate) fn chain<'d>(
    function: &Function<'_, 'd>,
    pc: Addr,
) -> Vec<(Option<Cow<'d, str>>, Addr)> {
    let (calls, outermost) = calls(function, pc);
    let inlined = calls
        .into_iter()
        .map(|(call, pc)| (Some(function.name_at(call.name)), pc));
    inlined.chain([(None, outermost)]).collect()
}

/// An entry of an inlining tree.
struct Inlined {
    name: u32,
    func_id: u8,
    start_line: u32,
    parent: Addr,
}

/// The inlined calls at `pc`, innermost first, each with its pc; and the pc that the outermost is attributed to.
fn calls(function: &Function<'_, '_>, pc: Addr) -> (Vec<(Inlined, Addr)>, Addr) {
    let (mut pc, mut calls): (Addr, Vec<(Inlined, Addr)>) = (pc, Vec::new());
    // A parent that was there before is a circle in a corrupt tree.
    while calls.len() < MAX_INLINED && !calls.iter().any(|(_, known)| *known == pc) {
        let Some(call) = inlined(function, pc) else {
            break;
        };
        let parent = call.parent;
        calls.push((call, pc));
        pc = parent;
    }
    (calls, pc)
}

/// The innermost inlined call at `pc`.
fn inlined(function: &Function<'_, '_>, pc: Addr) -> Option<Inlined> {
    let tree = function.inline_tree()?;
    let index = function.inline_index(pc)?;
    let format = function.table().format;
    let start = index.checked_mul(format.inline_len)?;
    let call = tree.get(start..start.checked_add(format.inline_len)?)?;
    let parent = u32::decode(&call[format.inline_parent_pc..])?;
    let start_line = format
        .inline_start_line
        .and_then(|at| u32::decode(call.get(at..)?));
    Some(Inlined {
        start_line: start_line.unwrap_or(0),
        name: u32::decode(&call[format.inline_name..])?,
        func_id: call[format.inline_func_id],
        parent: function.entry().checked_add(u64::from(parent))?,
    })
}
