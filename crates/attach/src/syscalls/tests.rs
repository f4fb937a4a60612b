use super::table::SIGNATURES;
use super::{Call, Use, describe, descriptor, name};
use gopeek_layout::arch::Arch;

fn files(fd: u64) -> Option<String> {
    (fd == 2).then(|| "pipe:[88123]".to_owned())
}

fn paths(at: u64) -> Option<String> {
    (at == 0xc000_2000).then(|| "\"/run/in\"".to_owned())
}

fn said(arch: Arch, number: u64, args: [u64; 6], channel: Option<&str>) -> String {
    describe(&Call {
        arch,
        number,
        args,
        channel,
        file: &files,
        path: &paths,
    })
}

#[test]
fn what_is_read_and_what_is_written_to() {
    let args = [7, 0x1000, 10, 0, 0, 0];
    let of = |number| descriptor(Arch::Amd64, number, args);
    assert_eq!(
        [of(0), of(1)],
        [Some((7, Use::Read)), Some((7, Use::Write))]
    );
    // fsync, flock, fcntl: to set a lock, if need be after a wait, and anything else.
    assert_eq!(of(74), Some((7, Use::Sync)));
    assert_eq!(of(73), Some((7, Use::Lock)));
    assert_eq!(of(72), Some((7, Use::Other)));
    let locks = descriptor(Arch::Amd64, 72, [7, 38, 0, 0, 0, 0]);
    assert_eq!(locks, Some((7, Use::Lock)));
    // openat's folder, getpid, and a number that is no call's.
    assert_eq!([of(257), of(39), of(99_999)], [None, None, None]);
}

#[test]
fn files_sizes_and_addresses() {
    let write = [2, 0xc000_1000, 412, 9, 9, 9];
    let expected = "write(fd 2 -> pipe:[88123], 0xc0001000, 412)";
    assert_eq!(said(Arch::Amd64, 1, write, None), expected);
    assert_eq!(said(Arch::Arm64, 64, write, None), expected);
    let futex = [0x1000, 0x80, u64::MAX, 0, 0, 0];
    assert_eq!(
        said(Arch::Amd64, 202, futex, None),
        "futex(0x1000, wait, -1, 0x0)"
    );
}

#[test]
fn paths_and_folders() {
    let here = u64::from(u32::MAX) - 99;
    let open = [here, 0xc000_2000, 0o2_100_101, 0o644, 0, 0];
    let expected = "openat(AT_FDCWD, \"/run/in\", O_WRONLY|O_CREAT|O_CLOEXEC|0x8000, 0644)";
    assert_eq!(said(Arch::Amd64, 257, open, None), expected);
    assert_eq!(said(Arch::Arm64, 56, open, None), expected);
    // Below a folder, and a path that can't be read.
    let unlink = [2, 0xc000_3000, 0x200, 0, 0, 0];
    assert_eq!(
        said(Arch::Amd64, 263, unlink, None),
        "unlinkat(fd 2 -> pipe:[88123], 0xc0003000, 0x200)"
    );
    let rename = [0xc000_2000, 0xc000_2000, 0, 0, 0, 0];
    assert_eq!(
        said(Arch::Amd64, 82, rename, None),
        "rename(\"/run/in\", \"/run/in\")"
    );
}

#[test]
fn locks_of_files() {
    let of = |number, args| said(Arch::Amd64, number, args, None);
    assert_eq!(of(73, [5, 2, 0, 0, 0, 0]), "flock(fd 5, LOCK_EX)");
    assert_eq!(of(73, [5, 5, 0, 0, 0, 0]), "flock(fd 5, LOCK_SH|LOCK_NB)");
    assert_eq!(
        of(72, [5, 7, 0x1000, 0, 0, 0]),
        "fcntl(fd 5, F_SETLKW, 0x1000)"
    );
    assert_eq!(of(72, [5, 1024, 0, 0, 0, 0]), "fcntl(fd 5, 1024, 0x0)");
}

#[test]
fn a_call_that_goes_on_is_told_by_where_it_sleeps() {
    let args = [0x1000, 0x80, 0, 0x2000, 0, 0];
    let describe = |channel| said(Arch::Amd64, 219, args, channel);
    assert_eq!(
        describe(Some("futex_do_wait")),
        "restart_syscall: futex(0x1000, wait, 0, 0x2000)"
    );
    assert_eq!(describe(Some("hrtimer_nanosleep")), "restart_syscall()");
    assert_eq!(describe(None), "restart_syscall()");
}

#[test]
fn what_is_not_known_is_shown_as_it_is() {
    let args = [1, 2, 3, 4, 5, 6];
    assert_eq!(
        said(Arch::Amd64, 99_999, args, None),
        "syscall 99999(0x1, 0x2, 0x3, ...)"
    );
    assert_eq!(
        said(Arch::Amd64, 39, args, None),
        "getpid(0x1, 0x2, 0x3, ...)"
    );
}

#[test]
fn every_signature_is_of_a_call_that_exists() {
    for row in SIGNATURES {
        let exists = (0..1000).any(|number| name(Arch::Amd64, number) == Some(row.name));
        assert!(exists, "{}", row.name);
    }
    assert!(SIGNATURES.is_sorted_by_key(|row| row.name));
}
