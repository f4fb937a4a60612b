package main

import (
	"net/http"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"
)

func init() {
	outages["semaphore"] = weighted
	outages["errgroup"] = group
	outages["singleflight"] = single
}

// names keeps the numbers of goroutines.
type names struct {
	mu    sync.Mutex
	goids []int64
}

func (n *names) add() {
	n.mu.Lock()
	n.goids = append(n.goids, self())
	n.mu.Unlock()
}

func (n *names) all() []int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]int64(nil), n.goids...)
}

type limited struct {
	*shop
	turns   *semaphore.Weighted
	holders names
}

func (l *limited) order(w http.ResponseWriter, r *http.Request) {
	if err := l.turns.Acquire(r.Context(), 1); err != nil {
		return
	}
	defer l.turns.Release(1)
	l.holders.add()
	price, err := l.price(r.URL.Path)
	answer(w, price, err)
}

// weighted: four orders have the turns, and wait for an upstream; 40 wait.
func weighted(t *truth) {
	s, _ := slow()
	l := &limited{shop: s, turns: semaphore.NewWeighted(4)}
	visited(44, l.order)
	await(4, inPrice)
	t.stuck(40, "semaphore", "main.(*limited).order")
	t.holds(l.holders.all()...)
}

type mailer struct {
	*shop
	jobs    errgroup.Group
	holders names
}

func (m *mailer) send() error {
	m.holders.add()
	_, err := m.price("/mail")
	return err
}

func (m *mailer) order(w http.ResponseWriter, r *http.Request) { m.jobs.Go(m.send) }

// group: four jobs run, and wait for an upstream; 20 handlers wait in Go.
func group(t *truth) {
	s, _ := slow()
	m := &mailer{shop: s}
	m.jobs.SetLimit(4)
	visited(24, m.order)
	await(4, inPrice)
	t.stuck(20, "errgroup", "main.(*mailer).order")
	t.holds(m.holders.all()...)
}

type cached struct {
	*shop
	calls   singleflight.Group
	holders names
}

func (c *cached) load() (any, error) {
	c.holders.add()
	return c.price("/rates")
}

func (c *cached) order(w http.ResponseWriter, r *http.Request) {
	rates, err, _ := c.calls.Do("rates", c.load)
	text, _ := rates.(string)
	answer(w, text, err)
}

// single: one call waits for an upstream, and 39 wait for that call.
func single(t *truth) {
	s, _ := slow()
	c := &cached{shop: s}
	visited(40, c.order)
	await(1, inPrice)
	t.stuck(39, "singleflight", "main.(*cached).order")
	t.holds(c.holders.all()...)
}
