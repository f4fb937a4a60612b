//! A service that runs, and ends with this.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::table::{Ask, Daemon, filled};
use crate::run;

/// Maximum time until a service answers.
const LIMIT: Duration = Duration::from_secs(60);
/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// A service that runs.
pub(super) struct Running {
    pub(super) daemon: &'static Daemon,
    child: Child,
    folder: PathBuf,
    ports: [u16; 2],
}

impl Running {
    /// Starts a service that was unpacked into the folder, and waits until it answers.
    pub(super) fn start(daemon: &'static Daemon, unpacked: &Path) -> Result<Self> {
        let folder = unpacked.join("run");
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("clear {}", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        let ports = [free_port()?, free_port()?];
        if let Some((name, text)) = daemon.file {
            fs::write(folder.join(name), filled(text, &folder, ports))?;
        }
        let output = File::create(folder.join("output.txt"))?;
        let mut command = Command::new(unpacked.join(daemon.exe));
        command.args(daemon.args.iter().map(|arg| filled(arg, &folder, ports)));
        command.current_dir(&folder).env("HOME", &folder);
        command
            .env("XDG_DATA_HOME", &folder)
            .env("XDG_CONFIG_HOME", &folder);
        // syncthing: be the service itself, not the process that watches over it.
        command.env("STMONITORED", "yes");
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let line = run::line(&command);
        let child = command.spawn().with_context(|| format!("start {line}"))?;
        let mut it = Self {
            daemon,
            child,
            folder,
            ports,
        };
        it.wait_for_answer()?;
        Ok(it)
    }

    /// Its process id.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What asks it once, again and again if wanted.
    pub(super) fn asker(&self, unpacked: &Path) -> Asker {
        match self.daemon.load {
            Ask::Http(path) => Asker::Http(self.ports[0], path),
            Ask::Tool(tool, args) => {
                let args = args.iter().map(|arg| filled(arg, &self.folder, self.ports));
                Asker::Tool(unpacked.join(tool), args.collect())
            }
        }
    }

    /// The folder that its package is in.
    pub(super) fn unpacked(&self) -> &Path {
        self.folder.parent().unwrap_or(&self.folder)
    }

    fn wait_for_answer(&mut self) -> Result<()> {
        let until = Instant::now() + LIMIT;
        let asker = self.asker(self.unpacked());
        loop {
            let Err(error) = asker.ask() else {
                return Ok(());
            };
            let output = || fs::read_to_string(self.folder.join("output.txt")).unwrap_or_default();
            if let Some(status) = self.child.try_wait()? {
                bail!("ended: {status}\n{}", output());
            }
            if Instant::now() > until {
                bail!("no answer within {LIMIT:?}: {error:#}\n{}", output());
            }
            thread::sleep(PAUSE);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has nothing to lose; both calls fail if it has ended already, as they may.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What asks a service for something.
pub(super) enum Asker {
    /// A port and a path.
    Http(u16, &'static str),
    /// A program and its arguments.
    Tool(PathBuf, Vec<String>),
}

impl Asker {
    /// Asks once.
    pub(super) fn ask(&self) -> Result<()> {
        match self {
            Self::Http(port, path) => {
                let mut stream = TcpStream::connect(("127.0.0.1", *port))?;
                stream.set_read_timeout(Some(LIMIT))?;
                write!(
                    stream,
                    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
                )?;
                let mut answer = Vec::new();
                stream.read_to_end(&mut answer)?;
                if !answer.starts_with(b"HTTP/1.1 200") {
                    let head = String::from_utf8_lossy(answer.get(..40).unwrap_or(&answer));
                    bail!("{path}: {head:?}");
                }
                Ok(())
            }
            Self::Tool(program, args) => {
                run::read(Command::new(program).args(args))?;
                Ok(())
            }
        }
    }
}

/// A port at which nobody listens. Somebody else may take it first; then the service says so.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
