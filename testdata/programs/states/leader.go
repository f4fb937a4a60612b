package main

import (
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
)

func init() {
	// The main goroutine must be on the first thread, and stay there.
	if len(os.Args) > 2 && os.Args[2] == "leader" {
		runtime.LockOSThread()
	}
}

// endLeader ends the thread that the process began with. The others live on;
// the kernel calls the process a zombie.
func endLeader() {
	go func() {
		for !isZombie() {
			time.Sleep(time.Millisecond)
		}
		close(prepared)
	}()
	parkOnNoThread()
}

//go:noinline
func parkOnNoThread() {
	syscall.Syscall(syscall.SYS_EXIT, 0, 0, 0)
}

func isZombie() bool {
	stat, err := os.ReadFile("/proc/self/stat")
	fail(err)
	text := string(stat)
	return strings.HasPrefix(text[strings.LastIndexByte(text, ')')+1:], " Z")
}
