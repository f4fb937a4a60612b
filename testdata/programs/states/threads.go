package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"

	"gopeek.test/programs/internal/oracle"
)

// comeAndGo makes threads that end, -n at a time, for ever: one whose goroutine
// ends without having unlocked it ends with it.
func comeAndGo() {
	close(prepared)
	churn()
}

func churn() {
	for goesOn() {
		var wg sync.WaitGroup
		wg.Add(*n)
		for i := 0; i < *n; i++ {
			go func() {
				runtime.LockOSThread()
				// Not a place where the runtime would give it back.
				syscall.RawSyscall(syscall.SYS_SCHED_YIELD, 0, 0, 0)
				atomic.AddInt64(&rounds, 1)
				wg.Done()
			}()
		}
		wg.Wait()
	}
}

// parkLocked makes -n threads that are in a system call of their own.
func parkLocked() {
	var pipe [2]int
	fail(syscall.Pipe(pipe[:]))
	oracle.Expect(*n)
	for i := 0; i < *n; i++ {
		go parkInRead(pipe[0])
	}
}

//go:noinline
func parkInRead(fd int) {
	runtime.LockOSThread()
	oracle.Here()
	syscall.Read(fd, make([]byte, 1))
}
