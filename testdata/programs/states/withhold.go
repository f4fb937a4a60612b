package main

import (
	"runtime"
	"syscall"
	"unsafe"
)

// userfaultfd(2), which package syscall has no number of.
var sysUserfaultfd = map[string]uintptr{"amd64": 323, "arm64": 282}[runtime.GOARCH]

const (
	// linux/userfaultfd.h
	uffdAPI          = 0xaa
	uffdioAPI        = 0xc018aa3f
	uffdioRegister   = 0xc020aa00
	registerMissing  = 1
	withheldBytes    = 1 << 20
	withheldDistance = 1 << 12
)

// withheld is memory whose pages never come: whoever reads it, the kernel for
// a debugger included, waits for a word from a descriptor that nobody reads.
func withheld() uintptr {
	fd, _, errno := syscall.Syscall(sysUserfaultfd, syscall.O_CLOEXEC, 0, 0)
	failErrno(errno)
	api := [3]uint64{uffdAPI}
	failErrno(ioctl(fd, uffdioAPI, unsafe.Pointer(&api)))
	memory, err := syscall.Mmap(-1, 0, withheldBytes, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	fail(err)
	start := uintptr(unsafe.Pointer(&memory[0]))
	register := [4]uint64{uint64(start), withheldBytes, registerMissing}
	failErrno(ioctl(fd, uffdioRegister, unsafe.Pointer(&register)))
	return start + withheldDistance
}

func ioctl(fd, request uintptr, argument unsafe.Pointer) syscall.Errno {
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(argument))
	return errno
}

func failErrno(errno syscall.Errno) {
	if errno != 0 {
		fail(errno)
	}
}
