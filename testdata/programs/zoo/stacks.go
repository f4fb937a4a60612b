package main

import (
	"runtime"

	"gopeek.test/programs/internal/oracle"
)

// Stack growth and shrinking: big frames, pointers into a stack that was
// copied (both ways) as arguments, and a collection that shrinks the stacks
// of parked goroutines.

func launchStacks() {
	go bigFrame(1, 'a')
	go bigFrame(20, 'b')
	go hugeFrame(1)
	go func() {
		// Grown and back.
		growStack(200)
		<-forever
	}()
	go func() {
		growStack(1000)
		n := 5
		pointsToStack(&n, 3)
	}()
	go func() {
		// Grown below a frame that others point into.
		n := 6
		pointsToGrown(&n, 300)
	}()
	go func() {
		growStack(500)
		defer func() {
			growStack(900)
			defer park()
			panic("in a grown stack")
		}()
		panic("before")
	}()
	oracle.Quiet()
	runtime.GC()
	runtime.GC()
}

//go:noinline
func bigFrame(n int, b byte) byte {
	var buf [64 << 10]byte
	buf[n] = b
	if n == 1 {
		<-forever
		return buf[b]
	}
	return bigFrame(n-1, buf[n]) + buf[n-1]
}

//go:noinline
func hugeFrame(n int) byte {
	var buf [1 << 20]byte
	buf[n] = 1
	<-forever
	return buf[n*3]
}

//go:noinline
func growStack(n int) int {
	var pad [64]int
	pad[n%64] = n
	if n == 0 {
		return pad[1]
	}
	return growStack(n-1) + pad[n%64]
}

//go:noinline
func pointsToStack(p *int, n int) {
	if n > 0 {
		local := *p
		pointsToStack(&local, n-1)
		return
	}
	<-forever
	*p = 0
}

//go:noinline
func pointsToGrown(p *int, n int) {
	growStack(n)
	<-forever
	*p = 0
}
