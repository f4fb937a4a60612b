//go:build go1.25 || (go1.24 && goexperiment.synctest)

// Command synctest has goroutines in testing/synctest bubbles: headers say
// "(durable)" and name the bubble. Needs Go 1.25, or 1.24 with
// GOEXPERIMENT=synctest.
//
// A bubble whose goroutines are all durably blocked ends, or moves its clock,
// so each one here has a goroutine that is blocked on something outside.
package main

import (
	"context"
	"net"
	"sync"
	"testing/synctest"
	"time"

	"gopeek.test/programs/internal/oracle"
)

// outside is not of any bubble: waiting for it is not durable.
var outside = make(chan struct{})

func main() {
	oracle.Expect(3)
	bubbles(parked, rootWaits, nobody)
	oracle.Run()
}

// parked blocks in every way that is durable, and some that are not.
func parked() {
	go func() { <-outside }()
	go func() { <-make(chan int) }()
	go func() { make(chan int) <- 1 }()
	go func() {
		var c chan int
		<-c
	}()
	go func() {
		var c chan int
		c <- 1
	}()
	go func() { select {} }()
	a, b := make(chan int), make(chan int)
	go func() {
		select {
		case <-a:
		case b <- 1:
		}
	}()
	go func() {
		select {
		case <-a:
		case <-outside:
		}
	}()
	go time.Sleep(time.Hour)
	go func() { <-time.After(time.Hour) }()
	go func() {
		t := time.NewTimer(time.Hour)
		defer t.Stop()
		select {
		case <-t.C:
		case <-a:
		}
	}()
	var wg sync.WaitGroup
	wg.Add(1)
	go wg.Wait()
	c := sync.NewCond(new(sync.Mutex))
	go func() {
		c.L.Lock()
		c.Wait()
	}()
	var mu sync.Mutex
	mu.Lock()
	go mu.Lock()
	var rw sync.RWMutex
	rw.Lock()
	go rw.RLock()
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	go func() { <-ctx.Done() }()
	x, y := net.Pipe()
	go x.Read(make([]byte, 1))
	go func() {
		// A child of a child is in the bubble too.
		go deep(120)
		y.SetDeadline(time.Now().Add(time.Hour))
		<-outside
	}()
	go synctest.Wait()
	oracle.Here()
	<-a
}

func rootWaits() {
	go func() { <-outside }()
	oracle.Here()
	synctest.Wait()
}

// nobody returns while its bubble goes on.
func nobody() {
	go func() {
		oracle.Here()
		<-outside
	}()
}

//go:noinline
func deep(n int) int {
	if n == 0 {
		select {}
	}
	return deep(n-1) + 1
}
