package main

import (
	"runtime"
	"sync"
	"time"
	"unsafe"
)

func init() {
	incidents["abba"] = abba
	incidents["selflock"] = selflock
	incidents["lock_pileup"] = lockPileup
	incidents["global_lock"] = globalLock
	incidents["convoy"] = convoy
}

type account struct {
	name string
	mu   sync.Mutex
	sum  int
}

//go:noinline
func (a *account) add(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sum += n
}

//go:noinline
func transfer(from, to *account, locked chan<- bool, other <-chan bool) {
	from.mu.Lock()
	defer from.mu.Unlock()
	close(locked)
	<-other
	to.mu.Lock()
	defer to.mu.Unlock()
	from.sum--
	to.sum++
}

// abba: two goroutines take two mutexes in opposite orders.
func abba(t *truth) {
	a, b := &account{name: "a"}, &account{name: "b"}
	first, second := make(chan bool), make(chan bool)
	ab := t.start(func() { transfer(a, b, first, second) }, receiving...)
	ba := t.start(func() { transfer(b, a, second, first) }, locking...)
	await(ab, locking...)
	waiters := t.several(5, func() { a.add(1) }, locking...)
	t.at("mutex", unsafe.Pointer(&a.mu), "lock", append(waiters, ba)...).held(ab)
	t.at("mutex", unsafe.Pointer(&b.mu), "lock", ab).held(ba)
	t.Cycle = []int64{ab, ba}
	t.stuck(ab, ba)
}

//go:noinline
func (a *account) audit() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.add(1)
	a.sum++
}

// selflock: a method that locks calls another one that does.
func selflock(t *truth) {
	a := &account{}
	self := t.start(a.audit, locking...)
	t.at("mutex", unsafe.Pointer(&a.mu), "lock", self).held(self)
	t.Cycle = []int64{self}
	t.stuck(self)
}

//go:noinline
func (a *account) slow() {
	a.mu.Lock()
	time.Sleep(time.Hour)
	a.sum++
	a.mu.Unlock()
}

//go:noinline
func (a *account) through(b *account) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b.add(1)
}

// lockPileup: many wait for one who waits for one who is slow.
func lockPileup(t *truth) {
	front, back := &account{}, &account{}
	slow := t.start(back.slow, sleeping...)
	through := t.start(func() { front.through(back) }, locking...)
	waiters := t.several(20, func() { front.through(back) }, locking...)
	t.at("mutex", unsafe.Pointer(&front.mu), "lock", waiters...).held(through)
	t.at("mutex", unsafe.Pointer(&back.mu), "lock", through).held(slow)
	t.Sleeping = []int64{slow}
	t.stuck(slow)
}

var registry sync.Mutex

//go:noinline
func register() {
	registry.Lock()
	defer registry.Unlock()
	select {}
}

// globalLock: who holds a mutex that is no part of anything waits for ever.
func globalLock(t *truth) {
	holder := t.start(register, forever...)
	waiters := t.several(20, register, locking...)
	t.at("mutex", unsafe.Pointer(&registry), "lock", waiters...).held(holder)
	t.Forever = []int64{holder}
	t.stuck(holder)
}

//go:noinline
func (a *account) briefly() {
	a.mu.Lock()
	for i := 0; i < 20000; i++ {
		a.sum += i
	}
	a.mu.Unlock()
}

// convoy: everybody holds the mutex for a moment, and nothing is stuck.
func convoy(t *truth) {
	runtime.GOMAXPROCS(2)
	a := &account{}
	t.Running = t.several(8, func() {
		for {
			a.briefly()
		}
	})
	t.Moving = true
}
