//! Prints the goroutines of a Go program that runs under qemu's user-mode emulation, as `gopeek` would.
//!
//! `cargo run --example emulated -- PID EXECUTABLE`: PID is qemu's, EXECUTABLE the Go program, linked at a fixed
//! address. qemu can't be ptraced into its guest, but the guest's memory lies in qemu's own, shifted by a constant:
//! so this checks all that reads memory, on an architecture that this machine is not. It is **not for** users.

use gopeek_attach::again::Again;
use gopeek_attach::capture::Captured;
use gopeek_attach::files::{FileBytes, MappedFile};
use gopeek_attach::{Pid, Process, Snapshot};
use gopeek_layout::Limits;
use gopeek_layout::image::Image;
use gopeek_layout::mem::Layered;
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::{Addr, Memory, Plan, Unreadable};
use gopeek_ui::assemble::{Evidence, Extras, Look, Scene, assemble, part};
use gopeek_ui::book::Book;
use gopeek_ui::find::find;
use gopeek_ui::render::runtime_stack::{self, Style};
use gopeek_ui::report::Taken;
use std::error::Error;
use std::fs::File;
use std::io;
use std::path::PathBuf;

/// The guest's memory, as qemu holds it.
struct Guest {
    qemu: Process,
    shift: u64,
}

impl Memory for Guest {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        let there = at
            .checked_add(self.shift)
            .ok_or(Unreadable { at, len: buf.len() })?;
        self.qemu.read(there, buf)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(pid), Some(path)) = (args.next(), args.next().map(PathBuf::from)) else {
        return Err("usage: emulated PID EXECUTABLE".into());
    };
    let path = path.canonicalize()?;
    let qemu = Process::open(Pid::from_raw(pid.parse()?))?;
    let bytes = FileBytes::map(&File::open(&path)?)?;
    let image = Image::parse(&bytes)?;
    let linked = image.segments().first().ok_or("no segment")?.start;
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps"))?;
    let mapped = maps
        .lines()
        .find(|line| line.ends_with(&*path.to_string_lossy()));
    let start = mapped
        .and_then(|line| line.split('-').next())
        .ok_or("the executable is not mapped")?;
    let shift = u64::from_str_radix(start, 16)? - linked.get();

    let guest = Guest { qemu, shift };
    let files = [MappedFile {
        path,
        is_program: true,
        in_memory: false,
        start: linked,
        offset: 0,
        bytes,
    }];
    let found = find(&guest, &files, true)?;
    let limits = Limits::default();
    let mut plan = Plan::new(
        &found.layout.fields,
        found.layout.rules,
        found.roots,
        limits,
    );
    let mut snapshot = Snapshot::default();
    loop {
        let known = Layered {
            over: &snapshot,
            under: ReadOnly(&found.modules),
        };
        let spans = plan.next(&known, &[]);
        if spans.is_empty() {
            break;
        }
        snapshot.copy_from(&guest, &spans);
    }
    let captured = Captured {
        snapshot,
        standing: Vec::new(),
        pause: None,
        cut_short: false,
        again: Again::default(),
        asleep: Vec::new(),
        woken: Vec::new(),
    };
    let (book, facts) = (Book::default(), guest.qemu.facts()?);
    let scene = Scene {
        found: &found,
        book: &book,
        limits,
        now: guest.qemu.monotonic_now(),
        finalizer_runs: found
            .roots
            .finalizer_runs(&captured.snapshot, found.layout.rules),
        selected: &[],
    };
    let look = Look {
        captured: &captured,
        threads: &[],
        extras: Extras::default(),
    };
    let gs: Vec<(usize, Addr)> = plan.goroutines().iter().copied().enumerate().collect();
    let evidence = Evidence {
        facts: &facts,
        first: Vec::new(),
        parts: vec![part(scene, look, &gs)],
        omissions: plan.omissions(),
        taken: Taken::default(),
    };
    let report = assemble(evidence, scene, look).bind(book);
    let mut out = io::BufWriter::new(io::stdout().lock());
    runtime_stack::write(&mut out, &report, Style::default())?;
    Ok(())
}
