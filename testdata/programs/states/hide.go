package main

import "syscall"

// hide makes the process one that only the privileged may look into.
func hide() {
	const prSetDumpable = 4
	_, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, prSetDumpable, 0, 0)
	if errno != 0 {
		fail(errno)
	}
	close(prepared)
}
