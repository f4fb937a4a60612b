package main

import (
	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"

	"gopeek.test/programs/internal/oracle"
)

// call is a system call that waits for what never comes.
type call func() (returned uintptr, errno syscall.Errno)

const (
	forLong  = 3600 // seconds
	piped    = 128 << 10
	sentEach = 64 << 10
)

// noticed counts the calls that ended early, by name.
var noticed = map[string]*int32{}

// parkCalls makes calls that end early when their thread is stopped, each in a
// thread of its own: a program that looks sees that.
func parkCalls() {
	calls := map[string]call{
		"epoll_pwait":     waitForEvents,
		"semop":           waitForSemaphore,
		"rt_sigtimedwait": waitForSignal,
		"io_getevents":    waitForIO,
		"recvfrom":        receiveInTime(),
		"accept4":         acceptInTime(),
		"sendto":          sendInTime(),
		"write":           writeInPart(),
	}
	oracle.Expect(len(calls))
	for name, call := range calls {
		count := new(int32)
		noticed[name] = count
		go parkInCall(call, count)
	}
}

func parkInCall(call call, count *int32) {
	runtime.LockOSThread()
	oracle.Here()
	for {
		call()
		atomic.AddInt32(count, 1)
	}
}

// settleCalls says which calls ended early, and how often.
func settleCalls() any {
	said := map[string]int32{}
	for name, count := range noticed {
		said[name] = atomic.LoadInt32(count)
	}
	return said
}

func waitForEvents() (uintptr, syscall.Errno) {
	queue, err := syscall.EpollCreate1(0)
	fail(err)
	defer syscall.Close(queue)
	var event syscall.EpollEvent
	at := uintptr(unsafe.Pointer(&event))
	forever := ^uintptr(0)
	n, _, errno := syscall.Syscall6(syscall.SYS_EPOLL_PWAIT, uintptr(queue), at, 1, forever, 0, 0)
	return n, errno
}

func waitForSemaphore() (uintptr, syscall.Errno) {
	const private, remove = 0, 0
	id, _, errno := syscall.Syscall(syscall.SYS_SEMGET, private, 1, 0o600)
	if errno != 0 {
		return 0, errno
	}
	defer syscall.Syscall(syscall.SYS_SEMCTL, id, 0, remove)
	take := struct{ number, operation, flags int16 }{operation: -1}
	n, _, errno := syscall.Syscall(syscall.SYS_SEMOP, id, uintptr(unsafe.Pointer(&take)), 1)
	return n, errno
}

func waitForSignal() (uintptr, syscall.Errno) {
	set := uint64(1) << (syscall.SIGUSR2 - 1)
	limit := syscall.Timespec{Sec: forLong}
	at := uintptr(unsafe.Pointer(&set))
	n, _, errno := syscall.Syscall6(syscall.SYS_RT_SIGTIMEDWAIT, at, 0, uintptr(unsafe.Pointer(&limit)), 8, 0, 0)
	return n, errno
}

func waitForIO() (uintptr, syscall.Errno) {
	var context uintptr
	_, _, errno := syscall.Syscall(syscall.SYS_IO_SETUP, 1, uintptr(unsafe.Pointer(&context)), 0)
	if errno != 0 {
		return 0, errno
	}
	defer syscall.Syscall(syscall.SYS_IO_DESTROY, context, 0, 0)
	var event [4]uint64
	n, _, errno := syscall.Syscall6(syscall.SYS_IO_GETEVENTS, context, 1, 1, uintptr(unsafe.Pointer(&event)), 0, 0)
	return n, errno
}

// pair is two connected sockets, of which the first gives up after long.
func pair(option int) int {
	both, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	fail(err)
	limit := syscall.Timeval{Sec: forLong}
	fail(syscall.SetsockoptTimeval(both[0], syscall.SOL_SOCKET, option, &limit))
	return both[0]
}

func receiveInTime() call {
	socket := pair(syscall.SO_RCVTIMEO)
	return func() (uintptr, syscall.Errno) {
		var room [8]byte
		at := uintptr(unsafe.Pointer(&room))
		n, _, errno := syscall.Syscall6(syscall.SYS_RECVFROM, uintptr(socket), at, 8, 0, 0, 0)
		return n, errno
	}
}

func acceptInTime() call {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	fail(err)
	fail(syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	fail(syscall.Listen(socket, 1))
	limit := syscall.Timeval{Sec: forLong}
	fail(syscall.SetsockoptTimeval(socket, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &limit))
	return func() (uintptr, syscall.Errno) {
		n, _, errno := syscall.Syscall6(syscall.SYS_ACCEPT4, uintptr(socket), 0, 0, 0, 0, 0)
		return n, errno
	}
}

func sendInTime() call {
	socket := pair(syscall.SO_SNDTIMEO)
	bytes := make([]byte, sentEach)
	for {
		_, err := syscall.SendmsgN(socket, bytes, nil, nil, syscall.MSG_DONTWAIT)
		if err == syscall.EAGAIN {
			break
		}
		fail(err)
	}
	return func() (uintptr, syscall.Errno) {
		at := uintptr(unsafe.Pointer(&bytes[0]))
		n, _, errno := syscall.Syscall6(syscall.SYS_SENDTO, uintptr(socket), at, 1, 0, 0, 0)
		return n, errno
	}
}

func writeInPart() call {
	bytes := make([]byte, piped)
	return func() (uintptr, syscall.Errno) {
		var ends [2]int
		fail(syscall.Pipe2(ends[:], 0))
		defer syscall.Close(ends[0])
		defer syscall.Close(ends[1])
		at := uintptr(unsafe.Pointer(&bytes[0]))
		n, _, errno := syscall.Syscall(syscall.SYS_WRITE, uintptr(ends[1]), at, piped)
		return n, errno
	}
}
