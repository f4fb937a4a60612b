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
    /// Whether the call was inlined, and so has no frame of its own.
    pub inlined: bool,
}

/// More inlining than this is none.
const MAX_INLINED: usize = 1000;

/// The logical frames at `pc`, innermost first; the last is `function` itself. Also the pc in `function` that
/// the outermost inlined call is attributed to.
#[must_use]
pub fn logical_frames<'d>(function: &Function<'_, 'd>, pc: Addr) -> (Vec<LogicalFrame<'d>>, Addr) {
    let mut frames = Vec::new();
    let (mut pc, mut pcs) = (pc, Vec::new());
    // A parent that was there before is a circle in a corrupt tree.
    while frames.len() < MAX_INLINED && !pcs.contains(&pc) {
        let Some((frame, parent_pc)) = inlined(function, pc) else {
            break;
        };
        frames.push(frame);
        pcs.push(pc);
        pc = parent_pc;
    }
    let (file, line) = function.file_line(pc);
    frames.push(LogicalFrame {
        name: function.name(),
        func_id: function.id().unwrap_or(0),
        file,
        line,
        inlined: false,
    });
    (frames, pc)
}

/// The innermost inlined call at `pc`, and the pc of its parent.
fn inlined<'d>(function: &Function<'_, 'd>, pc: Addr) -> Option<(LogicalFrame<'d>, Addr)> {
    let tree = function.inline_tree()?;
    let index = function.inline_index(pc)?;
    let format = function.table().format;
    let start = index.checked_mul(format.inline_len)?;
    let call = tree.get(start..start.checked_add(format.inline_len)?)?;
    let (file, line) = function.file_line(pc);
    let frame = LogicalFrame {
        name: function.name_at(u32::decode(&call[format.inline_name..])?),
        func_id: call[format.inline_func_id],
        file,
        line,
        inlined: true,
    };
    let parent = u32::decode(&call[format.inline_parent_pc..])?;
    Some((frame, function.entry().checked_add(u64::from(parent))?))
}
