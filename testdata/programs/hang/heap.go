package main

import (
	"strconv"
	"sync"
	"unsafe"
)

func init() {
	incidents["leak_heap"] = leakHeap
	incidents["kept"] = keptInHeap
}

// aside does something on a stack that is gone afterwards, with all that it
// had.
func aside(f func()) {
	done := make(chan bool)
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

// job is what a goroutine waits for, and whom it tells then.
type job struct {
	name string
	done chan int
	mu   sync.Mutex
	all  sync.WaitGroup
	next *job
}

//go:noinline
func (j *job) wait() {
	var next chan int
	if j.next != nil {
		next = j.next.done
	}
	n := <-j.done
	if next != nil {
		next <- n
		j.next.name = j.name
	}
}

//go:noinline
func (j *job) lock() {
	j.mu.Lock()
	j.name = ""
	j.mu.Unlock()
}

//go:noinline
func (j *job) either(other chan int) {
	select {
	case <-j.done:
	case <-other:
	}
	j.name = ""
}

// leakHeap: to each channel but one another goroutine leads, and through the
// heap; but that one is leaked, too. Who does not search the heap can't know.
func leakHeap(t *truth) {
	aside(func() {
		t.chain(10)
		t.forgotten()
	})
	t.Deep = true
}

//go:noinline
func (t *truth) chain(n int) {
	var last *job
	for i := 0; i < n; i++ {
		j := &job{name: strconv.Itoa(i), done: make(chan int), next: last}
		goid := t.start(j.wait, receiving...)
		t.at("channel", channel(j.done), "receive", goid)
		t.Leaked = append(t.Leaked, goid)
		last = j
	}
}

// forgotten: nobody has what they wait at any more.
//
//go:noinline
func (t *truth) forgotten() {
	j := &job{}
	j.mu.Lock()
	goid := t.start(j.lock, locking...)
	t.at("mutex", unsafe.Pointer(&j.mu), "lock", goid).Unheld = true
	t.Leaked = append(t.Leaked, goid)

	j = &job{}
	j.all.Add(1)
	goid = t.start(j.all.Wait, inWait...)
	t.at("waitgroup", unsafe.Pointer(&j.all), "wait", goid)
	t.Leaked = append(t.Leaked, goid)

	j = &job{done: make(chan int)}
	other := make(chan int)
	goid = t.start(func() { j.either(other) }, selecting...)
	t.at("channel", channel(j.done), "").selects("receive", goid)
	t.at("channel", channel(other), "").selects("receive", goid)
	t.Leaked = append(t.Leaked, goid)
}

// jobs are all that are under way.
var jobs = map[string]*job{}

// keptInHeap: the map leads to what they wait at, to one of two channels, or
// to a goroutine's that has the next one's.
func keptInHeap(t *truth) {
	aside(func() {
		for i := 0; i < 12; i++ {
			t.kept("job " + strconv.Itoa(i))
		}
		t.keptChain()
	})
	t.Deep = true
}

//go:noinline
func (t *truth) kept(name string) {
	j := &job{name: name, done: make(chan int)}
	jobs[name] = j
	done := j.done
	if len(name)%2 == 0 {
		goid := t.start(func() { <-done }, receiving...)
		t.at("channel", channel(done), "receive", goid)
		return
	}
	other := make(chan int)
	goid := t.start(func() {
		select {
		case <-done:
		case <-other:
		}
	}, selecting...)
	t.at("channel", channel(done), "").selects("receive", goid)
	t.at("channel", channel(other), "").selects("receive", goid)
}

//go:noinline
func (t *truth) keptChain() {
	var last *job
	for i := 0; i < 5; i++ {
		j := &job{done: make(chan int), next: last}
		goid := t.start(j.wait, receiving...)
		t.at("channel", channel(j.done), "receive", goid)
		last = j
	}
	jobs["last"] = last
}
