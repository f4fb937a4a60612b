package main

import (
	"os"
	"sync"
	"unsafe"
)

func init() {
	incidents["rwmutex"] = rwNested
	incidents["rw_writer"] = rwWriter
}

type config struct {
	name   string
	mu     sync.RWMutex
	values map[string]int
}

//go:noinline
func (c *config) get(key string) int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.values[key]
}

//go:noinline
func (c *config) each(goOn <-chan bool) int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	<-goOn
	return c.get("a") + c.get("b")
}

//go:noinline
func (c *config) set(key string, value int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values[key] = value
}

//go:noinline
func (c *config) load(f *os.File) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.Read(make([]byte, 16))
	c.values["a"]++
}

// rwNested: a reader reads again, after a writer has come.
func rwNested(t *truth) {
	c := &config{values: map[string]int{}}
	goOn := make(chan bool)
	outer := t.start(func() { c.each(goOn) }, receiving...)
	writer := t.start(func() { c.set("a", 1) }, locking...)
	close(goOn)
	await(outer, rlocking...)
	readers := t.several(12, func() { c.get("a") }, rlocking...)
	second := t.start(func() { c.set("b", 2) }, locking...)
	o := t.at("rwmutex", unsafe.Pointer(&c.mu), "rlock", append(readers, outer)...)
	o.wait("last-readers", writer).wait("lock", second).held(outer, writer)
	t.Cycle = []int64{outer, writer}
	t.stuck(outer, writer)
}

// rwWriter: readers wait for a writer that waits for a pipe.
func rwWriter(t *truth) {
	c := &config{values: map[string]int{}}
	r := silence()
	writer := t.start(func() { c.load(r) }, polling...)
	readers := t.several(12, func() { c.get("a") }, rlocking...)
	t.at("rwmutex", unsafe.Pointer(&c.mu), "rlock", readers...).held(writer)
	t.file(descriptor(r), "read", writer)
	t.stuck(writer)
}
