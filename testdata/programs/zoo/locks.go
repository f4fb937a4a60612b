package main

import (
	"io"
	"sync"
)

// Locks and other semaphores: sync.Mutex, RWMutex in every waiting role,
// WaitGroup, Cond, Once, Pool-free waits, and io.Pipe, which is built of them.

type guarded struct {
	pad [3]int
	mu  sync.Mutex
	n   int
}

func (g *guarded) add(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n += n
}

type embedsMutex struct {
	sync.Mutex
	name string
}

var globalMutex sync.Mutex

func launchLocks() {
	var mu sync.Mutex
	mu.Lock()
	for i := 0; i < 3; i++ {
		go func() { mu.Lock() }()
	}

	// The holder waits for something else.
	g := &guarded{}
	held := make(chan struct{})
	go func() {
		g.mu.Lock()
		close(held)
		<-forever
	}()
	<-held
	go g.add(1)
	go g.add(2)

	e := &embedsMutex{name: "embedded"}
	e.Lock()
	go e.Lock()
	go lockThroughInterface(e)

	globalMutex.Lock()
	go func() {
		globalMutex.Lock()
		defer globalMutex.Unlock()
	}()

	// A writer holds: readers and writers wait.
	var held1 sync.RWMutex
	held1.Lock()
	go func() { held1.RLock() }()
	go func() { held1.RLock() }()
	go func() { held1.Lock() }()
	go lockThroughInterface(held1.RLocker())

	// A reader holds: the writer waits for it, a second writer for the
	// first, and later readers for the pending writer.
	var held2 sync.RWMutex
	held2.RLock()
	go func() { held2.Lock() }()
	go func() { held2.Lock() }()
	go func() {
		for held2.TryRLock() {
			held2.RUnlock()
		}
		held2.RLock()
	}()

	var wg sync.WaitGroup
	wg.Add(2)
	go wg.Wait()
	go func() {
		defer wg.Done()
		<-forever
	}()
	go waitAll(&wg)

	c := sync.NewCond(&sync.Mutex{})
	for i := 0; i < 2; i++ {
		go func() {
			c.L.Lock()
			defer c.L.Unlock()
			for {
				c.Wait()
			}
		}()
	}

	var once sync.Once
	in := make(chan struct{})
	go once.Do(func() {
		close(in)
		<-forever
	})
	<-in
	go once.Do(func() {})
	go func() { once.Do(waitOnce) }()

	// Two goroutines that wait for each other's mutex.
	var left, right sync.Mutex
	var both sync.WaitGroup
	both.Add(2)
	go deadlock(&left, &right, &both)
	go deadlock(&right, &left, &both)

	pr, pw := io.Pipe()
	go pr.Read(make([]byte, 8))
	_, pw2 := io.Pipe()
	go pw2.Write([]byte("nobody reads this"))
	keep = append(keep, &mu, &held1, &held2, pw)
}

//go:noinline
func lockThroughInterface(l sync.Locker) {
	l.Lock()
	defer l.Unlock()
	sinkInt++
}

//go:noinline
func waitAll(wg *sync.WaitGroup) (done bool) {
	wg.Wait()
	return true
}

func waitOnce() { <-forever }

func deadlock(a, b *sync.Mutex, both *sync.WaitGroup) {
	a.Lock()
	defer a.Unlock()
	both.Done()
	both.Wait()
	b.Lock()
	defer b.Unlock()
}
