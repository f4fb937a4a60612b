package main

import (
	"context"
	"time"

	"gopeek.test/programs/internal/oracle"
)

// Timers: sleeping, timer channels (a plain channel before Go 1.23 or with
// GODEBUG=asynctimerchan=1, a synchronous one after), timer functions, and
// contexts, with the goroutine the context package starts for foreign ones.

type foreignContext struct{ context.Context }

func (foreignContext) Done() <-chan struct{} { return forever }

func launchTimers() {
	go time.Sleep(time.Hour)
	go func() {
		for {
			time.Sleep(1000 * time.Hour)
		}
	}()
	go func() { <-time.NewTimer(time.Hour).C }()
	go func() {
		t := time.NewTicker(time.Hour)
		defer t.Stop()
		for now := range t.C {
			sinkAny = now
		}
	}()
	go func() { <-time.After(time.Hour) }()
	go func() { <-time.Tick(3 * time.Hour) }()

	// A stopped timer's channel never delivers.
	stopped := time.NewTimer(time.Hour)
	stopped.Stop()
	go func() { <-stopped.C }()

	oracle.Expect(2)
	time.AfterFunc(time.Microsecond, func() {
		oracle.Here()
		<-forever
	})
	time.AfterFunc(time.Microsecond, timerMethod{3}.fire)

	deadline, cancel := context.WithTimeout(context.Background(), time.Hour)
	keep = append(keep, cancel)
	go waitContext(deadline)
	child, cancel2 := context.WithCancel(context.WithValue(deadline, foreignContext{}, "value"))
	keep = append(keep, cancel2)
	go waitContext(child)
	go waitContext(context.Background())
	// The context package watches a foreign context with a goroutine.
	foreign, cancel3 := context.WithCancel(foreignContext{context.Background()})
	keep = append(keep, cancel3)
	go waitContext(foreign)
}

type timerMethod struct{ n int }

func (t timerMethod) fire() {
	oracle.Here()
	<-forever
	sinkInt = t.n
}

//go:noinline
func waitContext(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}
