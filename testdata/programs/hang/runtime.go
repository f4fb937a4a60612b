package main

import (
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"gopeek.test/programs/internal/oracle"
)

func init() {
	incidents["gc_stuck"] = gcStuck
	incidents["starved"] = starved
	incidents["signal_state"] = signalState
	incidents["vfork"] = vfork
}

var sums [64]int

//go:noinline
func spin(n *int) {
	for {
		*n++
	}
}

// gcStuck: a loop without a call can't be stopped, where signals may not.
func gcStuck(t *truth) {
	const setting = "asyncpreemptoff=1"
	if os.Getenv("GODEBUG") != setting {
		exe, err := os.Executable()
		fail(err)
		fail(os.Setenv("GODEBUG", setting))
		fail(syscall.Exec(exe, os.Args, os.Environ()))
	}
	runtime.GOMAXPROCS(4)
	t.Running = t.several(1, func() { spin(&sums[0]) })
	t.stuck(t.Running...)
	t.Late, t.blind = true, true
	t.last = runtime.GC
}

// starved: more loops than there are Ps for, by far.
func starved(t *truth) {
	runtime.GOMAXPROCS(1)
	for i := 0; i < 40; i++ {
		n := &sums[i]
		t.Running = append(t.Running, t.start(func() { spin(n) }))
	}
	t.Moving = true
	t.stuck(t.Running...)
}

// signalState: whoever asks by a signal sees a state that was none before.
// The handler wakes those who wait, for as long as the signal takes.
func signalState(t *truth) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	go wakeAll(asked)
	r := silence()
	reader := t.start(func() { r.Read(make([]byte, 1)) }, polling...)
	t.file(descriptor(r), "read", reader)
	resume := make(chan bool)
	woken = func() {
		fail(r.SetDeadline(time.Now()))
		close(resume)
	}
	waiters := t.several(12, func() { <-resume }, receiving...)
	t.at("channel", channel(resume), "receive", waiters...)
	quiet()
}

var woken func()

func wakeAll(asked <-chan os.Signal) {
	<-asked
	woken()
}

// vfork: the program to be started is on a file system that does not answer.
// A lease on its file does as much. The thread keeps its P meanwhile, so that
// nobody can stop the world.
func vfork(t *truth) {
	runtime.GOMAXPROCS(4)
	path := leasedProgram()
	t.blind = true
	t.Running = t.several(1, func() { exec.Command(path).Run() })
	for at := time.Now(); !sleepsInVfork(); time.Sleep(time.Millisecond) {
		if time.Since(at) > limit {
			fail(os.ErrDeadlineExceeded)
		}
	}
	t.stuck(t.Running...)
}

// quiet returns once nothing moves.
func quiet() { oracle.Quiet() }
