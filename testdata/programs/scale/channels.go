package main

import (
	"reflect"
	"runtime"
)

const (
	// pointers is how many objects each stack of some modes points to.
	pointers = 400
	// slots is how many objects some modes have room for.
	slots = 1 << 16
)

func init() {
	modes["channels"] = func(n int) {
		start(n, func(int) { <-make(chan int) })
	}
	modes["turns"] = func(n int) {
		start(n, func(i int) {
			full := make(chan int, 1)
			full <- i
			full <- i
		})
	}
	modes["selects"] = func(n int) {
		cases := make([]reflect.SelectCase, 20)
		for i := range cases {
			cases[i] = receive(make(chan int))
		}
		start(n, func(int) { reflect.Select(cases) })
	}
	modes["cases"] = func(n int) {
		cases := make([]reflect.SelectCase, n)
		for i := range cases {
			cases[i] = receive(make(chan int))
		}
		start(1, func(int) { reflect.Select(cases) })
	}
	modes["relay"] = func(n int) {
		all := make([]chan int, n+1)
		for i := range all {
			all[i] = make(chan int)
		}
		start(n, func(i int) { relay(all[i], all[i+1]) })
	}
	modes["channel-pointers"] = func(n int) {
		var all [pointers]chan int
		for i := range all {
			all[i] = make(chan int)
		}
		start(n, func(i int) { receiveOne(all, i%pointers) })
	}
	modes["array"] = func(n int) {
		arriving.Add(1)
		go array(n)
	}
}

func receive(from chan int) reflect.SelectCase {
	return reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(from)}
}

// relay hands on what comes, if anything ever does.
//
//go:noinline
func relay(from, to chan int) { to <- <-from }

// receiveOne waits at one of the channels that its stack points to.
//
//go:noinline
func receiveOne(all [pointers]chan int, i int) {
	<-all[i]
	runtime.KeepAlive(&all)
}

// array has all channels in one frame, and a goroutine waits at each.
//
//go:noinline
func array(n int) {
	var all [slots]chan int
	if n > slots {
		panic("more than there are slots")
	}
	arriving.Add(n)
	for i := 0; i < n; i++ {
		own := make(chan int)
		all[i] = own
		go func() {
			arriving.Done()
			<-own
		}()
	}
	arriving.Done()
	<-never
	for i := range all {
		<-all[i]
	}
}
