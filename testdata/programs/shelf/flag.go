package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// flag is set once, by another goroutine.
type flag struct{ n int32 }

func (f *flag) set() { atomic.StoreInt32(&f.n, 1) }

// waitFor returns when it is set.
func waitFor(f *flag) {
	for atomic.LoadInt32(&f.n) == 0 {
		time.Sleep(time.Millisecond)
	}
}

// waitForWriter returns when a writer waits for the lock, which lets no more
// readers in.
func waitForWriter(lock *sync.RWMutex) {
	for lock.TryRLock() {
		lock.RUnlock()
		time.Sleep(time.Millisecond)
	}
}
