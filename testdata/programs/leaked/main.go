//go:build go1.27 || goexperiment.goroutineleakprofile

// Command leaked has goroutines that the runtime has found to be leaked: the
// goroutine leak profile marks them, and headers say "(leaked)". Needs Go
// 1.27, or 1.26 with GOEXPERIMENT=goroutineleakprofile.
package main

import (
	"io"
	"os"
	"runtime/pprof"
	"sync"

	"gopeek.test/programs/internal/oracle"
)

// reachable keeps goroutines from being leaked.
var reachable = make(chan int)

func main() {
	for i := 0; i < 3; i++ {
		go func() { <-reachable }()
		leakRecv(i)
		leakSend()
		leakSelect()
		leakLock()
	}
	go func() { select {} }()
	go func() {
		var c chan int
		<-c
	}()
	go deep(120, make(chan int))
	go func() {
		var wg sync.WaitGroup
		wg.Add(1)
		wg.Wait()
	}()
	go func() {
		c := sync.NewCond(new(sync.Mutex))
		c.L.Lock()
		c.Wait()
	}()
	// Leaked at one remove: waits for a leaked goroutine.
	go func() {
		done := make(chan struct{})
		go func() {
			<-make(chan int)
			close(done)
		}()
		<-done
	}()
	oracle.Quiet()
	p := pprof.Lookup("goroutineleak")
	if p == nil {
		println("leaked: no goroutineleak profile")
		os.Exit(4)
	}
	if err := p.WriteTo(io.Discard, 0); err != nil {
		println("leaked:", err.Error())
		os.Exit(4)
	}
	oracle.Run()
}

//go:noinline
func leakRecv(n int) {
	c := make(chan int)
	go func() { <-c }()
	go recv(c, n)
}

//go:noinline
func recv(c chan int, n int) int { return <-c + n }

//go:noinline
func leakSend() {
	c := make(chan int, 1)
	go func() {
		for i := 0; ; i++ {
			c <- i
		}
	}()
}

//go:noinline
func leakSelect() {
	a, b := make(chan int), make(chan string)
	go func() {
		select {
		case <-a:
		case b <- "x":
		case <-(chan bool)(nil):
		}
	}()
}

//go:noinline
func leakLock() {
	mu := new(sync.Mutex)
	mu.Lock()
	go mu.Lock()
	rw := new(sync.RWMutex)
	rw.RLock()
	go rw.Lock()
}

//go:noinline
func deep(n int, c chan int) int {
	if n == 0 {
		return <-c
	}
	return deep(n-1, c) + 1
}
