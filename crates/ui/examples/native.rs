//! Prints the C and Go frames of the goroutines of a process that are in C, for `cargo xtask native`.
//!
//! `cargo run --example native -- PID`: for each thread a line `thread TID`, then a line for each frame, innermost
//! first: `c`, `go` or `signal`, its pc, and the function's name, or `-`; behind each run of C frames a line `end`
//! that says why they end. It is **not for** users.

use gopeek_attach::debug_files::debug_file;
use gopeek_attach::files::MappedFile;
use gopeek_attach::stop::{Stopped, while_stopped};
use gopeek_attach::{Pid, Process};
use gopeek_layout::Addr;
use gopeek_layout::capture::Limits;
use gopeek_layout::goroutine::{Goroutine, Goroutines};
use gopeek_layout::mem::read_word;
use gopeek_layout::roots::m_chain;
use gopeek_ui::find::{Found, find};
use gopeek_unwind::native::{
    Chain, DebugBytes, DebugFile, NativeModule, NativeSegment, Natives, Symbols, segments,
};
use gopeek_unwind::{Frame, Walker, start};
use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// What is looked at while the target stands still.
struct Target<'a> {
    process: &'a Process,
    found: &'a Found<'a>,
    natives: Natives<'a>,
    symbols: Symbols<'a>,
    files: &'a [MappedFile],
}

fn main() -> Result<(), Box<dyn Error>> {
    let pid = std::env::args().nth(1).ok_or("usage: native PID")?;
    let process = Process::open(Pid::from_raw(pid.parse()?))?;
    let files = process.code_files()?;
    let found = find(&process, &files, true)?;
    let vdso = process.vdso();
    let (text, _) = while_stopped(&process, Duration::from_secs(5), |stopped| {
        let mut modules: Vec<NativeModule<'_>> = files.iter().map(module).collect();
        modules.extend(vdso.as_ref().map(|(start, bytes)| NativeModule {
            bytes,
            start: *start,
            offset: 0,
        }));
        let target = Target {
            process: &process,
            found: &found,
            natives: Natives::new(&modules),
            symbols: Symbols::new(&modules),
            files: &files,
        };
        target.describe(stopped).map_err(|error| error.to_string())
    })?;
    print!("{}", text?);
    Ok(())
}

fn module(file: &MappedFile) -> NativeModule<'_> {
    NativeModule {
        bytes: &file.bytes,
        start: file.start,
        offset: file.offset,
    }
}

impl Target<'_> {
    fn describe(&self, stopped: &Stopped<'_>) -> Result<String, Box<dyn Error>> {
        let mut text = String::new();
        let (fields, roots) = (&self.found.layout.fields, &self.found.roots);
        let allm = roots.allm.ok_or("allm was not found")?;
        let ms = m_chain(self.process, fields, read_word(self.process, allm.at)?);
        let goroutines: Vec<Goroutine> =
            Goroutines::new(self.process, fields, roots, Limits::default())
                .filter_map(Result::ok)
                .collect();
        for m in ms.ok_or("allm leads nowhere")? {
            let tid: u64 = fields.m.procid.read(self.process, m)?;
            let g0: Addr = fields.m.g0.read(self.process, m)?;
            let g0_sp = fields.g.sched_sp.read(self.process, g0)?;
            let current: Addr = fields.m.curg.read(self.process, m)?;
            let locked: Addr = fields.m.locked_g.read(self.process, m)?;
            let of_m = |addr| goroutines.iter().find(|found| found.addr == addr);
            let Some(goroutine) = of_m(current).or_else(|| of_m(locked)) else {
                continue;
            };
            let registers = i32::try_from(tid)
                .ok()
                .and_then(|tid| stopped.thread_registers(Pid::from_raw(tid), self.found.arch));
            let frames = self.go_frames(goroutine);
            let chain = Chain {
                code: &self.found.code,
                ids: &self.found.layout.enums.func_ids,
                arch: self.found.arch,
                frames: &frames,
                g0_sp,
                registers: registers.as_ref(),
                max_frames: 1000,
            };
            let segments = segments(&self.natives, self.process, &chain);
            if !segments.is_empty() {
                writeln!(text, "thread {tid}")?;
                self.write(&mut text, &frames, &segments)?;
            }
        }
        Ok(text)
    }

    fn go_frames(&self, goroutine: &Goroutine) -> Vec<Frame> {
        let layout = &self.found.layout;
        let mut walker = Walker::new(
            &self.found.code,
            self.found.arch.frame(),
            layout.enums.func_ids,
            layout.rules,
            1000,
        );
        walker.walk(self.process, start(goroutine)).frames
    }

    fn write(
        &self,
        text: &mut String,
        frames: &[Frame],
        segments: &[NativeSegment],
    ) -> Result<(), Box<dyn Error>> {
        for index in 0..=frames.len() {
            for segment in segments.iter().filter(|segment| segment.before == index) {
                for frame in &segment.stack.frames {
                    if frame.signal {
                        writeln!(text, "signal {} -", frame.pc)?;
                        continue;
                    }
                    let (_, calls) = self
                        .symbols
                        .calls(frame.pc, frame.trap, &|module, named| {
                            self.debug_file(module, named)
                        })
                        .unwrap_or_default();
                    for call in calls {
                        let name = call.function.as_deref().unwrap_or("-");
                        writeln!(text, "c {} {name}", frame.pc)?;
                    }
                }
                writeln!(text, "end {:?}", segment.stack.end)?;
            }
            if let Some(frame) = frames.get(index)
                && let Some(site) =
                    self.found
                        .code
                        .site(frame.pc, frame.trap, self.found.layout.rules)
            {
                for call in &site.frames {
                    writeln!(text, "go {} {}", frame.pc, call.name)?;
                }
            }
        }
        Ok(())
    }

    fn debug_file(&self, module: usize, named: &DebugFile<'_>) -> Option<DebugBytes> {
        let root = format!("/proc/{}/root", self.process.pid());
        let path = &self.files.get(module)?.path;
        let link = named.link.map(|(name, _)| name);
        let bytes = debug_file(Path::new(&root), path, named.build_id, link)?;
        Some(Box::new(bytes))
    }
}
