//go:build go1.24 && !go1.25

package main

import (
	"runtime"
	"time"
)

// Go 1.24 runs cleanups on the finalizer goroutine; with one blocked there,
// no finalizer could run, so this takes the place of finalizers.go.

func launchFinalizers() {
	entered := make(chan struct{})
	makeCleaned(entered)
	for i := 0; i < 500; i++ {
		runtime.GC()
		select {
		case <-entered:
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	println("zoo: cleanup did not run")
}

//go:noinline
func makeCleaned(entered chan struct{}) {
	p := &struct {
		n int
		p *int
	}{1, new(int)}
	runtime.AddCleanup(p, func(n int) {
		close(entered)
		<-forever
		sinkInt = n
	}, 7)
}
