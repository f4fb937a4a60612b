//! Prints the arguments and local variables of all frames of a Go program's package `main`.
//!
//! `cargo run --example locals -- PID [--guest EXECUTABLE]`: the program must be at rest, as it is not stopped. With
//! `--guest` PID is that of qemu's user-mode emulation, and EXECUTABLE what it runs. It is **not for** users:
//! `cargo xtask locals` compares what it prints with what the test program says of itself.

use gopeek_attach::files::{FileBytes, MappedFile};
use gopeek_attach::{Pid, Process};
use gopeek_layout::capture::Limits;
use gopeek_layout::goroutine::Goroutines;
use gopeek_layout::image::Image;
use gopeek_layout::{Addr, Memory, Unreadable};
use gopeek_ui::find::{Found, find};
use gopeek_unwind::locals::{self, DebugSections, Frame, Program, Site, Target};
use gopeek_unwind::{Walker, start};
use std::error::Error;
use std::fs::File;
use std::path::Path;

const MAX_FRAMES: usize = 100;

/// A process, or one that another runs at a distance.
struct Source {
    process: Process,
    shift: u64,
}

impl Memory for Source {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        let there = at
            .checked_add(self.shift)
            .ok_or(Unreadable { at, len: buf.len() })?;
        self.process.read(there, buf)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let pid = args
        .next()
        .ok_or("usage: locals PID [--guest EXECUTABLE]")?;
    let process = Process::open(Pid::from_raw(pid.parse()?))?;
    let (files, shift) = match (args.next().as_deref(), args.next()) {
        (Some("--guest"), Some(path)) => guest(&pid, Path::new(&path))?,
        _ => (process.code_files()?, 0),
    };
    let source = Source { process, shift };
    let found = find(&source, &files, true)?;
    let file = files.first().ok_or("no file")?;
    let sections = DebugSections::load(&file.bytes)?;
    print(&source, &found, &Program::new(&sections));
    Ok(())
}

/// The file that qemu runs, as if it were mapped where it is linked; and how far from there it is.
fn guest(pid: &str, path: &Path) -> Result<(Vec<MappedFile>, u64), Box<dyn Error>> {
    let path = path.canonicalize()?;
    let bytes = FileBytes::map(&File::open(&path)?)?;
    let linked = Image::parse(&bytes)?.segments().first().map(|it| it.start);
    let linked = linked.ok_or("no segment")?;
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps"))?;
    let mapped = maps
        .lines()
        .find(|line| line.ends_with(&*path.to_string_lossy()));
    let from = mapped.and_then(|line| line.split('-').next());
    let from = u64::from_str_radix(from.ok_or("the executable is not mapped")?, 16)?;
    let file = MappedFile {
        path,
        is_program: true,
        start: linked,
        offset: 0,
        bytes,
    };
    Ok((vec![file], from - linked.get()))
}

fn print(source: &Source, found: &Found<'_>, program: &Program<'_>) {
    let (code, rules) = (&found.code, found.layout.rules);
    let ids = found.layout.enums.func_ids;
    let mut walker = Walker::new(code, found.arch.frame(), ids, rules, MAX_FRAMES);
    let limits = Limits::default();
    let bias = found.modules.first().map_or(0, |module| module.bias);
    let name_of = |pc| {
        code.function(pc)
            .map(|function| function.name().into_owned())
    };
    for goroutine in Goroutines::new(source, &found.layout.fields, &found.roots, limits).flatten() {
        let stack = walker.walk(source, start(&goroutine));
        for frame in &stack.frames {
            let Some(site) = code.site(frame.pc, frame.trap, rules) else {
                continue;
            };
            if !site
                .frames
                .last()
                .is_some_and(|it| it.name.starts_with("main."))
            {
                continue;
            }
            let lines: Vec<u32> = site.frames.iter().map(|frame| frame.line).collect();
            let Some(linked_pc) = frame.pc.checked_sub(bias) else {
                continue;
            };
            let site = Site {
                linked_pc,
                trap: frame.trap,
                lines: &lines,
            };
            let frame = Frame {
                cfa: frame.fp,
                registers: None,
                bias,
            };
            let target = Target {
                memory: source,
                name_of: &name_of,
            };
            let limits = locals::Limits::default();
            for scope in program.variables(&site, &frame, &target, &limits) {
                println!("{}", scope.function);
                for variable in scope.variables {
                    let locals::Variable {
                        name,
                        type_name,
                        value,
                        role,
                        line,
                    } = variable;
                    println!("\t{name} {type_name} = {value}\t{role:?} {line}");
                }
            }
        }
    }
}
