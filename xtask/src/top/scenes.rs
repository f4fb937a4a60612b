//! What is done with the live screen, and what must be seen then.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::mux::Mux;
use super::{folder, start};
use crate::cell::Built;
use crate::target::Target;
use crate::{repo, run};

/// A scene.
pub(super) struct Scene {
    pub(super) name: &'static str,
    play: fn(&Mux, &mut Target) -> Result<()>,
}

const fn scene(name: &'static str, play: fn(&Mux, &mut Target) -> Result<()>) -> Scene {
    Scene { name, play }
}

pub(super) const SCENES: [Scene; 10] = [
    scene("views", views),
    scene("filter", filter),
    scene("sizes", sizes),
    scene("plain", plain),
    scene("suspended", suspended),
    scene("signals", signals),
    scene("target-exits", target_exits),
    scene("target-execs", target_execs),
    scene("saved", saved),
    scene("without-terminal", without_terminal),
];

impl Scene {
    /// Plays it on a fresh process.
    pub(super) fn play(&self, built: &Built) -> Result<()> {
        let mut target = start(built, &["-rate", "2000", "-parked", "300"])?;
        let mux = Mux::open(120, 40, &folder()?)?;
        (self.play)(&mux, &mut target)
    }
}

/// The command that shows the screen.
fn command(target: &Target, options: &str) -> String {
    let gopeek = repo::gopeek();
    format!("{} top {} {options}\n", gopeek.display(), target.pid())
}

/// Opens the screen, and waits until it is there.
fn open(mux: &Mux, target: &Target) -> Result<()> {
    mux.send(&command(target, ""))?;
    mux.wait_until("a live screen", |screen| {
        screen.contains("● live") && screen.contains("main.park")
    })?;
    Ok(())
}

fn close(mux: &Mux) -> Result<()> {
    mux.press("q")?;
    mux.wait_for_shell()
}

fn views(mux: &Mux, target: &mut Target) -> Result<()> {
    open(mux, target)?;
    let screen = mux.wait_for("300 chan receive")?;
    ensure!(screen.contains("main.main"), "who made them:\n{screen}");
    mux.press("Enter")?;
    mux.wait_until("a goroutine's stack and what it waits at", |screen| {
        screen.contains("(1 of 300)")
            && screen.contains("runtime.gopark")
            && screen.contains("waits at chan recv 0x")
    })?;
    mux.press("Right")?;
    mux.wait_for("(2 of 300)")?;
    for (key, text) in [
        ("2", "GOROUTINE"),
        ("t", "sysmon"),
        ("o", "WAITING ON"),
        ("r", "GC pauses"),
        ("d", "nothing has changed"),
        ("1", "TOP FRAME"),
        ("?", "filters: words find functions"),
    ] {
        mux.press(key)?;
        mux.wait_for(text)?;
    }
    mux.press("Escape")?;
    mux.wait_for("300 chan receive")?;
    mux.press("Space")?;
    mux.wait_for("frozen")?;
    mux.press("Space")?;
    mux.wait_for("● live")?;
    close(mux)
}

fn filter(mux: &Mux, target: &mut Target) -> Result<()> {
    open(mux, target)?;
    mux.send("/state=wait and fn~^main.work$")?;
    mux.press("Enter")?;
    mux.wait_until("the eight workers alone", |screen| {
        screen.contains("main.work") && !screen.contains("main.park")
    })?;
    mux.send("\\/wait>soon")?;
    mux.press("Enter")?;
    mux.wait_for("no time")?;
    mux.press("Escape")?;
    mux.wait_for("main.park")?;
    close(mux)
}

fn sizes(mux: &Mux, target: &mut Target) -> Result<()> {
    open(mux, target)?;
    mux.press("Enter")?;
    for (width, height) in [(80, 24), (60, 12), (41, 9), (200, 60), (3, 2), (20, 5)] {
        mux.resize(width, height)?;
    }
    mux.wait_for("too small")?;
    mux.resize(120, 40)?;
    mux.wait_for("(1 of 300)")?;
    close(mux)
}

