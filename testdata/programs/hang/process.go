package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"
)

func init() {
	incidents["descriptors"] = descriptors
	incidents["file_lock"] = fileLock
	incidents["fifo"] = fifo
	incidents["gc_thrash"] = gcThrash
}

// descriptors: a leak of files has used up what RLIMIT_NOFILE allows, but for
// what the truth is written with.
func descriptors(t *truth) {
	// The runtime's poller needs descriptors of its own.
	r, w, err := os.Pipe()
	fail(err)
	keep(r)
	keep(w)
	time.Sleep(time.Millisecond)
	const most, left = 256, 2
	limit := syscall.Rlimit{Cur: most, Max: most}
	fail(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit))
	var open []int
	for {
		fd, err := syscall.Open(os.DevNull, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		if err == syscall.EMFILE {
			break
		}
		fail(err)
		open = append(open, fd)
	}
	for _, fd := range open[len(open)-left:] {
		fail(syscall.Close(fd))
	}
	t.Finding = "limit"
	quiet()
}

// fileLock: flock(2) of a file that is locked already.
func fileLock(t *truth) {
	path := scratch("lock")
	var fds [2]int
	for i := range fds {
		fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_CREAT|syscall.O_CLOEXEC, 0o600)
		fail(err)
		fds[i] = fd
	}
	fail(syscall.Flock(fds[0], syscall.LOCK_EX))
	waiter := t.start(func() { syscall.Flock(fds[1], syscall.LOCK_EX) }, inSyscall...)
	t.file(uintptr(fds[1]), "lock", waiter)
	quiet()
}

// fifo: open(2) of a named pipe to which nobody writes.
func fifo(t *truth) {
	path := scratch("fifo")
	fail(syscall.Mkfifo(path, 0o600))
	t.Syscall = append(t.Syscall, t.start(func() { os.Open(path) }, inSyscall...))
	quiet()
}

// scratch is a path in a folder that is removed at the end.
func scratch(name string) string {
	dir, err := os.MkdirTemp("", "gopeek-hang")
	fail(err)
	before := end
	end = func() {
		os.RemoveAll(dir)
		before()
	}
	return filepath.Join(dir, name)
}

var alive [][]byte

// gcThrash: what is alive fills what GOMEMLIMIT leaves, so that one GC follows
// the other.
func gcThrash(t *truth) {
	const limit = 64 << 20
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(limit)
	for begun := time.Now(); ; {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		if stats.Sys-stats.HeapReleased >= limit {
			break
		}
		if time.Since(begun) > time.Minute {
			fail(fmt.Errorf("the heap does not grow: %d bytes", stats.HeapAlloc))
		}
		alive = append(alive, make([]byte, 256<<10))
	}
	worked := make(chan bool, 1)
	t.Running = t.several(1, func() {
		for n := 0; ; n++ {
			alive[n%len(alive)] = make([]byte, 256<<10)
			if n%1000 == 0 {
				select {
				case worked <- true:
				default:
				}
			}
		}
	})
	var stats debug.GCStats
	begun := time.Now()
	for debug.ReadGCStats(&stats); stats.NumGC < 200 || time.Since(begun) < 2*time.Second; debug.ReadGCStats(&stats) {
		<-worked
	}
	t.Moving = true
	t.Finding = "gc_cpu"
}
