package main

import (
	"context"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"
)

// far is as good as never.
const far = 1000000 * time.Hour

// hang parks goroutines as a service that hangs has them: one holds what the
// others wait for.
func hang() {
	ledger := &ledger{answers: make(chan int)}
	go ledger.audit()
	waitFor(&ledger.held)
	for order := 1; order <= 3; order++ {
		go ledger.record(order)
	}

	book := &book{open: make(chan struct{})}
	go book.read()
	<-book.open
	go book.write()
	waitForWriter(&book.lock)
	go book.read()

	var all sync.WaitGroup
	all.Add(1)
	go all.Wait()
	turn := sync.NewCond(new(sync.Mutex))
	go waitForTurn(turn)

	full := make(chan string, 2)
	full <- "first"
	full <- "second"
	go deliver(full, "third")
	go choose(full, make(chan int))
	go chooseNothing()
	go sleep(far)
	go receiveNothing(nil)
	go ownThread(forever)
	go serve("eu-west", 7)
	readers()
}

// ledger is locked by the goroutine that waits for an answer.
type ledger struct {
	sync.Mutex
	held    flag
	answers chan int
}

func (l *ledger) audit() {
	l.Lock()
	defer l.Unlock()
	l.held.set()
	<-l.answers
}

func (l *ledger) record(order int) {
	l.Lock()
	defer l.Unlock()
	println("recorded", order)
}

// book is being read, a writer waits for that, and a reader for the writer.
type book struct {
	lock sync.RWMutex
	open chan struct{}
}

func (b *book) read() {
	b.lock.RLock()
	b.open <- struct{}{}
	<-forever
}

func (b *book) write() {
	b.lock.Lock()
	<-forever
}

func waitForTurn(turn *sync.Cond) {
	turn.L.Lock()
	turn.Wait()
}

func deliver(to chan<- string, what string) { to <- what }

func choose(full chan<- string, empty <-chan int) {
	select {
	case full <- "choice":
	case <-empty:
	case <-forever:
	}
}

func chooseNothing() { select {} }

func sleep(long time.Duration) { time.Sleep(long) }

func receiveNothing(from chan int) { <-from }

func ownThread(from chan int) {
	runtime.LockOSThread()
	<-from
}

func serve(region string, shard int) {
	labels := pprof.Labels("region", region, "path", "/orders")
	pprof.Do(context.Background(), labels, func(context.Context) {
		go receive(shard)
		receive(-shard)
	})
}

//go:noinline
func receive(n int) int { return <-forever + n }

// readers wait for a pipe: one for its bytes, one for the first.
func readers() {
	from, to, err := os.Pipe()
	if err != nil {
		println("shelf:", err.Error())
		os.Exit(4)
	}
	for i := 0; i < 2; i++ {
		go read(from)
	}
	keep = to
}

// keep holds what must not be closed by a finalizer.
var keep *os.File

func read(from *os.File) {
	var b [16]byte
	from.Read(b[:])
}
