//! Programs to look at, which the tests run out of this same binary. Run by hand they end at once.

pub(crate) mod records;

use crate::target::{PATIENT, Target, span};
use gopeek_attach::capture::{PauseLimits, capture, capture_running};
use gopeek_attach::{AttachError, Pid, Process};
use nix::libc;
use nix::sys::signal::Signal;
use std::io::{Read, stdin};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// Threads that stand in a helper.
pub(crate) const THREADS: usize = 16;
/// Bytes in the pattern of [`pattern`].
pub(crate) const PATTERN_LEN: usize = 12 << 20;

/// What the byte at `index` of the pattern is.
pub(crate) fn pattern(index: usize) -> u8 {
    u8::try_from(index * 7 / 3 % 251).unwrap()
}

fn wait_for_end_of_input() {
    let _ = stdin().read_to_end(&mut Vec::new());
}

#[test]
#[ignore = "a program that other tests run"]
fn threads() {
    let ready = Barrier::new(THREADS + 1);
    let done = Barrier::new(THREADS + 1);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                ready.wait();
                done.wait();
            });
        }
        ready.wait();
        println!("\nready");
        wait_for_end_of_input();
        done.wait();
    });
}

#[test]
#[ignore = "a program that other tests run"]
fn coming_and_going() {
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    thread::spawn(|| {}).join().unwrap();
                }
            });
        }
        println!("\nready");
        wait_for_end_of_input();
        ended.store(true, Ordering::Relaxed);
    });
    println!("\nended well");
}

#[test]
#[ignore = "a program that other tests run"]
fn known_bytes() {
    let bytes: Vec<u8> = (0..PATTERN_LEN).map(pattern).collect();
    println!("\nready {}", bytes.as_ptr().addr());
    wait_for_end_of_input();
    assert_eq!(bytes.len(), PATTERN_LEN);
}

static HANDLED: AtomicU64 = AtomicU64::new(0);

extern "C" fn count(_: libc::c_int) {
    HANDLED.fetch_add(1, Ordering::Relaxed);
}

/// Raises `signal` in four threads until the input ends, and counts.
fn raise_and_count(signal: libc::c_int) {
    let add_one = count as *const () as libc::sighandler_t;
    // SAFETY: the handler does nothing but add to an atomic number.
    let before = unsafe { libc::signal(signal, add_one) };
    assert_ne!(before, libc::SIG_ERR);
    let (ended, raised) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    // It is handled before this returns.
                    // SAFETY: it takes a number, and the signal has a handler.
                    assert_eq!(unsafe { libc::raise(signal) }, 0);
                    raised.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        println!("\nready");
        wait_for_end_of_input();
        ended.store(true, Ordering::Relaxed);
    });
    let (raised, handled) = (raised.into_inner(), HANDLED.load(Ordering::Relaxed));
    println!("\nraised {raised} handled {handled}");
}

#[test]
#[ignore = "a program that other tests run"]
fn signals() {
    raise_and_count(libc::SIGURG);
}

#[test]
#[ignore = "a program that other tests run"]
fn real_time_signals() {
    raise_and_count(libc::SIGRTMIN());
}

/// The most memory that this process ever held, in bytes.
fn peak() -> u64 {
    let status = procfs::process::Process::myself().and_then(|this| this.status());
    status.unwrap().vmhwm.expect("a kernel that counts it") << 10
}

/// Looks itself at another one: its peak is not mixed up with those of tests that run meanwhile.
#[test]
#[ignore = "a program that other tests run"]
fn greedy() {
    let target = Target::cat();
    let process = target.open();
    let start = target.maps()[0].address.0;
    println!("\nready");
    let before = peak();
    let mut wave = vec![span(start, 16), span(1 << 20, 2 << 30)];
    let captured = capture_running(&process, &[], |_| std::mem::take(&mut wave)).unwrap();
    let got = captured.snapshot.slice(span(start, 16)).is_some();
    println!("\ngot {got}");
    println!("\ngrew {}", peak() - before);
}

/// Looks at the process that the environment names, and says how that went: `allowed`, or the cause and the remedy.
#[test]
#[ignore = "a program that other tests run"]
fn looker() {
    let Some(pid) = std::env::var("GOPEEK_LOOK_AT").ok() else {
        return;
    };
    let pid = Pid::from_raw(pid.parse().unwrap());
    if std::env::var_os("GOPEEK_FILTER").is_some() {
        refuse_ptrace();
    }
    let looked = Process::open(pid)
        .and_then(|process| capture(&process, PATIENT, &[], None, |_| Vec::new()));
    match looked {
        Ok(_) => println!("\nallowed"),
        Err(AttachError::Denied { cause, remedy, .. }) => {
            println!("\ncause {cause:?}\nremedy {remedy}");
        }
        Err(other) => println!("\ncause {other:?}"),
    }
}

/// Stops for good while it holds the process that the environment names.
#[test]
#[ignore = "a program that other tests run"]
fn stuck() {
    let Some(pid) = std::env::var("GOPEEK_LOOK_AT").ok() else {
        return;
    };
    let process = Process::open(Pid::from_raw(pid.parse().unwrap())).unwrap();
    let limits = PauseLimits {
        stop: Duration::from_millis(10),
        ..PATIENT
    };
    let _ = capture(&process, limits, &[], None, |_| {
        nix::sys::signal::raise(Signal::SIGSTOP).unwrap();
        Vec::new()
    });
    println!("\nnot stuck");
}

#[test]
#[ignore = "a program that other tests run"]
fn not_dumpable() {
    nix::sys::prctl::set_dumpable(false).unwrap();
    println!("\nready");
    wait_for_end_of_input();
}

/// Puts a filter on this process that answers EPERM to ptrace, as container engines do.
fn refuse_ptrace() {
    let [load, equal, answer] = [libc::BPF_LD, libc::BPF_JMP, libc::BPF_RET];
    let step = |code: u32, jf: u8, k: u32| libc::sock_filter {
        code: u16::try_from(code).unwrap(),
        jt: 0,
        jf,
        k,
    };
    let ptrace = u32::try_from(libc::SYS_ptrace).unwrap();
    let errno = libc::SECCOMP_RET_ERRNO | u32::try_from(libc::EPERM).unwrap();
    let mut program = [
        // The number of the call is the first word of what a filter sees.
        step(load | libc::BPF_W | libc::BPF_ABS, 0, 0),
        step(equal | libc::BPF_JEQ | libc::BPF_K, 1, ptrace),
        step(answer | libc::BPF_K, 0, errno),
        step(answer | libc::BPF_K, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog {
        len: u16::try_from(program.len()).unwrap(),
        filter: program.as_mut_ptr(),
    };
    nix::sys::prctl::set_no_new_privs().unwrap();
    // On all threads: the harness's main thread is another.
    // SAFETY: the kernel copies the filter, which lives until the call returns.
    let set = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_TSYNC,
            &raw const program,
        )
    };
    assert_eq!(set, 0, "{}", std::io::Error::last_os_error());
}

/// With threads, each of which an exec has to end.
#[test]
#[ignore = "a program that other tests run"]
fn execs() {
    for _ in 0..THREADS {
        thread::spawn(|| {
            loop {
                thread::park();
            }
        });
    }
    println!("\nready");
    thread::sleep(Duration::from_millis(2));
    let error = Command::new(std::env::current_exe().unwrap())
        .args(std::env::args_os().skip(1))
        .exec();
    panic!("{error}");
}
