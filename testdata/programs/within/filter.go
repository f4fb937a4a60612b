package main

import (
	"fmt"
	"runtime"
	"syscall"
	"unsafe"
)

const (
	setNoNewPrivs  = 38
	setModeFilter  = 1
	allThreads     = 1
	allow          = 0x7fff0000
	refuse         = 0x00050000 | uint32(syscall.EPERM)
	loadWord       = 0x20
	jumpIfEqual    = 0x15
	returnConstant = 0x06
)

// calls are the numbers of the calls that can be refused, and of seccomp.
var calls = map[string]map[string]uintptr{
	"amd64": {"ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "seccomp": 317, "pidfd_open": 434},
	"arm64": {"ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "seccomp": 277, "pidfd_open": 434},
}

type instruction struct {
	code   uint16
	jt, jf uint8
	k      uint32
}

type program struct {
	len   uint16
	first *instruction
}

// filter has the kernel refuse calls to us from now on, and to whom we become.
func filter(names []string) error {
	numbers := calls[runtime.GOARCH]
	// The first word that a filter is given is the call's number.
	code := []instruction{{code: loadWord}}
	for _, name := range names {
		number, known := numbers[name]
		if !known {
			return fmt.Errorf("no number is known of %s", name)
		}
		code = append(code,
			instruction{code: jumpIfEqual, jf: 1, k: uint32(number)},
			instruction{code: returnConstant, k: refuse})
	}
	code = append(code, instruction{code: returnConstant, k: allow})
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, setNoNewPrivs, 1, 0, 0, 0, 0); errno != 0 {
		return errno
	}
	is := program{uint16(len(code)), &code[0]}
	_, _, errno := syscall.Syscall(numbers["seccomp"], setModeFilter, allThreads, uintptr(unsafe.Pointer(&is)))
	if errno != 0 {
		return errno
	}
	return nil
}
