package main

import (
	"sync"

	"gopeek.test/programs/internal/oracle"
)

// Goroutines that end leave descriptors behind, which the next ones reuse:
// the dump is in the order of the descriptors, not of the ids.

func launchReuse() {
	var wg sync.WaitGroup
	release := make(chan struct{})
	wg.Add(50)
	for i := 0; i < 50; i++ {
		go func() {
			<-release
			wg.Done()
		}()
	}
	oracle.Quiet()
	close(release)
	wg.Wait()
	for i := 0; i < 20; i++ {
		go loopBody(i)
	}
	oracle.Quiet()
	// And one that is the youngest, in an old place or not.
	go argsNone()
}
