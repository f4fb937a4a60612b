package main

import (
	"runtime"
	"sync"
	"syscall"
)

// global is an array of locks, all of which have one symbol.
var global [slots]sync.Mutex

func init() {
	modes["waiters"] = func(n int) {
		lock := locked()
		start(n, func(int) { lock.Lock() })
	}
	modes["readers"] = func(n int) {
		lock := new(sync.RWMutex)
		lock.Lock()
		start(n, func(int) { lock.RLock() })
	}
	modes["locks"] = func(n int) {
		start(n, func(int) { locked().Lock() })
	}
	modes["global-locks"] = func(n int) {
		for i := 0; i < n; i++ {
			global[i].Lock()
		}
		start(n, func(i int) { global[i].Lock() })
	}
	modes["groups"] = func(n int) {
		start(n, func(int) {
			var group sync.WaitGroup
			group.Add(1)
			group.Wait()
		})
	}
	modes["chain"] = func(n int) { chain(n, false) }
	modes["ring"] = func(n int) { chain(n, true) }
	modes["pairs"] = pairs
	modes["pointers"] = func(n int) {
		var all [pointers]*sync.Mutex
		for i := range all {
			all[i] = locked()
		}
		start(n, func(i int) { lockOne(all, i%pointers) })
	}
	modes["locks-pointers"] = func(n int) {
		locks := make([]*sync.Mutex, n)
		for i := range locks {
			locks[i] = locked()
		}
		start(n, func(i int) {
			var all [pointers]*sync.Mutex
			for j := range all {
				all[j] = locks[(i+j*7)%n]
			}
			lockOne(all, 0)
		})
	}
	modes["defers"] = func(n int) {
		arriving.Add(1)
		go deferred(n)
	}
	modes["threads"] = func(n int) {
		var ends [2]int
		if err := syscall.Pipe(ends[:]); err != nil {
			panic(err)
		}
		start(n, func(int) { syscall.Read(ends[0], make([]byte, 1)) })
	}
}

func locked() *sync.Mutex {
	lock := new(sync.Mutex)
	lock.Lock()
	return lock
}

// lockOne waits for one of the locks that its stack points to.
//
//go:noinline
func lockOne(all [pointers]*sync.Mutex, i int) {
	all[i].Lock()
	runtime.KeepAlive(&all)
}

// chain is goroutines each of which holds a lock and waits for the next one's.
// The last one waits for a channel, or in a ring for the first one.
func chain(n int, ring bool) {
	locks := make([]sync.Mutex, n)
	var holding sync.WaitGroup
	holding.Add(n)
	gate := make(chan int)
	for i := 0; i < n; i++ {
		next := &locks[(i+1)%n]
		if i == n-1 && !ring {
			next = nil
		}
		go hold(&locks[i], next, &holding, gate)
	}
	holding.Wait()
	arriving.Add(n)
	close(gate)
	kept = locks
}

// pairs is two goroutines for each lock: one has it, and one waits for it.
func pairs(n int) {
	locks := make([]sync.Mutex, n)
	var holding sync.WaitGroup
	holding.Add(n)
	gate := make(chan int)
	for i := range locks {
		go hold(&locks[i], nil, &holding, gate)
	}
	holding.Wait()
	arriving.Add(n)
	close(gate)
	start(n, func(i int) { locks[i].Lock() })
}

//go:noinline
func hold(own, next *sync.Mutex, holding *sync.WaitGroup, gate chan int) {
	own.Lock()
	defer own.Unlock()
	holding.Done()
	<-gate
	arriving.Done()
	if next == nil {
		<-never
		return
	}
	next.Lock()
	defer next.Unlock()
}

// deferred defers n calls that unlock locks at which somebody waits.
func deferred(n int) {
	lock := locked()
	start(1, func(int) { lock.Lock() })
	for i := 0; i < n; i++ {
		defer func() { lock.Unlock() }()
	}
	arriving.Done()
	<-never
}
