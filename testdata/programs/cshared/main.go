//go:build cgo

// Command cshared is a C library (-buildmode=c-shared) whose host, host.c, is
// not a Go program: there is no main goroutine, and the Go runtime lives in a
// shared object.
package main

import "C"

import (
	"sync"

	"gopeek.test/programs/internal/oracle"
)

var forever = make(chan struct{})

func init() {
	go func() { <-forever }()
}

// Start launches the goroutines and is the oracle. It does not return.
//
//export Start
func Start(n C.int) {
	var mu sync.Mutex
	mu.Lock()
	for i := 0; i < int(n); i++ {
		go wait(i, "waits")
		go mu.Lock()
	}
	go deep(120)
	oracle.Run()
}

// Park is called by another thread of the host, and stays.
//
//export Park
func Park(n C.int) C.int {
	oracle.Here()
	return C.int(wait(int(n), "called by C"))
}

// Expect announces n calls of Park.
//
//export Expect
func Expect(n C.int) { oracle.Expect(int(n)) }

//go:noinline
func wait(n int, s string) int {
	<-forever
	return n + len(s)
}

//go:noinline
func deep(n int) int {
	if n == 0 {
		<-forever
	}
	return deep(n-1) + 1
}

func main() {}
