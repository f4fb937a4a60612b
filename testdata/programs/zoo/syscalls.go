package main

import (
	"syscall"
	"unsafe"
)

// Goroutines inside blocking system calls: state "syscall", the unwinding
// starts from the saved system call pc and sp.

func launchSyscalls() {
	var p [2]int
	must(syscall.Pipe2(p[:], syscall.O_CLOEXEC))
	go readFd(p[0])
	go rawRead(p[0])
	go rawPoll(p[0])

	var full [2]int
	must(syscall.Pipe2(full[:], syscall.O_CLOEXEC))
	go writeFd(full[1])

	go sleepSyscall()
	go futexWait()
	go epollWait()

	sock, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	must(err)
	go recvFrom(sock[0])

	// System calls under a deferred call and in a method.
	go func() {
		defer func() { fdReader(p[0]).wait(3, "three") }()
	}()
}

func readFd(fd int) {
	var b [8]byte
	for {
		if n, err := syscall.Read(fd, b[:]); err != syscall.EINTR {
			sinkInt = n
			return
		}
	}
}

func writeFd(fd int) {
	b := make([]byte, 8192)
	for {
		if _, err := syscall.Write(fd, b); err != nil && err != syscall.EINTR {
			return
		}
	}
}

//go:noinline
func rawRead(fd int) (r uintptr) {
	var b [1]byte
	for {
		n, _, e := syscall.Syscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&b)), 1)
		if e != syscall.EINTR {
			return n
		}
	}
}

type pollFd struct {
	fd              int32
	events, revents int16
}

//go:noinline
func rawPoll(fd int) {
	fds := [1]pollFd{{fd: int32(fd), events: 1}}
	for {
		_, _, e := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&fds)), 1, 0, 0, 0, 0)
		if e != syscall.EINTR {
			return
		}
	}
}

func sleepSyscall() {
	left := syscall.Timespec{Sec: 3600}
	for {
		now := left
		if syscall.Nanosleep(&now, &left) != syscall.EINTR {
			return
		}
	}
}

func futexWait() {
	var word uint32
	for {
		_, _, e := syscall.Syscall6(syscall.SYS_FUTEX, uintptr(unsafe.Pointer(&word)), 0, 0, 0, 0, 0)
		if e != syscall.EINTR {
			return
		}
	}
}

func epollWait() {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	must(err)
	events := make([]syscall.EpollEvent, 4)
	for {
		if _, err := syscall.EpollWait(fd, events, -1); err != syscall.EINTR {
			return
		}
	}
}

func recvFrom(fd int) {
	b := make([]byte, 32)
	for {
		if _, _, err := syscall.Recvfrom(fd, b, 0); err != syscall.EINTR {
			return
		}
	}
}

type fdReader int

func (r fdReader) wait(n int, s string) {
	readFd(int(r))
	sinkInt, sinkString = n, s
}
