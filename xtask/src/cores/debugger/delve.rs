//! Delve on a saved core: which goroutines there are, and where each is, frame by frame, as gopeek has it.
//!
//! Compared are the goroutines' numbers, as sets, and of each the frames: function, file, line, and pc where gopeek prints one
//! (not of inlined calls), from gopeek's innermost frame on, until one of the two has no more. What delve has else:
//!
//! - Of a goroutine on a thread, it starts from the registers, gopeek from where the goroutine entered a system call or C, as
//!   the runtime does; so delve may have frames further in, and be further on in the function that entered it: of that
//!   frame, line and pc are not compared.
//! - Three functions are not called from where their return address leads, and gopeek goes on as the runtime does. C calls
//!   back into Go by `cgocallback`: delve goes through C. The kernel makes `sigpanic`'s frame: delve takes what faulted for
//!   a caller. `Goexit` does not return: delve takes the function behind its caller for the caller. What lies beyond them
//!   is not compared. Nor is what lies beyond frames that the runtime elides.
//! - Of a frame that is not a caller of another, delve has the line of its pc, the runtime that of the instruction before: a
//!   parked goroutine was called back from there. Its line is not compared.
//! - From Go 1.25 on, delve lists goroutines that wait for threads of C, with one frame: they are dead (`_Gdeadextra`), and the
//!   runtime does not show them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::frames::{Frame, Trust, of_delve, of_gopeek};
use super::{Compared, Said};
use crate::{repo, run};

const LIMIT: Duration = Duration::from_secs(120);
/// The runtime elides what is beyond a hundred frames.
const DEPTH: &str = "90";
/// Where delve goes on elsewhere.
const BEYOND: [&str; 3] = ["runtime.cgocallback", "runtime.sigpanic", "runtime.Goexit"];
/// What delve says where it does not know a release of Go: it knows three minors.
const UNKNOWN: [&str; 2] = [
    "is too old for this version of Delve",
    "ersion of Delve is too old",
];

/// Asks it.
///
/// # Errors
/// When it, or gopeek, does not read the core.
pub(super) fn ask(tool: &Path, exe: &Path, core: &Path, dir: &Path) -> Result<Said> {
    let script = dir.join("goroutines.txt");
    std::fs::write(&script, format!("goroutines -t {DEPTH}\nexit\n"))?;
    let mut delve = Command::new(tool);
    delve.arg("core").arg(exe).arg(core);
    delve.arg("--allow-non-terminal-interactive=true");
    // It shortens the paths of files below the folder that it is run in.
    delve.arg("--init").arg(&script).current_dir(dir);
    let ended = run::within(LIMIT, &mut delve)?;
    let printed = String::from_utf8_lossy(&ended.stdout).into_owned();
    std::fs::write(dir.join("delve.txt"), &printed)?;
    let said = format!("{printed}{}", ended.stderr);
    let is_unknown = |line: &&str| UNKNOWN.iter().any(|it| line.contains(it));
    if let Some(line) = said.lines().find(is_unknown) {
        // The rest is what it knows, and a hint at a flag.
        let why = line.split(" (").next().unwrap_or(line);
        return Ok(Said::Skipped(why.to_owned()));
    }
    let theirs = of_delve(&printed);
    if theirs.is_empty() {
        bail!(
            "{} {}: {}\n{said}",
            tool.display(),
            core.display(),
            ended.status
        );
    }
    let mut gopeek = Command::new(repo::gopeek());
    let ours = run::gopeek(LIMIT, gopeek.arg("--format=sigquit").arg(core))?;
    let ours = of_gopeek(str::from_utf8(&ours.stdout).context("the text of gopeek")?);
    Ok(compare(&ours, &theirs))
}

