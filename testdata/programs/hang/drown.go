package main

import "syscall"

// drown writes until a descriptor that does not block takes no more. The
// kernel moves what is in flight to the peer, and then has room again: only
// what stays full for a while is full.
func drown(fd int, text []byte) bool {
	for full := 0; full < 50; {
		_, err := syscall.Write(fd, text)
		switch err {
		case nil:
			full = 0
		case syscall.EAGAIN:
			full++
			nap := syscall.Timespec{Nsec: 1000000}
			syscall.Nanosleep(&nap, nil)
		case syscall.EINTR:
		default:
			fail(err)
		}
	}
	return true
}
