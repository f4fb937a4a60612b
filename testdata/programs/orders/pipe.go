package main

import (
	"os"
	"syscall"
)

// auditPipe returns a pipe whose write end blocks in write(2), like a pipe
// inherited from a supervisor (standard error, say) does. Its reader has
// stopped reading some time ago, and it has filled up since.
func auditPipe() (r, w *os.File, err error) {
	var p [2]int
	if err := syscall.Pipe2(p[:], syscall.O_CLOEXEC); err != nil {
		return nil, nil, err
	}
	if err := syscall.SetNonblock(p[1], true); err != nil {
		return nil, nil, err
	}
	old := []byte("{\"action\":\"create\",\"order\":\"o-000000\"}\n")
	for err = nil; err != syscall.EAGAIN; _, err = syscall.Write(p[1], old) {
		if err != nil && err != syscall.EINTR {
			return nil, nil, err
		}
	}
	if err := syscall.SetNonblock(p[1], false); err != nil {
		return nil, nil, err
	}
	return os.NewFile(uintptr(p[0]), "audit-reader"), os.NewFile(uintptr(p[1]), "audit-writer"), nil
}
