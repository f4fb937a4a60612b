// Package store keeps orders and ships them.
package store

import (
	"fmt"
	"sync"
	"time"
)

// An Order is what a customer wants.
type Order struct {
	ID       string `json:"id"`
	Customer string `json:"customer"`
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

// A Store holds orders in memory and hands them to shipping workers.
type Store struct {
	mu     sync.RWMutex
	orders map[string]*Order
	next   int

	queue    chan *Order
	shipped  chan *Order
	done     chan struct{}
	workers  sync.WaitGroup
	interval time.Duration
}

// New returns a store with n shipping workers, which report to a channel of
// the given size.
func New(n, reports int) *Store {
	s := &Store{
		orders:   make(map[string]*Order),
		queue:    make(chan *Order, 64),
		shipped:  make(chan *Order, reports),
		done:     make(chan struct{}),
		interval: time.Hour,
	}
	for i := 0; i < n; i++ {
		s.workers.Add(1)
		go s.shipWorker(i)
	}
	go s.expireLoop()
	// The carrier's import of the stock it had, before the service is up.
	for i := 0; i < n+reports+4; i++ {
		s.Put(&Order{Customer: "backlog", SKU: "book-0", Quantity: i})
	}
	return s
}

// Put stores an order, gives it an id and queues it for shipping.
func (s *Store) Put(o *Order) string {
	s.mu.Lock()
	s.next++
	o.ID = fmt.Sprintf("o-%06d", s.next)
	s.orders[o.ID] = o
	s.mu.Unlock()
	select {
	case s.queue <- o:
	default: // the next sweep finds it
	}
	return o.ID
}

// Get returns an order.
func (s *Store) Get(id string) (*Order, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	o, ok := s.orders[id]
	return o, ok
}

// shipWorker ships what is queued. Nobody reads the reports.
func (s *Store) shipWorker(id int) {
	defer s.workers.Done()
	for o := range s.queue {
		s.report(o)
	}
}

func (s *Store) report(o *Order) { s.shipped <- o }

// expireLoop drops old orders now and then.
func (s *Store) expireLoop() {
	t := time.NewTicker(s.interval)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-s.done:
			return
		}
	}
}

// Close stops what the store started.
func (s *Store) Close() { close(s.done) }
