package main

import (
	"io"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// How many there are of each kind of the staff.
const ofEach = 32

// staff are the goroutines that live as long as the server. Each can be asked
// whether it is still there, in the way in which it waits.
type staff struct {
	jobs    chan chan<- string
	members []*member
	// For those that wait for a condition.
	mu     sync.Mutex
	cond   *sync.Cond
	called int64
}

// member is one of them; it sets answered to the number of the latest call.
type member struct {
	call     chan int64
	answered int64
}

func hire() *staff {
	s := &staff{jobs: make(chan chan<- string)}
	s.cond = sync.NewCond(&s.mu)
	for _, work := range []func(*member){s.worker, s.ticker, s.waiter} {
		for i := 0; i < ofEach; i++ {
			m := &member{call: make(chan int64, 1)}
			s.members = append(s.members, m)
			go work(m)
		}
	}
	return s
}

// worker does what requests hand over to it.
func (s *staff) worker(m *member) {
	for {
		select {
		case reply := <-s.jobs:
			reply <- done
		case n := <-m.call:
			atomic.StoreInt64(&m.answered, n)
		}
	}
}

// ticker wakes up by itself.
func (s *staff) ticker(m *member) {
	tick := time.NewTicker(5 * time.Millisecond)
	for {
		select {
		case <-tick.C:
			runtime.Gosched()
		case n := <-m.call:
			atomic.StoreInt64(&m.answered, n)
		}
	}
}

// waiter waits for a condition.
func (s *staff) waiter(m *member) {
	s.mu.Lock()
	for seen := int64(0); ; {
		for s.called == seen {
			s.cond.Wait()
		}
		seen = s.called
		atomic.StoreInt64(&m.answered, seen)
	}
}

// channel hands a request over to a worker.
func (s *staff) channel(w http.ResponseWriter, r *http.Request) {
	reply := make(chan string)
	s.jobs <- reply
	io.WriteString(w, <-reply)
}

// answered calls them all, and gives those that have answered a moment later.
func (s *staff) answered() []*member {
	s.mu.Lock()
	s.called++
	n := s.called
	s.mu.Unlock()
	s.cond.Broadcast()
	for _, m := range s.members {
		select {
		case m.call <- n:
		default:
		}
	}
	there := s.there(n)
	for start := time.Now(); len(there) < len(s.members) && time.Since(start) < time.Second; {
		time.Sleep(time.Millisecond)
		there = s.there(n)
	}
	return there
}

func (s *staff) there(n int64) []*member {
	var there []*member
	for _, m := range s.members {
		if atomic.LoadInt64(&m.answered) == n {
			there = append(there, m)
		}
	}
	return there
}
