//! The general-purpose registers of a thread that stands still.

use gopeek_layout::arch::Arch;
use gopeek_layout::registers::Registers;
use nix::errno::Errno;
use nix::libc;
use nix::unistd::Pid;

/// Room for the largest set (arm64: 272 bytes) and then some.
const ROOM: usize = 512;

/// The architecture that this program, and so whatever it can trace, runs on.
pub(crate) const HERE: Arch = if cfg!(target_arch = "aarch64") {
    Arch::Arm64
} else {
    Arch::Amd64
};

/// Reads the registers of `tid`. Nothing for a thread of 32 bits, whose set is another.
#[allow(unsafe_code)]
pub(crate) fn registers(tid: Pid) -> Result<Option<Registers>, Errno> {
    let mut bytes = [0u8; ROOM];
    let mut set = libc::iovec {
        iov_base: bytes.as_mut_ptr().cast(),
        iov_len: ROOM,
    };
    // SAFETY: PTRACE_GETREGSET writes no more than iov_len bytes to iov_base, a live array of ours, and how many to
    // iov_len. The set's number goes where ptrace has an address.
    let done = unsafe {
        libc::ptrace(
            libc::PTRACE_GETREGSET,
            tid.as_raw(),
            std::ptr::without_provenance_mut::<libc::c_void>(NT_PRSTATUS),
            (&raw mut set).cast::<libc::c_void>(),
        )
    };
    Errno::result(done)?;
    let got = bytes.get(..set.iov_len).unwrap_or_default();
    Ok(Registers::decode(HERE, got))
}

/// The general-purpose set, as ELF notes call it (`elf.h`).
const NT_PRSTATUS: usize = 1;