/// No colours and no Unicode, where these are not wanted.
fn plain(mux: &Mux, target: &mut Target) -> Result<()> {
    mux.send(&format!("NO_COLOR=1 {}", command(target, "--ascii")))?;
    mux.wait_for("* live")?;
    let screen = mux.wait_for("main.park")?;
    ensure!(screen.is_ascii(), "not ASCII:\n{screen}");
    let styled = mux.screen(true)?;
    let colored = (0..8).any(|color| styled.contains(&format!("\x1b[3{color}m")));
    ensure!(!colored, "there are colours:\n{styled}");
    close(mux)
}

fn suspended(mux: &Mux, target: &mut Target) -> Result<()> {
    open(mux, target)?;
    mux.press("C-z")?;
    mux.wait_for_shell()?;
    mux.send("fg\n")?;
    mux.wait_until("the screen again", |screen| {
        screen.contains("● live") && screen.contains("main.park")
    })?;
    close(mux)
}

fn signals(mux: &Mux, target: &mut Target) -> Result<()> {
    for signal in ["-TERM", "-HUP", "-INT"] {
        open(mux, target)?;
        let mut kill = Command::new("pkill");
        kill.args([signal, "-f", &format!(" top {}", target.pid())]);
        run::read(&mut kill)?;
        mux.wait_for_shell().with_context(|| signal.to_owned())?;
    }
    Ok(())
}

fn target_exits(mux: &Mux, target: &mut Target) -> Result<()> {
    open(mux, target)?;
    target.hang_up();
    let screen = mux.wait_for("the last that was seen")?;
    ensure!(screen.contains("main.park"), "the last picture:\n{screen}");
    mux.press("r")?;
    mux.wait_for("GC pauses")?;
    close(mux)
}

fn target_execs(mux: &Mux, target: &mut Target) -> Result<()> {
    open(mux, target)?;
    mux.send("/fn~park")?;
    mux.press("Enter")?;
    target.ask("exec -parked 77", super::LIMIT)?;
    mux.wait_for("another program")?;
    mux.wait_until("the new one's goroutines", |screen| {
        screen.contains("● live") && screen.contains("77 chan receive")
    })?;
    close(mux)
}

fn saved(mux: &Mux, target: &mut Target) -> Result<()> {
    open(mux, target)?;
    for (key, ending) in [("t", ".txt"), ("j", ".json"), ("p", ".pb.gz")] {
        mux.press("w")?;
        mux.wait_for("save as:")?;
        mux.press(key)?;
        let screen = mux.wait_until("where it was saved", |screen| {
            screen.contains("saved churn.") && screen.contains(ending)
        })?;
        let name = screen
            .split_whitespace()
            .find(|word| word.ends_with(ending));
        let path = folder()?.join(name.context("no name of a file")?);
        let bytes = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
        fs::remove_file(&path)?;
        let sound = match ending {
            ".txt" => bytes.starts_with(b"goroutine "),
            ".json" => serde_json::from_slice::<serde_json::Value>(&bytes).is_ok(),
            _ => bytes.starts_with(&[0x1f, 0x8b]),
        };
        ensure!(sound, "{} is not what it should be", path.display());
    }
    close(mux)
}

fn without_terminal(_: &Mux, target: &mut Target) -> Result<()> {
    let pid = target.pid().to_string();
    let gopeek = |args: &[&str]| {
        let mut command = Command::new(repo::gopeek());
        command.args(args).output().context("run gopeek")
    };
    let refused = gopeek(&["top", &pid])?;
    let said = String::from_utf8_lossy(&refused.stderr);
    if refused.status.code() != Some(2) || !said.contains("--json") {
        bail!("without a terminal: {}, {said}", refused.status);
    }
    for view in ["groups", "list", "threads", "objects", "runtime", "changes"] {
        let once = gopeek(&["top", &pid, "--once", "--view", view, "--interval", "200ms"])?;
        let frame = String::from_utf8_lossy(&once.stdout);
        let whole = frame.contains("live") && frame.contains(view) && frame.contains("GC");
        ensure!(once.status.success() && whole, "--view {view}:\n{frame}");
    }
    Ok(())
}
