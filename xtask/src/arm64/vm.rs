//! One boot of the guest: from a kernel and an archive to a folder of results.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use crate::target::Target;
use crate::{apt, run};

const QEMU: &str = "qemu-system-aarch64";
const PACKAGE: &str = "qemu-system-arm";

/// A guest that says nothing for so long hangs: each of its own waits is shorter.
const SILENCE: Duration = Duration::from_secs(180);
const END: Duration = Duration::from_secs(60);

/// How the guest's lines begin, among the kernel's.
const GUEST: &str = "init: ";

/// Sees to the emulator.
///
/// # Errors
/// When it is not here and can't be installed.
pub(super) fn bring() -> Result<()> {
    if run::exists(QEMU) {
        return Ok(());
    }
    apt::install(&[PACKAGE]).with_context(|| format!("no {QEMU} here"))
}

/// Boots, waits for the end of all jobs, and unpacks into `dir` what came of them.
///
/// # Errors
/// When the guest hangs or fails, with the end of what it said on its console. What it has sent until then is there.
pub(super) fn run(kernel: &Path, initramfs: &[u8], dir: &Path) -> Result<()> {
    // The results of an earlier run must not pass for this one's.
    let _ = fs::remove_dir_all(dir);
    fs::create_dir_all(dir).with_context(|| format!("create {}", dir.display()))?;
    let archive = dir.join("initramfs");
    fs::write(&archive, initramfs)?;
    let results = dir.join("results.tar");
    let qemu = qemu(kernel, &archive, &results);
    let mut vm = Target::start(qemu, &dir.join("qemu.txt"))?;
    let mut console = Vec::new();
    let booted = converse(&mut vm, &mut console).and_then(|()| vm.end(END));
    fs::write(dir.join("console.txt"), console.join("\n"))?;
    fs::remove_file(archive)?;
    // A guest that was killed leaves the stream without an end: what is whole in it counts.
    let mut unpack = Command::new("tar");
    unpack.arg("-xf").arg(&results).arg("-C").arg(dir);
    let unpacked = run::read(&mut unpack);
    booted.map_err(|error| {
        let tail = console.len().saturating_sub(40);
        let tail = console.get(tail..).unwrap_or_default();
        anyhow!("{error:#}; the console's end:\n  {}", tail.join("\n  "))
    })?;
    unpacked.context("unpack the results")?;
    fs::remove_file(results)?;
    Ok(())
}

fn qemu(kernel: &Path, initramfs: &Path, results: &Path) -> Command {
    let mut qemu = Command::new(QEMU);
    // Pointer authentication as in real processors, by a cheap function: the architected one takes most of the time.
    qemu.args(["-machine", "virt", "-cpu", "max,pauth-impdef=on"]);
    qemu.args(["-smp", "2", "-m", "1024", "-nodefaults", "-no-reboot"]);
    qemu.args(["-display", "none", "-monitor", "none", "-serial", "stdio"]);
    qemu.arg("-kernel").arg(kernel);
    qemu.arg("-initrd").arg(initramfs);
    qemu.args(["-append", "console=ttyAMA0 panic=-1 loglevel=4"]);
    // Results leave through a port: the console is too slow for them, and people read it.
    qemu.args([
        "-device",
        "virtio-serial-pci",
        "-device",
        "virtserialport,chardev=results",
    ]);
    let mut file = std::ffi::OsString::from("file,id=results,path=");
    file.push(results);
    qemu.arg("-chardev").arg(file);
    qemu
}

/// Listens until the guest says that all is done.
fn converse(vm: &mut Target, console: &mut Vec<String>) -> Result<()> {
    loop {
        let line = vm.line(SILENCE)?;
        let line = line.trim_end();
        console.push(line.to_owned());
        match told(line) {
            Told::Done => return Ok(()),
            Told::Failed(why) => bail!("{why}"),
            Told::Other => {}
        }
    }
}

/// What a line of the console says to us.
#[derive(Debug, PartialEq, Eq)]
enum Told<'a> {
    Done,
    Failed(&'a str),
    Other,
}

fn told(line: &str) -> Told<'_> {
    // The kernel may have left the cursor in the middle of a line.
    let Some((_, said)) = line.split_once(GUEST) else {
        return Told::Other;
    };
    match said.strip_prefix("FAILED: ") {
        Some(why) => Told::Failed(why),
        None if said == "done" => Told::Done,
        None => Told::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Told, told};

    #[test]
    fn the_guests_own_lines_count() {
        assert_eq!(told("init: done"), Told::Done);
        assert_eq!(told("init: FAILED: no port"), Told::Failed("no port"));
        assert_eq!(told("init: zoo: start"), Told::Other);
        assert_eq!(told("done"), Told::Other);
        assert_eq!(told("[    3.7] initinit: done"), Told::Done);
    }
}
