//! gdb: the threads and their registers, in the core as in the process.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use super::{Compared, Said};
use crate::run;

const LIMIT: Duration = Duration::from_secs(120);

/// What NT_PRSTATUS has of amd64: the kernel's `user_regs_struct`, less `orig_rax`, which gdb does not list. Vector and mask
/// registers are no part of any Go traceback, and so of no saved core.
const GENERAL: [&str; 26] = [
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15", "rip", "eflags", "cs", "ss", "ds", "es", "fs", "gs", "fs_base", "gs_base",
];

/// By the number of a thread, its registers' values.
type Threads = BTreeMap<u64, BTreeMap<String, String>>;

/// Asks it.
///
/// # Errors
/// When it cannot be run, or does not come to an end.
pub(super) fn ask(exe: &Path, pid: u32, core: &Path) -> Result<Said> {
    let mut live = gdb();
    live.arg(exe).args(["-p", &pid.to_string()]);
    let live = threads_of(&mut live)?;
    let mut saved = gdb();
    saved.arg(exe).arg(core);
    let saved = threads_of(&mut saved)?;
    Ok(compare(&live, &saved))
}

fn gdb() -> Command {
    let mut gdb = Command::new("gdb");
    // Without -nx, a maintainer's own settings would take part.
    gdb.args(["-nx", "-batch", "-iex", "set debuginfod enabled off"]);
    gdb.args([
        "-iex",
        "set auto-load off",
        "-ex",
        "thread apply all info registers",
    ]);
    // These two are of no group that it lists by itself.
    gdb.args(["-ex", "thread apply all info registers fs_base gs_base"]);
    gdb
}

fn threads_of(gdb: &mut Command) -> Result<Threads> {
    let line = run::line(gdb);
    let ended = run::within(LIMIT, gdb)?;
    let threads = parse(&String::from_utf8_lossy(&ended.stdout));
    if threads.is_empty() {
        bail!("{line}: {}, no threads\n{}", ended.status, ended.stderr);
    }
    Ok(threads)
}

/// Reads `Thread 2 (Thread 0x7f.. (LWP 12) "name"):` or `Thread 2 (LWP 12):`, and `rax  0x1  1` beneath it.
fn parse(printed: &str) -> Threads {
    let mut threads = Threads::new();
    let mut current = None;
    for line in printed.lines() {
        let number = line
            .strip_prefix("Thread ")
            .and_then(|rest| rest.split_once("LWP "))
            .and_then(|(_, rest)| rest.split([')', ' ']).next()?.parse().ok());
        if let Some(number) = number {
            current = Some(threads.entry(number).or_default());
            continue;
        }
        let mut words = line.split_whitespace();
        if let (Some(registers), Some(name), Some(value)) =
            (&mut current, words.next(), words.next())
            && GENERAL.contains(&name)
        {
            registers.insert(name.to_owned(), value.to_owned());
        }
    }
    threads
}

fn compare(live: &Threads, saved: &Threads) -> Said {
    let mut differences = Vec::new();
    let mut compared = Compared::default();
    for (number, registers) in live {
        let Some(ours) = saved.get(number) else {
            differences.push(format!("gdb: thread {number} is missing"));
            continue;
        };
        compared.stacks += 1;
        for name in GENERAL {
            let (theirs, ours) = (registers.get(name), ours.get(name));
            compared.items += 1;
            if theirs != ours || theirs.is_none() {
                let difference =
                    format!("gdb: thread {number}: {name} is {ours:?}, in the process {theirs:?}");
                differences.push(difference);
            }
        }
    }
    let extra = saved.keys().filter(|number| !live.contains_key(number));
    differences.extend(extra.map(|number| format!("gdb: thread {number} is extra")));
    if differences.is_empty() {
        Said::Same(compared)
    } else {
        Said::Differs(differences)
    }
}
