package main

import (
	"context"
	"runtime/pprof"
	"strconv"
	"sync"
	"time"

	"gopeek.test/programs/internal/oracle"
)

// parkers is how many goroutines of each kind park.
const parkers = 10

// parkAll starts goroutines that wait in the ways that are most common.
func parkAll() {
	var (
		ch  = make(chan int)
		out = make(chan string)
		mu  = new(sync.Mutex)
		wg  = new(sync.WaitGroup)
	)
	mu.Lock()
	wg.Add(1)
	oracle.Expect(6 * parkers)
	for i := 0; i < parkers; i++ {
		go parkReceive(i, 3, ch)
		go parkSend(out, "a message")
		go parkSelect(ch, out, time.Hour)
		go parkLock(mu, float64(i))
		go parkWait(wg, []int{i})
		go parkLabelled(i, ch)
	}
}

//go:noinline
func parkReceive(id, depth int, ch chan int) int {
	if depth > 0 {
		return parkReceive(id, depth-1, ch) + 1
	}
	oracle.Here()
	return <-ch + id
}

//go:noinline
func parkSend(out chan string, text string) {
	oracle.Here()
	out <- text
}

//go:noinline
func parkSelect(ch chan int, out chan string, _ time.Duration) {
	oracle.Here()
	select {
	case <-ch:
	case out <- "never": // Nobody receives.
	}
}

//go:noinline
func parkLock(mu *sync.Mutex, _ float64) {
	oracle.Here()
	mu.Lock()
	defer mu.Unlock()
}

//go:noinline
func parkWait(wg *sync.WaitGroup, _ []int) {
	oracle.Here()
	wg.Wait()
}

//go:noinline
func parkLabelled(id int, ch chan int) {
	labels := pprof.Labels("parker", strconv.Itoa(id))
	pprof.Do(context.Background(), labels, func(context.Context) { parkReceive(id, 0, ch) })
}
