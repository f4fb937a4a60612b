package main

import (
	"sync"
	"time"
	"unsafe"
)

func init() {
	incidents["kept_global"] = keptGlobal
	incidents["kept_field"] = keptField
	incidents["no_unlock"] = noUnlock
	incidents["no_runlock"] = noRUnlock
	incidents["sem_defer"] = semDefer
	incidents["group_limit"] = groupLimit
	incidents["chan_circle"] = chanCircle
	incidents["pool_dry"] = poolDry
	incidents["group_lock"] = groupLock
}

var inventory sync.Mutex

//go:noinline
func stocktaking() {
	inventory.Lock()
	time.Sleep(time.Hour)
}

//go:noinline
func restock() {
	inventory.Lock()
	inventory.Unlock()
}

// keptGlobal: who has locked a global never unlocks it, and has no pointer to
// it.
func keptGlobal(t *truth) {
	holder := t.start(stocktaking, sleeping...)
	waiters := t.several(15, restock, locking...)
	t.at("mutex", unsafe.Pointer(&inventory), "lock", waiters...).held(holder)
	t.Sleeping = []int64{holder}
	t.stuck(holder)
}

type shelf struct {
	name string
	mu   sync.Mutex
	n    int
}

//go:noinline
func (s *shelf) seize() {
	s.mu.Lock()
	time.Sleep(time.Hour)
}

//go:noinline
func (s *shelf) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n
}

// keptField: likewise, of a field of an object that the function needs no
// more.
func keptField(t *truth) {
	s := &shelf{}
	holder := t.start(s.seize, sleeping...)
	waiters := t.several(15, func() { s.count() }, locking...)
	t.at("mutex", unsafe.Pointer(&s.mu), "lock", waiters...).held(holder)
	t.Sleeping = []int64{holder}
	t.stuck(holder)
}

//go:noinline
func (s *shelf) audit(early bool) {
	s.mu.Lock()
	if early {
		return
	}
	s.mu.Unlock()
}

// noUnlock: who has locked it has returned early, and is gone.
func noUnlock(t *truth) {
	aside(func() { t.audited(&shelf{}) })
	t.Stuck = true
}

//go:noinline
func (t *truth) audited(s *shelf) {
	s.audit(true)
	waiters := t.several(15, func() { s.count() }, locking...)
	t.at("mutex", unsafe.Pointer(&s.mu), "lock", waiters...).Unheld = true
}

var catalogue sync.RWMutex

//go:noinline
func browse(early bool) {
	catalogue.RLock()
	if early {
		return
	}
	catalogue.RUnlock()
}

//go:noinline
func revise() {
	catalogue.Lock()
	catalogue.Unlock()
}

// noRUnlock: a reader is gone without RUnlock. The writer waits for it, and is
// no more to blame than the readers behind it.
func noRUnlock(t *truth) {
	aside(func() { browse(true) })
	writer := t.start(revise, locking...)
	waiters := t.several(14, func() { browse(false) }, rlocking...)
	o := t.at("rwmutex", unsafe.Pointer(&catalogue), "rlock", waiters...)
	o.wait("last-readers", writer).Unheld = true
	t.Stuck = true
}

//go:noinline
func throttled(places chan struct{}, work func()) {
	places <- struct{}{}
	defer func() { <-places }()
	work()
}

// semDefer: as many as may, sleep; they give their places back by a deferred
// closure.
func semDefer(t *truth) {
	places := make(chan struct{}, 3)
	work := func() { time.Sleep(time.Hour) }
	t.Sleeping = t.several(3, func() { throttled(places, work) }, sleeping...)
	waiters := t.several(15, func() { throttled(places, work) }, sending...)
	t.at("channel", channel(places), "send", waiters...).held(t.Sleeping...)
	t.stuck(t.Sleeping...)
}

// crew is how x/sync/errgroup limits goroutines: who starts one takes its
// place, and the goroutine itself gives it back, from a field of the group.
type crew struct {
	name   string
	all    sync.WaitGroup
	places chan struct{}
}

//go:noinline
func (c *crew) done() {
	<-c.places
	c.all.Done()
}

//go:noinline
func (c *crew) job() {
	defer c.done()
	time.Sleep(time.Hour)
}

//go:noinline
func (c *crew) enter() {
	c.places <- struct{}{}
	c.all.Add(1)
}

// groupLimit: all places are taken by goroutines that have only the group.
func groupLimit(t *truth) {
	c := &crew{places: make(chan struct{}, 2)}
	for i := 0; i < 2; i++ {
		c.enter()
		t.Sleeping = append(t.Sleeping, t.start(c.job, sleeping...))
	}
	waiters := t.several(12, c.enter, sending...)
	t.at("channel", channel(c.places), "send", waiters...).held(t.Sleeping...)
	t.stuck(t.Sleeping...)
}

//go:noinline
func offer(mine, theirs chan int) {
	mine <- 1
	theirs <- 2
	<-mine
}

// chanCircle: each of two wants to send to the other first.
func chanCircle(t *truth) {
	aside(func() { t.offers(make(chan int), make(chan int)) })
	t.stuck(t.Cycle...)
}

//go:noinline
func (t *truth) offers(a, b chan int) {
	one := t.start(func() { offer(a, b) }, sending...)
	other := t.start(func() { offer(b, a) }, sending...)
	t.at("channel", channel(a), "send", one)
	t.at("channel", channel(b), "send", other)
	t.Cycle = []int64{one, other}
	t.Leaked = []int64{one, other}
	t.Deep = true
}

//go:noinline
func visit(places chan struct{}, all *sync.WaitGroup, depth int) {
	places <- struct{}{}
	if depth > 0 {
		all.Done()
		all.Wait()
		visit(places, all, depth-1)
	}
	<-places
}

// poolDry: everybody who has a place waits for a second one.
func poolDry(t *truth) {
	places := make(chan struct{}, 3)
	var all sync.WaitGroup
	all.Add(3)
	goids := t.several(2, func() { visit(places, &all, 1) }, inWait...)
	goids = append(goids, t.start(func() { visit(places, &all, 1) }, sending...))
	for _, goid := range goids {
		await(goid, sending...)
	}
	t.at("channel", channel(places), "send", goids...).held(goids...)
	t.Cycle = goids
	t.stuck(goids...)
	keep(places)
}

//go:noinline
func (s *shelf) sort(all *sync.WaitGroup) {
	defer all.Done()
	s.count()
}

//go:noinline
func (s *shelf) tidy(all *sync.WaitGroup, started chan bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(started)
	all.Wait()
}

// groupLock: who waits for workers holds the lock that they need.
func groupLock(t *truth) {
	s := &shelf{}
	var all sync.WaitGroup
	all.Add(1)
	started := make(chan bool)
	waits := t.start(func() { s.tidy(&all, started) }, inWait...)
	worker := t.start(func() { s.sort(&all) }, locking...)
	t.at("mutex", unsafe.Pointer(&s.mu), "lock", worker).held(waits)
	t.at("waitgroup", unsafe.Pointer(&all), "wait", waits).held(worker)
	t.Cycle = []int64{waits, worker}
	t.stuck(waits, worker)
}
