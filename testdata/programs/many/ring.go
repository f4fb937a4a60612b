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
const sway = 16

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

// member has its stack full of even in one turn and of odd in the next: a
// stack with both was put together from two.
func (r *ring) member(i int, in, out chan int) {
	for turn := i; ; turn++ {
		if turn%2 == 0 {
			out <- even(in, turn%sway)
		} else {
			out <- odd(in, turn%sway)
		}
		atomic.AddInt64(&r.turns[i], 1)
	}
}

//go:noinline
func even(in chan int, depth int) int {
	if depth > 1 {
		return even(in, depth-2) + 1
	}
	return <-in
}

// odd has larger frames than even.
//
//go:noinline
func odd(in chan int, depth int) int {
	var room [5]int
	if depth > 1 {
		room[depth%len(room)] = odd(in, depth-2)
		return room[depth%len(room)] + room[0]
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
