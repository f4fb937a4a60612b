package main

import (
	"runtime"
	"sync/atomic"
)

// ring is a circle of goroutines that hand values round.
//
// As many values are under way as there are CPUs, so that the CPUs are busy,
// every goroutine has its turn thousands of times a second, and no goroutine
// ever waits for a P: a scheduler with a queue would hold up the heartbeat.
type ring struct {
	turns []int64
	base  []int64
}

// Frames that a goroutine has more or fewer from turn to turn, so that it
// parks at another place of its stack each time.
const sway = 8

// startRing starts n goroutines, which must be more than there are CPUs.
func startRing(n int) *ring {
	values := runtime.NumCPU()
	// A few Ps more than are busy: the heartbeat's, and those that look for
	// work.
	runtime.GOMAXPROCS(values + 1)
	r := &ring{turns: make([]int64, n), base: make([]int64, n)}
	chans := make([]chan int, n)
	for i := range chans {
		chans[i] = make(chan int)
	}
	for i := range chans {
		go r.member(i, chans[i], chans[(i+1)%n])
	}
	for i := 0; i < values; i++ {
		chans[i*(n/values)] <- i
	}
	return r
}

func (r *ring) member(i int, in, out chan int) {
	for depth := i; ; depth++ {
		out <- receive(in, depth%sway)
		atomic.AddInt64(&r.turns[i], 1)
	}
}

//go:noinline
func receive(in chan int, depth int) int {
	if depth > 0 {
		return receive(in, depth-1) + 1
	}
	return <-in
}

// reset starts to count turns anew.
func (r *ring) reset() {
	for i := range r.turns {
		r.base[i] = atomic.LoadInt64(&r.turns[i])
	}
}

// least is how many turns the goroutine with the fewest had since reset.
func (r *ring) least() int64 {
	least := int64(-1)
	for i := range r.turns {
		if n := atomic.LoadInt64(&r.turns[i]) - r.base[i]; least < 0 || n < least {
			least = n
		}
	}
	return least
}
