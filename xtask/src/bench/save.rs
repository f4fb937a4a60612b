//! What `gopeek save` costs: bytes of the file and of what is in it, time, and the pause, beside that of a dump.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::throng::{LIMIT, Throng};
use crate::cell::{Built, MANY, ORDERS, STRIPPED, build};
use crate::look::{self, Look, Way};
use crate::median::median;
use crate::table::{count, head, megabytes, milliseconds, row};
use crate::target::Target;
use crate::toolchain::Toolchain;
use crate::{heartbeat, repo};

/// How many goroutines are parked.
const SIZES: [u32; 2] = [10_000, 100_000];
/// A core is to be no larger than this many tenths of what was copied.
const MOST_TENTHS: u64 = 13;
/// And that of a small service no larger than this, in bytes.
const SMALL_SERVICE: u64 = 2_000_000;

/// The size of a core.
#[derive(Clone, Copy, Debug)]
struct Size {
    /// Bytes of the process's memory in it.
    captured: u64,
    /// Of the file.
    file: u64,
    /// Of the file, where it is packed.
    packed: u64,
}

/// One look, by which the target stood still for so long by its own clock.
struct Sample {
    look: Look,
    gap: Duration,
}

/// Measures all, and gives the table.
///
/// # Errors
/// When something cannot be measured, or a file is larger than it may be.
pub(super) fn table(go: &Toolchain, rounds: usize) -> Result<String> {
    let names = [
        "target",
        "captured",
        "file",
        "to captured",
        "packed",
        "dump",
        "save",
        "save packed",
        "dump's pause",
        "save's pause",
        "dump's gap",
        "save's gap",
        "noise",
    ];
    let mut lines = vec![head(&names)];
    let many = build(go, &STRIPPED, &MANY)?;
    for parked in SIZES {
        lines.push(throng(&many, parked, rounds)?);
    }
    lines.push(service(&build(go, &STRIPPED, &ORDERS)?)?);
    lines.push(NOTE.to_owned());
    Ok(lines.join("\n"))
}

const NOTE: &str = "
Wall times are of the whole process; a dump writes its text to /dev/null, a save its file to disk, without waiting for the
disk. A pause is what gopeek says itself, a gap what a thread of the target saw, which looks at the clock every 100 µs; noise
is its longest gap when nobody looks. Dumps and saves take turns on the same process.";

fn throng(many: &Built, parked: u32, rounds: usize) -> Result<String> {
    let throng = Throng { parked, busy: 0 };
    eprintln!("measuring {throng}");
    let mut target = throng.start(many)?;
    let pid = target.pid();
    let (plain, short) = files()?;
    // Once for all: what is touched for the first time is slower.
    look::look(pid, Way::Default)?;
    let (mut dumps, mut saves, mut packs, mut noise) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        dumps.push(sample(&mut target, |pid| look::look(pid, Way::Default))?);
        // Each is a new file, as a save makes it unless it is told otherwise: to take the place of one that is still on its way
        // to the disk is to wait for the disk.
        for core in [&plain, &short] {
            remove(core)?;
        }
        saves.push(sample(&mut target, |pid| look::save(pid, &plain))?);
        packs.push(sample(&mut target, |pid| look::save(pid, &short))?);
        let length = saves.last().map_or(Duration::ZERO, |save| save.look.wall);
        noise.push(heartbeat::alone(&mut target, length)?.gap());
    }
    target.end(LIMIT)?;
    let size = Size::of(&plain, &short)?;
    size.check()?;
    let wall = |samples: &[Sample]| median(samples.iter().map(|it| it.look.wall));
    let pause = |samples: &[Sample]| median(samples.iter().filter_map(|it| it.look.stopped));
    let gap = |samples: &[Sample]| median(samples.iter().map(|it| it.gap));
    let mut cells = vec![format!("{} goroutines", count(u64::from(parked)))];
    cells.extend(size.cells());
    for time in [
        wall(&dumps)?,
        wall(&saves)?,
        wall(&packs)?,
        pause(&dumps)?,
        pause(&saves)?,
        gap(&dumps)?,
        gap(&saves)?,
        median(noise)?,
    ] {
        cells.push(milliseconds(time));
    }
    Ok(row(&cells))
}

