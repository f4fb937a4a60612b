//! A terminal that no human looks at: keys go in, and its screen can be read.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::run;

const LIMIT: Duration = Duration::from_secs(30);
const BETWEEN: Duration = Duration::from_millis(50);

/// How many were opened.
static OPENED: AtomicU32 = AtomicU32::new(0);

/// A server of tmux with one window, in which a shell runs.
pub(super) struct Mux {
    socket: String,
}

impl Mux {
    /// Opens a window of so many columns and rows, in a folder.
    ///
    /// # Errors
    /// With what tmux says.
    pub(super) fn open(width: u16, height: u16, folder: &Path) -> Result<Self> {
        // A server that is ending is not to be found again.
        let nth = OPENED.fetch_add(1, Ordering::Relaxed);
        let mux = Self {
            socket: format!("gopeek-xtask-{}-{nth}", std::process::id()),
        };
        let mut command = mux.tmux(&["-f", "/dev/null", "new-session", "-d"]);
        command.args(["-x", &width.to_string(), "-y", &height.to_string()]);
        command.arg("-c").arg(folder);
        // A prompt that is known, and letters that are Unicode's.
        command.args(["env", "PS1=prompt> ", "LC_ALL=C.UTF-8", "sh", "-i"]);
        run::read(&mut command)?;
        mux.wait_for("prompt>")?;
        Ok(mux)
    }

    fn tmux(&self, args: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.env_remove("TMUX").args(["-u", "-L", &self.socket]);
        command.args(args);
        command
    }

    /// Types a text as it is.
    ///
    /// # Errors
    /// With what tmux says.
    pub(super) fn send(&self, text: &str) -> Result<()> {
        run::read(&mut self.tmux(&["send-keys", "-l", "--", text])).map(drop)
    }

    /// Presses a key, as tmux calls it.
    ///
    /// # Errors
    /// With what tmux says.
    pub(super) fn press(&self, key: &str) -> Result<()> {
        run::read(&mut self.tmux(&["send-keys", key])).map(drop)
    }

    /// What is on the screen; with `styles`, also how it looks.
    ///
    /// # Errors
    /// With what tmux says.
    pub(super) fn screen(&self, styles: bool) -> Result<String> {
        let mut command = self.tmux(&["capture-pane", "-p"]);
        if styles {
            command.arg("-e");
        }
        run::read(&mut command)
    }

    /// Waits until a text is on the screen; gives what is there then.
    ///
    /// # Errors
    /// When it does not come, with what is there instead.
    pub(super) fn wait_for(&self, text: &str) -> Result<String> {
        self.wait_until(&format!("{text:?}"), |screen| screen.contains(text))
    }

    /// Waits until the screen is as it should be.
    ///
    /// # Errors
    /// Likewise.
    pub(super) fn wait_until(&self, what: &str, is: impl Fn(&str) -> bool) -> Result<String> {
        let since = Instant::now();
        loop {
            let screen = self.screen(false)?;
            if is(&screen) {
                return Ok(screen);
            }
            if since.elapsed() > LIMIT {
                bail!("waited for {what}, and there is:\n{screen}");
            }
            thread::sleep(BETWEEN);
        }
    }

    /// Makes the window of so many columns and rows.
    ///
    /// # Errors
    /// With what tmux says.
    pub(super) fn resize(&self, width: u16, height: u16) -> Result<()> {
        let (width, height) = (width.to_string(), height.to_string());
        run::read(&mut self.tmux(&["resize-window", "-x", &width, "-y", &height])).map(drop)
    }

    /// Waits until the screen is that of the shell again, with its modes.
    ///
    /// # Errors
    /// When it is not.
    pub(super) fn wait_for_shell(&self) -> Result<()> {
        let since = Instant::now();
        let modes = "#{alternate_on}#{mouse_any_flag}#{cursor_flag}";
        loop {
            let state = run::read(&mut self.tmux(&["display-message", "-p", modes]))?;
            if state == "001" {
                break;
            }
            if since.elapsed() > LIMIT {
                bail!("the terminal was not given back: {modes} is {state}");
            }
            thread::sleep(BETWEEN);
        }
        // What is typed shows, and comes line by line.
        self.press("Enter")?;
        self.send("stty -a | tr ' ;' '\\n\\n' | grep -c -x -e echo -e icanon -e isig\n")?;
        // The answer may come behind a prompt that was late.
        self.wait_until("the terminal's modes", |screen| {
            let answers = ["3", "prompt> 3"];
            screen.lines().any(|line| answers.contains(&line.trim()))
        })?;
        self.send("clear\n")
    }
}

impl Drop for Mux {
    fn drop(&mut self) {
        let _ = run::read(&mut self.tmux(&["kill-server"]));
    }
}