fn compare(ours: &BTreeMap<u64, Vec<Frame>>, theirs: &BTreeMap<u64, Vec<Frame>>) -> Said {
    let mut differences = Vec::new();
    let mut compared = Compared::default();
    for (goid, frames) in ours {
        let Some(theirs) = theirs.get(goid) else {
            differences.push(format!("delve: goroutine {goid} is missing"));
            continue;
        };
        match same(frames, theirs) {
            Ok(items) => {
                compared.stacks += 1;
                compared.items += items;
            }
            Err(why) => differences.push(format!("delve: goroutine {goid}: {why}")),
        }
    }
    let extra = theirs.iter().filter(|(goid, frames)| {
        let is_dead = matches!(&frames[..], [only] if only.function == "runtime.goexit");
        !ours.contains_key(goid) && !is_dead
    });
    differences.extend(extra.map(|(goid, _)| format!("delve: goroutine {goid} is extra")));
    if differences.is_empty() {
        Said::Same(compared)
    } else {
        Said::Differs(differences)
    }
}

/// How many frames are the same, all of those that both have.
fn same(ours: &[Frame], theirs: &[Frame]) -> Result<usize, String> {
    let first = ours.first().ok_or("gopeek has no frame")?;
    let from = theirs
        .iter()
        .position(|frame| frame.function == first.function);
    let from = from.ok_or_else(|| format!("delve has no {}", first.function))?;
    let mut theirs = theirs.iter().skip(from).peekable();
    let mut count = 0;
    for (index, ours) in ours.iter().enumerate() {
        let Some(other) = theirs.peek() else {
            break;
        };
        if ours.is_lacking_before(other) {
            continue;
        }
        let trust = match (from, index) {
            (0, 0) => Trust::Pc,
            (_, 0) => Trust::Function,
            _ if other.is_switch() => Trust::Pc,
            _ => Trust::All,
        };
        if !ours.is(other, trust) {
            return Err(format!("frame {index} is {ours}, delve's {other}"));
        }
        count += 1;
        if BEYOND.contains(&ours.function.as_str()) {
            break;
        }
        theirs.next();
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "SIGQUIT: quit\n\ngoroutine 7 gp=0x1 m=nil [select]:\nruntime.gopark(0x1?)\n\
        \t/go/proc.go:474 +0xca fp=0x1 sp=0x2 pc=0x45aa\nmain.f(...)\n\t/a/main.go:9\n\
        main.g(0x1)\n\t/a/main.go:12 +0x1 fp=0x3 sp=0x4 pc=0x4711\n";

    fn said(change: impl Fn(&str) -> String) -> Said {
        let theirs = "  Goroutine 7 - User: a.go:9 main.f (0x4711) [select]\n\
            \t0  0x00000000000045aa in runtime.gopark\n\t    at /go/proc.go:475\n\
            \t1  0x0000000000004711 in main.f\n\t    at /a/main.go:9\n\
            \t2  0x0000000000004711 in main.g\n\t    at /a/main.go:12\n[1 goroutines]\n";
        compare(&of_gopeek(OURS), &of_delve(&change(theirs)))
    }

    #[test]
    fn the_same_frames_are_the_same() {
        let expected = Compared {
            stacks: 1,
            items: 3,
        };
        assert!(matches!(said(str::to_owned), Said::Same(compared) if compared == expected));
        let further =
            |text: &str| text.replace("\t0  ", "\t0  0x1 in syscall.f\n\t    at /s.go:1\n\t1  ");
        assert!(matches!(said(further), Said::Same(_)));
    }

    #[test]
    fn other_functions_lines_places_and_goroutines_are_differences() {
        for (from, to) in [
            ("in main.f", "in main.h"),
            ("main.go:12", "main.go:13"),
            ("main.go:9", "other.go:9"),
            ("4711 in main.g", "4712 in main.g"),
            ("45aa in", "45ab in"),
            ("Goroutine 7", "Goroutine 8"),
        ] {
            let said = said(|text| text.replace(from, to));
            assert!(matches!(said, Said::Differs(_)), "{from}");
        }
    }
}
