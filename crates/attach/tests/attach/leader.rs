//! A process whose first thread has ended, and the others live.

use crate::target::{PATIENT, Target, wait_until};
use gopeek_attach::capture::capture;
use gopeek_attach::list::processes;
use gopeek_attach::{AttachError, Process};
use gopeek_layout::{Addr, Memory};
use nix::libc;
use procfs::process::Process as Proc;
use std::process::Command;

/// Two threads live on: one until a line says so, the other echoes what it is told.
const PROGRAM: &str = "
import ctypes, sys, threading
told = threading.Event()
first = threading.Thread(target=told.wait)
def echo():
    for line in sys.stdin:
        if line == 'end one\\n':
            told.set()
            first.join()
        print(line, end='', flush=True)
first.start()
threading.Thread(target=echo).start()
ctypes.CDLL(None).syscall(int(sys.argv[1]), 0)
";

fn headless() -> Target {
    let exit = libc::SYS_exit.to_string();
    let target = Target::spawn(Command::new("python3").args(["-c", PROGRAM, &exit]));
    wait_until("a zombie that lives", || target.states() == ['Z', 'S', 'S']);
    target
}

/// Where a mapping of the process begins; it can be read there.
fn a_mapping(target: &Target) -> Addr {
    let states = Proc::new(target.pid().as_raw()).and_then(|proc| proc.tasks());
    let last = states.expect("its threads").flatten().last();
    let maps = Proc::new(last.expect("a thread").tid).and_then(|thread| thread.maps());
    Addr::new(maps.expect("its mappings").0[0].address.0)
}

#[test]
fn one_without_its_first_thread_is_read_and_stopped() {
    let mut target = headless();
    let at = a_mapping(&target);
    let process = target.open();
    let mut magic = [0; 4];
    process.read(at, &mut magic).unwrap();
    assert_eq!(&magic, b"\x7fELF");
    let files = process.code_files().unwrap();
    assert!(files.first().is_some_and(|file| file.is_program));
    let captured = capture(&process, PATIENT, &[], None, |_| Vec::new()).unwrap();
    let pause = captured.pause.expect("a pause");
    assert_eq!((pause.stopped, pause.missed), (2, Vec::new()));
    process.confirm().unwrap();
    target.echoes();
}

#[test]
fn it_is_told_by_its_command_in_the_list_too() {
    let target = headless();
    let of_it = |facts: &&gopeek_attach::process::Facts| facts.pid == target.pid();
    let all = processes();
    let listed = all.iter().find(of_it).expect("it in the list");
    let command = |facts: &gopeek_attach::process::Facts| facts.command.first().cloned();
    let seen = command(listed).expect("a command");
    assert!(seen.raw().contains("python"), "{seen}");
    assert_eq!(command(&target.open().facts().unwrap()), Some(seen));
}

#[test]
fn it_is_still_read_when_the_thread_that_it_was_opened_by_ends() {
    let mut target = headless();
    let at = a_mapping(&target);
    let process = target.open();
    target.send("end one\n");
    target.line("end one");
    wait_until("one thread less", || target.states() == ['Z', 'S']);
    let mut magic = [0; 4];
    process.read(at, &mut magic).unwrap();
    assert_eq!(&magic, b"\x7fELF");
    process.confirm().unwrap();
    process.code_files().unwrap();
    assert_eq!(process.threads().unwrap().len(), 2);
}

#[test]
fn it_is_a_zombie_like_others_when_its_last_thread_has_ended() {
    let mut target = headless();
    let process = target.open();
    target.send("end one\n");
    target.hang_up();
    wait_until("a zombie", || target.states() == ['Z']);
    let error = process.confirm().unwrap_err();
    assert!(matches!(error, AttachError::Exited(_)), "{error}");
    let error = Process::open(target.pid()).unwrap_err();
    assert!(matches!(error, AttachError::Zombie(_)), "{error}");
}
