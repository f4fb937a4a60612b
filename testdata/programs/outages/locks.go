package main

import (
	"net/http"
	"sync"
)

func init() {
	outages["mutex-leaked"] = mutexLeaked
	outages["rwmutex-leaked"] = rwmutexLeaked
}

type stock struct {
	mu    sync.Mutex
	items map[string]int
}

func (s *stock) take(item string) bool {
	s.mu.Lock()
	if s.items[item] == 0 {
		// What many forget: the Unlock of the early return.
		return false
	}
	s.items[item]--
	s.mu.Unlock()
	return true
}

func (s *stock) order(w http.ResponseWriter, r *http.Request) {
	if !s.take(r.URL.Path) {
		http.NotFound(w, r)
	}
}

// mutexLeaked: one order returned early with the lock, and is gone.
func mutexLeaked(t *truth) {
	s := &stock{items: map[string]int{}}
	visited(21, s.order)
	t.stuck(20, "mutex", "main.(*stock).take")
	t.NoHolder = true
}

type rates struct {
	mu    sync.RWMutex
	known map[string]string
}

func (r *rates) get(name string) (string, bool) {
	r.mu.RLock()
	rate, ok := r.known[name]
	if !ok {
		return "", false
	}
	r.mu.RUnlock()
	return rate, true
}

func (r *rates) refresh() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known["EUR"] = "1"
}

func (r *rates) order(w http.ResponseWriter, q *http.Request) {
	rate, _ := r.get("EUR")
	answer(w, rate, nil)
}

// rwmutexLeaked: a reader left without its RUnlock; a writer waits for it,
// and 20 readers behind the writer.
func rwmutexLeaked(t *truth) {
	r := &rates{known: map[string]string{}}
	r.get("USD")
	go r.refresh()
	await(1, "main.(*rates).refresh")
	visited(20, r.order)
	t.stuck(20, "rwmutex", "main.(*rates).get")
	// As right: the writer, which is the next.
	t.Place = append(t.Place, "main.(*rates).refresh")
	t.NoHolder = true
}
