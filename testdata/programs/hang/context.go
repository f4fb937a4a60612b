package main

import (
	"context"
	"time"
)

// deadline has one wait for a context's, with a timer of its own besides.
func (t *truth) deadline() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	keep(cancel)
	timer := time.NewTimer(2 * time.Hour)
	keep(timer)
	done := ctx.Done()
	goid := t.start(func() {
		select {
		case <-done:
		case <-timer.C:
		}
	}, selecting...)
	t.at("channel", channel(done), "").selects("receive", goid)
	t.at("channel", channel(timer.C), "").selects("receive", goid)
}
