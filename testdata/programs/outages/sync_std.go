package main

import (
	"context"
	"io"
	"net/http"
	"sync"
)

func init() {
	outages["io-pipe"] = ioPipe
	outages["cond"] = cond
	outages["waitgroup"] = waitGroup
	outages["once"] = once
	outages["context"] = forContext
	outages["select-sem"] = selectSem
	outages["select-plain"] = selectPlain
}

type exporter struct{}

func (exporter) rows(out *io.PipeWriter) {
	for row := []byte("1;2;3\n"); ; {
		if _, err := out.Write(row); err != nil {
			return
		}
	}
}

func (e exporter) order(w http.ResponseWriter, r *http.Request) {
	in, out := io.Pipe()
	made.add(in)
	e.rows(out)
}

// made keeps what handlers make.
var made keeper

type keeper struct {
	mu     sync.Mutex
	things []any
}

func (k *keeper) add(thing any) {
	k.mu.Lock()
	k.things = append(k.things, thing)
	k.mu.Unlock()
}

// ioPipe: handlers write to pipes that nobody reads.
func ioPipe(t *truth) {
	e := exporter{}
	visited(12, e.order)
	t.stuck(12, "io-pipe", "main.exporter.rows")
	t.NoHolder = true
}

// queue hands prices to whoever waits for one.
type queue struct {
	mu    sync.Mutex
	some  *sync.Cond
	items []string
}

func (q *queue) take() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 {
		q.some.Wait()
	}
	item := q.items[0]
	q.items = q.items[1:]
	return item
}

func (q *queue) put(item string) {
	q.mu.Lock()
	q.items = append(q.items, item)
	q.mu.Unlock()
	q.some.Signal()
}

func (q *queue) order(w http.ResponseWriter, r *http.Request) { answer(w, q.take(), nil) }

func (q *queue) produce(s *shop) {
	for {
		price, err := s.price("/next")
		if err != nil {
			return
		}
		q.put(price)
	}
}

// cond: the producer waits for an upstream, and 20 handlers for the producer.
func cond(t *truth) {
	s, _ := slow()
	q := &queue{}
	q.some = sync.NewCond(&q.mu)
	go q.produce(s)
	visited(20, q.order)
	await(1, inPrice)
	t.stuck(20, "cond", "main.(*queue).take")
}

type reports struct {
	*shop
	holders names
}

func (r *reports) part(done *sync.WaitGroup) {
	defer done.Done()
	r.holders.add()
	r.price("/part")
}

func (r *reports) order(w http.ResponseWriter, _ *http.Request) {
	var done sync.WaitGroup
	done.Add(1)
	go r.part(&done)
	done.Wait()
}

// waitGroup: each handler waits for a worker, which waits for an upstream.
func waitGroup(t *truth) {
	s, _ := slow()
	r := &reports{shop: s}
	visited(12, r.order)
	await(12, inPrice)
	t.stuck(12, "waitgroup", "main.(*reports).order")
	// As right: the workers are stuck, and hold the handlers up.
	t.Place = append(t.Place, inPrice)
	t.Resource = append(t.Resource, "http-response")
	t.holds(r.holders.all()...)
}

type config struct {
	*shop
	once    sync.Once
	text    string
	holders names
}

func (c *config) load() {
	c.holders.add()
	c.text, _ = c.price("/config")
}

func (c *config) order(w http.ResponseWriter, r *http.Request) {
	c.once.Do(c.load)
	answer(w, c.text, nil)
}

// once: the first order loads the configuration from an upstream, 39 wait.
func once(t *truth) {
	s, _ := slow()
	c := &config{shop: s}
	visited(40, c.order)
	await(1, inPrice)
	t.stuck(39, "once", "main.(*config).order")
	t.holds(c.holders.all()...)
}

type hub struct{ done context.Context }

func (h *hub) order(w http.ResponseWriter, r *http.Request) {
	<-h.done.Done()
	answer(w, "closed", nil)
}

// forContext: handlers wait for a context that nobody cancels.
func forContext(t *truth) {
	ctx, cancel := context.WithCancel(context.Background())
	keep(cancel)
	h := &hub{done: ctx}
	visited(20, h.order)
	// Only a field of the hub leads to the context: from outside it is a channel.
	t.Resource = append(t.Resource, "channel")
	t.stuck(20, "context", "main.(*hub).order")
}

type slots struct {
	*shop
	free    chan struct{}
	holders names
}

func (s *slots) order(w http.ResponseWriter, r *http.Request) {
	select {
	case s.free <- struct{}{}:
	case <-r.Context().Done():
		return
	}
	defer func() { <-s.free }()
	s.holders.add()
	price, err := s.price(r.URL.Path)
	answer(w, price, err)
}

// selectSem: a channel is the semaphore; four have a turn, and 40 wait.
func selectSem(t *truth) {
	up, _ := slow()
	s := &slots{shop: up, free: make(chan struct{}, 4)}
	visited(44, s.order)
	await(4, inPrice)
	t.stuck(40, "channel", "main.(*slots).order")
	t.Resource = append(t.Resource, "semaphore")
	t.holds(s.holders.all()...)
}

// request is what the dispatcher is asked.
type request struct {
	item  string
	price chan string
}

type dispatcher struct {
	*shop
	requests chan request
	holders  names
}

func (d *dispatcher) run() {
	d.holders.add()
	for r := range d.requests {
		price, _ := d.price(r.item)
		r.price <- price
	}
}

func (d *dispatcher) order(w http.ResponseWriter, r *http.Request) {
	price := make(chan string)
	d.requests <- request{r.URL.Path, price}
	select {
	case text := <-price:
		answer(w, text, nil)
	case <-r.Context().Done():
	}
}

// selectPlain: the dispatcher waits for an upstream, and 20 handlers for its
// answer.
func selectPlain(t *truth) {
	s, _ := slow()
	d := &dispatcher{shop: s, requests: make(chan request, 64)}
	go d.run()
	visited(20, d.order)
	await(1, inPrice)
	t.stuck(20, "channel", "main.(*dispatcher).order")
}
