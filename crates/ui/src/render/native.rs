//! C frames, in the words in which the runtime prints those that a program's own symbolizer names
//! (`runtime.printOneCgoTraceback`).

use crate::report::{NativeFrame, NativeSegment};
use gopeek_unwind::native::NativeCall;
use std::io::{self, Write};

/// Writes a run of C frames; the assembly that calls Go from C goes first, as it is called by them.
pub(super) fn write(out: &mut dyn Write, segment: &NativeSegment) -> io::Result<()> {
    if let Some(crossing) = &segment.crossing {
        let call = &crossing.call;
        writeln!(out, "{}(...)\n\t{}:{}", call.function, call.file, call.line)?;
    }
    segment.frames.iter().try_for_each(|each| frame(out, each))
}

fn frame(out: &mut dyn Write, frame: &NativeFrame) -> io::Result<()> {
    // The mark stands behind all that tools read of such a line.
    let guessed = if frame.guessed { " (guessed)" } else { "" };
    if frame.signal {
        return writeln!(out, "signal handler called\n\tpc={:#x}{guessed}", frame.pc);
    }
    if frame.calls.is_empty() {
        return writeln!(out, "non-Go function\n\tpc={:#x}{guessed}", frame.pc);
    }
    for call in &frame.calls {
        let name = call.function.as_deref().unwrap_or("non-Go function");
        writeln!(out, "{name}")?;
        let place = place(call, frame.module.as_deref());
        writeln!(out, "\t{place}pc={:#x}{guessed}", frame.pc)?;
    }
    Ok(())
}

/// The line where it is known; else the file that the code is in, and how far behind the symbol or into it.
fn place(call: &NativeCall, module: Option<&str>) -> String {
    let offset = call
        .offset
        .map_or(String::new(), |offset| format!("+{offset:#x}"));
    match (&call.file, call.line, module) {
        (Some(file), Some(line), _) => format!("{file}:{line} "),
        (_, _, Some(module)) => format!("{module}{offset} "),
        (_, _, None) => String::new(),
    }
}
