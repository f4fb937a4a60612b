//! Child processes to look at. They end with the test that made them.

use gopeek_attach::capture::PauseLimits;
use gopeek_attach::{Pid, Process};
use gopeek_layout::{Addr, Span};
use nix::sys::signal::{Signal, kill};
use procfs::process::{MemoryMap, Process as Proc};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than any state takes to come, on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// For tests that are not about time: the machine may have other things to do.
pub(crate) const PATIENT: PauseLimits = PauseLimits {
    stop: Duration::from_secs(30),
    hold: Duration::from_secs(30),
};

/// Waits for a state, not for a time.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < PATIENCE, "{what}: it never came");
        thread::yield_now();
    }
}

/// A child with its input and output in our hands.
#[derive(Debug)]
pub(crate) struct Target {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Target {
    pub(crate) fn spawn(command: &mut Command) -> Target {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a child");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        Target { child, output }
    }

    /// One that waits for input.
    pub(crate) fn cat() -> Target {
        Target::echoing(&mut Command::new("cat"))
    }

    /// One that echoes its input, and has done so: a child is ours before its program is loaded.
    pub(crate) fn echoing(command: &mut Command) -> Target {
        let mut target = Target::spawn(command);
        target.echoes();
        target
    }

    /// A shell that runs `script`.
    pub(crate) fn shell(script: &str) -> Target {
        Target::spawn(Command::new("sh").args(["-c", script]))
    }

    /// This very test binary, running the helper called `name`, which says when it is ready.
    pub(crate) fn helper(name: &str) -> (Target, String) {
        let this = std::env::current_exe().expect("this program");
        let name = format!("helper::{name}");
        let mut target =
            Target::spawn(Command::new(this).args(["--ignored", "--nocapture", "--exact", &name]));
        let ready = target.line("ready");
        (target, ready)
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).expect("a pid"))
    }

    pub(crate) fn open(&self) -> Process {
        Process::open(self.pid()).expect("a child of ours can be opened")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).expect("a child of ours can be signalled");
    }

    /// What follows `front` in the next line of output that begins with it.
    pub(crate) fn line(&mut self, front: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line).expect("output");
            assert!(read > 0, "it ended and never said {front:?}");
            if let Some(rest) = line.strip_prefix(front) {
                return rest.trim().to_owned();
            }
        }
    }

    /// Sends a line, and shows by what comes back that the target lives and works. For one that echoes.
    pub(crate) fn echoes(&mut self) {
        self.send("hello\n");
        assert_eq!(self.line("hello"), "");
    }

    pub(crate) fn send(&mut self, text: &str) {
        let input = self.child.stdin.as_mut().expect("its input");
        input.write_all(text.as_bytes()).expect("it reads");
    }

    /// Closes its input.
    pub(crate) fn hang_up(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Waits for its end, and reaps it.
    pub(crate) fn reap(&mut self) -> ExitStatus {
        self.hang_up();
        self.child.wait().expect("a child to wait for")
    }

    /// The kernel's letter for the state of its main thread.
    pub(crate) fn state(&self) -> char {
        let proc = Proc::new(self.pid().as_raw()).expect("a process");
        proc.stat().expect("its state").state
    }

    /// The states of all its threads.
    pub(crate) fn states(&self) -> Vec<char> {
        let proc = Proc::new(self.pid().as_raw()).expect("a process");
        let tasks = proc.tasks().expect("its threads").flatten();
        tasks
            .filter_map(|task| task.stat().ok())
            .map(|stat| stat.state)
            .collect()
    }

    /// Who traces it; 0 for nobody.
    pub(crate) fn tracer(&self) -> i32 {
        let proc = Proc::new(self.pid().as_raw()).expect("a process");
        proc.status().expect("its status").tracerpid
    }

    pub(crate) fn maps(&self) -> Vec<MemoryMap> {
        let proc = Proc::new(self.pid().as_raw()).expect("a process");
        proc.maps().expect("its mappings").into_iter().collect()
    }

    /// Waits until nobody traces it and none of its threads stands still for a tracer.
    pub(crate) fn wait_until_free(&self) {
        wait_until("free again", || {
            self.tracer() == 0 && !self.states().contains(&'t')
        });
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `len` bytes from `start`.
pub(crate) fn span(start: u64, len: u64) -> Span {
    Span::new(Addr::new(start), len)
}
