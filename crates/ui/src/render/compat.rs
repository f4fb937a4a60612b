//! `--format=compat`: the text of `--format=stack` as far as gostackparse and panicparse both read it.
//!
//! It has all frames, since both know another line for those left out, and no labels, bubbles or ancestors, since
//! both lose the goroutine that has them. `created by` does not name the creator's goroutine: gostackparse drops it, and
//! panicparse takes it for a part of the function's name, and so no two stacks for the same.

use super::names::{display_as, is_shown};
use super::{acceptable, args, header};
use crate::report::{Call, Frame, Goroutine, Report, Role, Site};
use gopeek_layout::rules::Generics;
use std::collections::HashMap;
use std::io::{self, Write};

/// panicparse reads numbers of up to 18 digits.
const LARGEST_ID: u64 = 999_999_999_999_999_999;

/// `_TraceArgsMaxDepth`, to which panicparse holds as well.
const BRACES: usize = 5;

/// Both parsers must have a frame, and one loses what the runtime prints instead.
const NO_STACK: &[u8] = b"gopeek.stackUnavailable()\n\t??:0\n";

/// Writes the goroutines of the program, without those of the runtime.
///
/// # Errors
/// What `out` answers.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let mut writer = Writer {
        report,
        texts: HashMap::new(),
    };
    for (index, goroutine) in report.user_goroutines().enumerate() {
        if index > 0 {
            out.write_all(b"\n")?;
        }
        writer.goroutine(out, goroutine)?;
    }
    Ok(())
}

struct Writer<'r> {
    report: &'r Report,
    /// By site: what each of its calls prints.
    texts: HashMap<u32, Vec<Text>>,
}

struct Text {
    function: String,
    position: String,
}

impl Writer<'_> {
    fn goroutine(&mut self, out: &mut dyn Write, goroutine: &Goroutine) -> io::Result<()> {
        let id = goroutine.id.min(LARGEST_ID);
        let state = acceptable::state(&goroutine.state);
        write!(out, "goroutine {id} [{state}")?;
        header::marks_and_wait(out, goroutine)?;
        out.write_all(b"]:\n")?;
        let frames = &goroutine.stack.frames;
        // Where all frames are the runtime's, it prints them after all.
        if self.stack(out, frames, false)? == 0 && self.stack(out, frames, true)? == 0 {
            out.write_all(NO_STACK)?;
        }
        match &goroutine.created_by {
            Some(creator)
                if goroutine.id != 1
                    && is_shown(
                        self.report.rules,
                        &creator.place.function,
                        false,
                        Role::Other,
                    ) =>
            {
                let text = text(&creator.place.call, Some(creator.place.offset));
                write!(out, "created by {}\n{}", text.function, text.position)
            }
            _ => Ok(()),
        }
    }

    /// Prints a stack; returns how many calls it showed.
    fn stack(
        &mut self,
        out: &mut dyn Write,
        frames: &[Frame],
        everything: bool,
    ) -> io::Result<usize> {
        let (mut count, mut callee) = (0, Role::Other);
        for frame in frames {
            let Some(site) = self.report.site(frame) else {
                continue;
            };
            let texts = self.texts.entry(frame.site).or_insert_with(|| texts(site));
            let last = site.calls.len().saturating_sub(1);
            for (index, (call, text)) in site.calls.iter().zip(texts).enumerate() {
                let shown = everything || is_shown(self.report.rules, call, count == 0, callee);
                callee = call.role;
                if !shown {
                    continue;
                }
                count += 1;
                write!(out, "{}(", text.function)?;
                if index == last && args::nest_within(&site.args, BRACES) {
                    args::write(out, &site.args, self.report.arg_words(frame, site))?;
                } else {
                    out.write_all(b"...")?;
                }
                write!(out, ")\n{}", text.position)?;
            }
        }
        Ok(count)
    }
}

/// The texts of a site's calls. Inlined ones have no offset.
fn texts(site: &Site) -> Vec<Text> {
    let last = site.calls.len().saturating_sub(1);
    let offset = |index| (index == last).then_some(site.offset);
    let calls = site.calls.iter().enumerate();
    calls
        .map(|(index, call)| text(call, offset(index)))
        .collect()
}

