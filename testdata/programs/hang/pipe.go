package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

func init() {
	incidents["pipe_mutex"] = pipeMutex
	incidents["pipe_peer"] = pipePeer
	incidents["pipe_peer_alone"] = pipePeerAlone
	roles["stopped-reader"] = func() { fail(syscall.Kill(os.Getpid(), syscall.SIGSTOP)) }
}

// journal is a log that is written under a mutex.
type journal struct {
	prefix string
	mu     sync.Mutex
	out    int
}

//go:noinline
func (j *journal) print(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, err := syscall.Write(j.out, []byte(j.prefix+line))
	fail(err)
}

// pipeMutex: nobody drains the pipe to which the log goes.
func pipeMutex(t *truth) {
	r, w := fullPipe()
	keep(r)
	pileUp(t, w)
}

// pipePeer: the same; its reader is a process that was stopped.
func pipePeer(t *truth) {
	pileUp(t, stoppedReader())
}

// pipePeerAlone: only one writes there, and nobody waits for it.
func pipePeerAlone(t *truth) {
	w := stoppedReader()
	j := &journal{prefix: "log: ", out: w}
	writer := t.start(func() { j.print("a line\n") }, inSyscall...)
	t.file(uintptr(w), "write", writer)
	t.stuck(writer)
}

// stoppedReader makes a full pipe, whose reader is a process that was stopped.
func stoppedReader() (w int) {
	r, w := fullPipe()
	exe, err := os.Executable()
	fail(err)
	child := exec.Command(exe, "stopped-reader")
	child.ExtraFiles = []*os.File{os.NewFile(uintptr(r), "reader")}
	// It goes with the thread that made it.
	runtime.LockOSThread()
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	fail(child.Start())
	for start := time.Now(); !isStopped(child.Process.Pid); time.Sleep(time.Millisecond) {
		if time.Since(start) > limit {
			fail(fmt.Errorf("the reader does not stop"))
		}
	}
	fail(child.ExtraFiles[0].Close())
	return w
}

func isStopped(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fail(err)
	text := string(stat)
	return strings.HasPrefix(text[strings.LastIndexByte(text, ')')+1:], " T")
}

func pileUp(t *truth, w int) {
	j := &journal{prefix: "log: ", out: w}
	line := func() { j.print("a line\n") }
	writer := t.start(line, inSyscall...)
	waiters := t.several(30, line, locking...)
	t.at("mutex", unsafe.Pointer(&j.mu), "lock", waiters...).held(writer)
	t.file(uintptr(w), "write", writer)
	t.stuck(writer)
}

// fullPipe makes a pipe that blocks in write(2), as one that was inherited does.
func fullPipe() (r, w int) {
	var p [2]int
	fail(syscall.Pipe2(p[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK))
	line := make([]byte, 64)
	for {
		_, err := syscall.Write(p[1], line)
		if err == syscall.EAGAIN {
			break
		}
		if err != syscall.EINTR {
			fail(err)
		}
	}
	for _, fd := range p {
		fail(syscall.SetNonblock(fd, false))
	}
	return p[0], p[1]
}
