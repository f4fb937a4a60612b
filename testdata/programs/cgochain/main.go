//go:build cgo

// Command cgochain parks goroutines at the end of chains of Go and C: Go that
// calls C that calls Go that calls C. Its two arguments are the libraries,
// made from lib/lib.c, that the C in the middle is in: one without frame
// pointers, one with them. It says ready when all of its threads block.
package main

/*
#cgo CFLAGS: -g -O2
#cgo LDFLAGS: -ldl -lpthread
#include <stdlib.h>
#include "chain.h"
*/
import "C"

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/cgo"
	"time"
)

// The libraries, by index.
const (
	omit = iota
	keep
)

var forever = make(chan struct{})

func main() {
	for index, path := range os.Args[1:] {
		if C.chain_open(C.CString(path), C.int(index)) == 0 {
			fail("open " + path)
		}
	}
	parked := make(chan struct{})
	go inC()
	go inHandler()
	go two(omit)
	go two(keep)
	go three()
	go parkedInGo(parked)
	thread(omit, func() { blockInC(0) })
	thread(keep, func() { call(omit, func() { blockInC(2) }) })
	<-parked
	waitFor(7)
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
}

//go:noinline
func inC() { C.chain_block(1) }

//go:noinline
func inHandler() { C.chain_block_in_handler() }

//go:noinline
func blockInC(depth C.int) { C.chain_block(depth) }

//go:noinline
func two(library int) { call(library, func() { blockInC(1) }) }

//go:noinline
func three() {
	call(omit, func() {
		call(keep, func() { blockInC(0) })
	})
}

//go:noinline
func parkedInGo(parked chan struct{}) {
	call(keep, func() {
		parked <- struct{}{}
		<-forever
	})
}

// call calls f from C, in a library.
//
//go:noinline
func call(library int, f func()) {
	C.chain_call(C.int(library), C.uintptr_t(cgo.NewHandle(f)))
}

// thread calls f from a new thread of C's, below a library.
func thread(library int, f func()) {
	if C.chain_thread(C.int(library), C.uintptr_t(cgo.NewHandle(f))) != 0 {
		fail("make a thread")
	}
}

//export goCallback
func goCallback(h C.uintptr_t) {
	cgo.Handle(h).Value().(func())()
}

// waitFor waits until n threads said that they are about to block, and sleep.
func waitFor(n int) {
	var tids [64]C.int
	for start := time.Now(); time.Since(start) < 30*time.Second; runtime.Gosched() {
		count := int(C.chain_blocked(&tids[0], 64))
		asleep := 0
		for _, tid := range tids[:count] {
			stat, _ := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/stat", tid))
			if end := bytes.LastIndexByte(stat, ')'); end >= 0 && bytes.HasPrefix(stat[end:], []byte(") S ")) {
				asleep++
			}
		}
		if asleep == n {
			return
		}
	}
	fail("wait for its threads")
}

func fail(what string) {
	fmt.Fprintln(os.Stderr, "cgochain: can't", what)
	os.Exit(4)
}