fn text(call: &Call, offset: Option<u64>) -> Text {
    // Before 1.27 the runtime left an unpaired parenthesis in names with two lists of type arguments.
    let function = display_as(Generics::ElidedTwice, &call.function);
    let offset = offset
        .filter(|offset| *offset > 0)
        .map_or(String::new(), |offset| format!(" +{offset:#x}"));
    Text {
        function: acceptable::function(&function),
        position: format!("\t{}:{}{offset}\n", acceptable::file(&call.file), call.line),
    }
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::report::{Call, Creator, Frame, Goroutine, Place, Report, Role, Site};
    use crate::report::{Stack, Taken, Target};
    use gopeek_layout::goroutine::Label;
    use gopeek_layout::rules::rules;
    use gopeek_unwind::End;
    use gopeek_unwind::pclntab::args::ArgToken;
    use std::time::Duration;

    fn call(function: &str) -> Call {
        Call {
            function: function.into(),
            file: "/a/x.go".into(),
            line: 7,
            role: Role::Other,
        }
    }

    /// A report of Go 1.27 with one goroutine, whose stack is `depth` frames at one site.
    fn report(calls: Vec<Call>, args: Vec<ArgToken>, depth: usize) -> Report {
        let frame = Frame {
            site: 0,
            args: Some(0),
        };
        let goroutine = Goroutine {
            id: 5,
            addr: 0,
            state: "select".into(),
            status: 4,
            leaked: false,
            scanned: false,
            durable: true,
            waited: Some(Duration::from_secs(125)),
            locked: true,
            bubble: Some(3),
            labels: vec![Label {
                key: b"k".to_vec(),
                value: b"v".to_vec(),
            }],
            system: false,
            stack: Stack {
                frames: vec![frame; depth],
                end: End::Root,
            },
            created_by: Some(Creator {
                place: Place {
                    call: call("main.main"),
                    function: call("main.main"),
                    offset: 0x20,
                },
                goroutine: 1,
            }),
            ancestors: Vec::new(),
        };
        Report {
            target: Target {
                pid: 1,
                name: String::new(),
                go_version: String::new(),
                arch: "amd64",
                stripped: false,
                layout_from: String::new(),
                layout_exact: true,
                allgs_by: "symbol",
            },
            rules: rules(27),
            taken: Taken::default(),
            goroutines: vec![goroutine],
            sites: vec![Site {
                offset: 0x1d,
                calls,
                args,
            }],
            words: vec![0x2a],
            problems: Vec::new(),
        }
    }

    fn text(report: &Report) -> String {
        let mut out = Vec::new();
        write(&mut out, report).unwrap();
        String::from_utf8(out).unwrap()
    }

    const HEADER: &str = "goroutine 5 [select (durable), 2 minutes, locked to thread]:\n";
    const CREATOR: &str = "created by main.main\n\t/a/x.go:7 +0x20\n";

    #[test]
    fn labels_bubbles_and_the_parent_are_left_out() {
        let word = ArgToken::Word {
            offset: 0,
            size: 8,
            live: false,
        };
        let report = report(vec![call("main.leaf"), call("main.f[int]")], vec![word], 1);
        let stack = "main.leaf(...)\n\t/a/x.go:7\nmain.f[...](0x2a?)\n\t/a/x.go:7 +0x1d\n";
        assert_eq!(text(&report), format!("{HEADER}{stack}{CREATOR}"));
    }

    #[test]
    fn no_frame_is_left_out() {
        let deep = text(&report(vec![call("main.f")], Vec::new(), 300));
        assert_eq!(deep.matches("main.f()\n").count(), 300);
        assert!(!deep.contains("elided"));
    }

    #[test]
    fn a_stack_without_frames_has_one() {
        let mut report = report(Vec::new(), Vec::new(), 0);
        report.goroutines.push(report.goroutines[0].clone());
        let one = format!("{HEADER}gopeek.stackUnavailable()\n\t??:0\n{CREATOR}");
        assert_eq!(text(&report), format!("{one}\n{one}"));
    }

    #[test]
    fn a_stack_of_the_runtime_alone_is_shown_whole() {
        let report = report(vec![call("runtime.gopark")], Vec::new(), 1);
        assert!(text(&report).contains("runtime.gopark()\n"));
    }

    #[test]
    fn braces_that_no_compiler_makes_are_not_printed() {
        let report = report(vec![call("main.f")], vec![ArgToken::Open; 6], 1);
        assert!(text(&report).contains("main.f(...)\n"));
    }
}
