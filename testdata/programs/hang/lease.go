package main

import (
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const (
	fSetlease = 1024
	unlock    = 2
	writeLock = 1
)

// leasedProgram makes a program that can't be started before the end.
func leasedProgram() string {
	own, err := os.Executable()
	fail(err)
	path := filepath.Join(filepath.Dir(own), "hang-leased-"+strconv.Itoa(os.Getpid()))
	program, err := os.ReadFile("/bin/true")
	fail(err)
	fail(os.WriteFile(path, program, 0o755))
	// The kernel tells the holder that somebody waits.
	signal.Ignore(syscall.SIGIO)
	file, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	fail(err)
	lease := func(kind uintptr) error {
		if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(file), fSetlease, kind); errno != 0 {
			return errno
		}
		return nil
	}
	end = func() {
		fail(lease(unlock))
		fail(os.Remove(path))
	}
	if err := lease(writeLock); err != nil {
		os.Remove(path)
		fail(err)
	}
	return path
}

// sleepsInVfork says whether a thread is in the state D, in the call that a
// vfork is made of.
func sleepsInVfork() bool {
	tasks, err := filepath.Glob("/proc/self/task/*")
	fail(err)
	for _, task := range tasks {
		stat, _ := os.ReadFile(task + "/stat")
		call, _ := os.ReadFile(task + "/syscall")
		state := string(stat)
		state = state[strings.LastIndexByte(state, ')')+1:]
		if strings.HasPrefix(state, " D") && strings.HasPrefix(string(call), clone) {
			return true
		}
	}
	return false
}

// clone is how /proc begins to tell of a thread in that call.
var clone = strconv.Itoa(syscall.SYS_CLONE) + " "
