//! Reads one goroutine's block of a dump into frames.

/// A goroutine's stack.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stack {
    /// It has one line instead of frames: that there are none to be had.
    pub(super) unavailable: bool,
    /// It was on a CPU.
    pub(super) running: bool,
    /// Innermost first.
    pub(super) frames: Vec<Frame>,
    /// The line of the `go` statement, where it is told.
    pub(super) made_at: Option<u32>,
}

/// A frame.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    /// The function's name.
    pub(super) function: String,
    /// Its file; empty where it is not told.
    pub(super) file: String,
    /// The line.
    pub(super) line: u32,
}

/// Reads a block.
pub(super) fn parse(block: &str) -> Stack {
    let mut stack = Stack::default();
    let mut creator = false;
    for (index, line) in block.lines().enumerate() {
        if index == 0 {
            stack.running = line.contains("[running");
        } else if line.ends_with("; stack unavailable") {
            stack.unavailable = true;
        } else if let Some(position) = line.strip_prefix('\t') {
            let (file, line) = place(position);
            if creator {
                stack.made_at = Some(line);
            } else if let Some(frame) = stack.frames.last_mut() {
                file.clone_into(&mut frame.file);
                frame.line = line;
            }
        } else if line.starts_with("created by ") {
            creator = true;
        } else {
            // The arguments have no parentheses.
            let function = line.rsplit_once('(').map_or(line, |(name, _)| name);
            stack.frames.push(Frame {
                function: function.to_owned(),
                ..Frame::default()
            });
        }
    }
    stack
}

/// The file and the line of `/a/main.go:5 +0x1d`.
fn place(position: &str) -> (&str, u32) {
    let (file, rest) = position.rsplit_once(':').unwrap_or((position, ""));
    let line = rest.split(' ').next().unwrap_or_default();
    (file, line.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::{Frame, Stack, parse};

    #[test]
    fn frames_and_the_statement_that_made_it() {
        let stack = parse(
            "goroutine 5 [chan receive]:\nmain.(*T).M(0x1, {0x2})\n\t/a b/main.go:7 +0x1d\n\
             main.f(...)\n\t/a b/main.go:9\ncreated by main.main in goroutine 1\n\t/a b/main.go:3 +0x1\n",
        );
        let frame = |function: &str, line| Frame {
            function: function.to_owned(),
            file: "/a b/main.go".to_owned(),
            line,
        };
        assert_eq!(
            stack,
            Stack {
                frames: vec![frame("main.(*T).M", 7), frame("main.f", 9)],
                made_at: Some(3),
                ..Stack::default()
            }
        );
    }

    #[test]
    fn a_stack_that_is_not_to_be_had() {
        let stack = parse(
            "goroutine 5 [running]:\n\tgoroutine running on other thread; stack unavailable\n\
             created by main.main\n\t/main.go:3 +0x1\n",
        );
        assert!(stack.unavailable && stack.running && stack.frames.is_empty());
        assert_eq!(stack.made_at, Some(3));
    }
}
