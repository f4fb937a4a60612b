package main

import (
	"os"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Those that the program sends itself. SIGURG is not among them: the runtime
// sends it, too, so that it can't be counted. Of the real-time signals, C
// libraries take the first two or three.
var sentSignals = []syscall.Signal{
	syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGCHLD, syscall.SIGWINCH, syscall.SIGHUP, syscall.SIGPIPE, 36, 40, 64,
}

var sent, got int64
var storms sync.WaitGroup

// storm sends every signal again as soon as it has arrived. One that is
// pending already is not sent a second time: so each counts.
func storm() {
	for i, number := range sentSignals {
		arrives := make(chan os.Signal, 1)
		signal.Notify(arrives, number)
		storms.Add(1)
		go stormOf(number, i%2 == 0, arrives)
	}
	close(prepared)
	// Threads that come and go meanwhile.
	if *n > 0 {
		churn()
	}
}

func stormOf(number syscall.Signal, toProcess bool, arrives chan os.Signal) {
	defer storms.Done()
	if !toProcess {
		runtime.LockOSThread()
	}
	for goesOn() {
		atomic.AddInt64(&sent, 1)
		if toProcess {
			fail(syscall.Kill(os.Getpid(), number))
		} else {
			fail(syscall.Tgkill(os.Getpid(), syscall.Gettid(), number))
		}
		// The runtime's own, which it must not mind.
		fail(syscall.Kill(os.Getpid(), syscall.SIGURG))
		<-arrives
		atomic.AddInt64(&got, 1)
		atomic.AddInt64(&rounds, 1)
	}
}

func settleStorm() any {
	stop()
	settled := make(chan struct{})
	go func() { storms.Wait(); close(settled) }()
	select {
	case <-settled:
	case <-time.After(10 * time.Second):
	}
	return map[string]int64{"sent": atomic.LoadInt64(&sent), "got": atomic.LoadInt64(&got)}
}
