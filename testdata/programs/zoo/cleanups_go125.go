//go:build go1.25

package main

import (
	"runtime"

	"gopeek.test/programs/internal/oracle"
)

// Since Go 1.25 cleanups have goroutines of their own, shown while they run
// one; and sync.WaitGroup starts goroutines.

func init() { late = append(late, launchCleanups, launchWaitGroupGo) }

func launchCleanups() {
	oracle.Expect(1)
	entered := make(chan struct{})
	makeCleaned(entered)
	waitCollected(entered)
}

//go:noinline
func makeCleaned(entered chan struct{}) {
	p := &struct {
		n int
		p *int
	}{1, new(int)}
	runtime.AddCleanup(p, func(n int) {
		close(entered)
		oracle.Here()
		<-forever
		sinkInt = n
	}, 7)
}
