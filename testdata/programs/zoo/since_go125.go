//go:build go1.25

package main

import "sync"

func launchWaitGroupGo() {
	var wg sync.WaitGroup
	wg.Go(func() { <-forever })
	wg.Go(park)
	go wg.Wait()
}