/// A small service that hangs, as people will save one.
fn service(orders: &Built) -> Result<String> {
    let stderr = repo::target().join("bench/stderr.txt");
    let mut target = Target::start(orders.command(), &stderr)?;
    target.wait_until_ready(LIMIT)?;
    let pid = target.pid();
    let (plain, short) = files()?;
    let dump = look::look(pid, Way::Default)?;
    let save = look::save(pid, &plain)?;
    let pack = look::save(pid, &short)?;
    target.end(LIMIT)?;
    let size = Size::of(&plain, &short)?;
    ensure!(
        size.file < SMALL_SERVICE,
        "a small service's core has {} bytes",
        size.file
    );
    let mut cells = vec![format!("{}, once", ORDERS.name)];
    cells.extend(size.cells());
    let walls = [&dump, &save, &pack].map(|look| milliseconds(look.wall));
    let told = |look: &Look| look.stopped.map_or("not stopped".to_owned(), milliseconds);
    cells.extend(walls);
    cells.extend([told(&dump), told(&save)]);
    // It has no thread that looks at the clock.
    cells.extend(["-", "-", "-"].map(str::to_owned));
    Ok(row(&cells))
}

fn files() -> Result<(PathBuf, PathBuf)> {
    let dir = repo::target().join("bench");
    fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;
    Ok((dir.join("saved.core"), dir.join("saved.core.zst")))
}

fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", file.display()))
        }
        _ => Ok(()),
    }
}

fn sample(target: &mut Target, look: impl FnOnce(u32) -> Result<Look>) -> Result<Sample> {
    let (look, beat) = heartbeat::during(target, |target| look(target.pid()))?;
    Ok(Sample {
        look,
        gap: beat.gap(),
    })
}

impl Size {
    /// Measures a core and removes it.
    fn of(plain: &Path, packed: &Path) -> Result<Self> {
        let size = Self {
            captured: captured(plain).with_context(|| format!("read {}", plain.display()))?,
            file: fs::metadata(plain)?.len(),
            packed: fs::metadata(packed)?.len(),
        };
        remove(plain)?;
        remove(packed)?;
        Ok(size)
    }

    fn check(self) -> Result<()> {
        ensure!(
            self.file * 10 <= self.captured * MOST_TENTHS,
            "a core of {} bytes, of {} that were copied",
            self.file,
            self.captured
        );
        Ok(())
    }

    fn cells(self) -> [String; 4] {
        let hundredths = (self.file * 100)
            .checked_div(self.captured)
            .unwrap_or_default();
        [
            megabytes(self.captured),
            megabytes(self.file),
            format!("{}.{:02}×", hundredths / 100, hundredths % 100),
            megabytes(self.packed),
        ]
    }
}

/// The bytes of memory in a core: what its segments have in the file (`Elf64_Ehdr`, `Elf64_Phdr`; elf(5)).
fn captured(core: &Path) -> Result<u64> {
    const PT_LOAD: u32 = 1;
    /// There are more than the header can count; the first section tells how many.
    const PN_XNUM: u16 = 0xffff;
    let core = File::open(core)?;
    let word = |at: u64| {
        let mut bytes = [0; 8];
        core.read_exact_at(&mut bytes, at)
            .map(|()| u64::from_le_bytes(bytes))
    };
    let half = |at: u64| {
        let mut bytes = [0; 4];
        core.read_exact_at(&mut bytes, at)
            .map(|()| u32::from_le_bytes(bytes))
    };
    let (first, each) = (word(32)?, half(54)? & 0xffff);
    let mut number = half(56)? & 0xffff;
    if number == u32::from(PN_XNUM) {
        number = half(word(40)? + 44)?;
    }
    let mut captured = 0;
    for index in 0..u64::from(number) {
        let segment = first + index * u64::from(each);
        if half(segment)? == PT_LOAD {
            captured += word(segment + 32)?;
        }
    }
    Ok(captured)
}
