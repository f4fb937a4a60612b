package main

import (
	"os"
	"sync"
	"time"
	"unsafe"
)

func init() {
	incidents["waitgroup"] = waitgroup
	incidents["cond"] = cond
	incidents["once"] = once
}

//go:noinline
func work(w *sync.WaitGroup, r *os.File) {
	defer w.Done()
	r.Read(make([]byte, 16))
}

// waitgroup: one of the workers is never done.
func waitgroup(t *truth) {
	var w sync.WaitGroup
	r := silence()
	w.Add(1)
	worker := t.start(func() { work(&w, r) }, polling...)
	waiters := t.several(12, w.Wait, inWait...)
	t.at("waitgroup", unsafe.Pointer(&w), "wait", waiters...).held(worker)
	t.file(descriptor(r), "read", worker)
	t.stuck(worker)
}

type queue struct {
	mu    sync.Mutex
	some  *sync.Cond
	items []int
}

//go:noinline
func (q *queue) get() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 {
		q.some.Wait()
	}
	return q.items[0]
}

//go:noinline
func (q *queue) put(n int) {
	q.mu.Lock()
	time.Sleep(time.Hour)
	q.items = append(q.items, n)
	q.some.Signal()
	q.mu.Unlock()
}

// cond: those in Wait do not have the mutex; who is to signal has.
func cond(t *truth) {
	q := &queue{}
	q.some = sync.NewCond(&q.mu)
	get := func() { q.get() }
	inside := t.several(5, get, inCond...)
	holder := t.start(func() { q.put(1) }, sleeping...)
	locking := t.several(12, get, locking...)
	t.at("cond", unsafe.Pointer(q.some), "wait", inside...)
	t.at("mutex", unsafe.Pointer(&q.mu), "lock", locking...).held(holder)
	t.Sleeping = []int64{holder}
	t.stuck(holder)
}

// once: the first caller does not come back.
func once(t *truth) {
	o := &struct {
		name string
		once sync.Once
	}{}
	r := silence()
	do := func() { o.once.Do(func() { r.Read(make([]byte, 16)) }) }
	holder := t.start(do, polling...)
	waiters := t.several(12, do, locking...)
	t.at("once", unsafe.Pointer(&o.once), "lock", waiters...).held(holder)
	t.file(descriptor(r), "read", holder)
	t.stuck(holder)
}
