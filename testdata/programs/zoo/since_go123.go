//go:build go1.23

// The timer channels of Go 1.23, which a module of go 1.19 would not get.
//go:debug asynctimerchan=0

package main

import (
	"iter"
	"runtime"
	"slices"
)

// Go 1.23: functions as iterators (bodies of range loops become closures
// named "-range1") and coroutines, "coroutine" in the header of the side that
// is not running.

func init() { late = append(late, launchIterators) }

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		defer func() { argsTouch(&n, &point{}) }()
		for i := 0; i < n; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

func blockingSeq(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		yield(n)
		<-forever
	}
}

func launchIterators() {
	// Range loops over functions, parked in the body and in the iterator.
	go func() {
		for i := range count(3) {
			if i == 1 {
				<-forever
			}
		}
	}()
	go func() {
		for i := range blockingSeq(3) {
			for j := range count(i) {
				defer park()
				argsTouch(&j, &point{})
			}
		}
	}()
	go rangeNested(2)
	go func() {
		for _, v := range slices.Backward([]string{"a", "b"}) {
			<-forever
			sinkString = v
		}
	}()
	go func() {
		sinkAny = slices.Collect(blockingSeq(1))
	}()

	// Coroutines: not started, between two values, parked inside (its puller
	// waits), on a wired thread, and nested.
	go func() {
		next, stop := iter.Pull(count(3))
		defer stop()
		<-forever
		next()
	}()
	go func() {
		next, stop := iter.Pull(count(3))
		defer stop()
		next()
		<-forever
	}()
	go func() {
		next, stop := iter.Pull(blockingSeq(3))
		defer stop()
		next()
		next()
	}()
	go func() {
		runtime.LockOSThread()
		next, stop := iter.Pull(blockingSeq(4))
		defer stop()
		next()
		next()
	}()
	go func() {
		next, stop := iter.Pull2(func(yield func(int, string) bool) {
			inner, stop := iter.Pull(blockingSeq(5))
			defer stop()
			for {
				v, _ := inner()
				yield(v, "x")
			}
		})
		defer stop()
		for {
			next()
		}
	}()
	// Nobody holds this one's puller.
	iter.Pull(count(1))
}

func rangeNested(n int) (r int) {
	for i := range count(n) {
		for j := range count(n) {
			for k := range count(n) {
				if i+j+k == 3*(n-1) {
					<-forever
					return i
				}
			}
		}
	}
	return
}
