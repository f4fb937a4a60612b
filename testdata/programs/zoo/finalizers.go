//go:build !go1.24 || go1.25

package main

import (
	"runtime"
	"time"
)

// The finalizer goroutine, a system goroutine, is shown while it runs a
// finalizer. Go 1.24 runs cleanups on it as well: see cleanups_go124.go.

type finalized struct {
	n int
	p *int
}

func launchFinalizers() {
	entered := make(chan struct{})
	makeFinalized(entered)
	waitCollected(entered)
}

//go:noinline
func makeFinalized(entered chan struct{}) {
	runtime.SetFinalizer(&finalized{n: 1, p: new(int)}, func(f *finalized) {
		close(entered)
		<-forever
		sinkInt = f.n
	})
}

// waitCollected collects garbage until entered is closed.
func waitCollected(entered chan struct{}) {
	for i := 0; ; i++ {
		runtime.GC()
		select {
		case <-entered:
			return
		case <-time.After(10 * time.Millisecond):
			if i > 500 {
				println("zoo: finalizer did not run")
				return
			}
		}
	}
}
