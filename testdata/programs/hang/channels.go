package main

import "time"

func init() {
	incidents["leak"] = leak
	incidents["nil_chan"] = nilChan
	incidents["timers"] = timers
}

// control is a channel that is kept.
var control chan int

// leak: nobody else has the channels; but for one.
func leak(t *truth) {
	aside(func() {
		for i := 0; i < 20; i++ {
			t.leaks()
		}
	})
	t.Deep = true
	control = make(chan int)
	c := control
	goid := t.start(func() { <-c }, receiving...)
	t.at("channel", channel(c), "receive", goid)
	t.stuck(t.Leaked...)
}

//go:noinline
func (t *truth) leaks() {
	c := make(chan int)
	goid := t.start(func() { c <- 1 }, sending...)
	t.at("channel", channel(c), "send", goid)
	t.Leaked = append(t.Leaked, goid)
}

// nilChan: there is nothing that they could wait for.
func nilChan(t *truth) {
	var c chan int
	t.Forever = append(t.Forever, t.start(func() { <-c }, forever...))
	t.Forever = append(t.Forever, t.start(func() { c <- 1 }, forever...))
	t.Forever = append(t.Forever, t.start(func() { select {} }, forever...))
}

// timers: a moment will come for each of them.
func timers(t *truth) {
	t.Sleeping = t.several(3, func() { time.Sleep(time.Hour) }, sleeping...)
	after, ticker := time.After(time.Hour), time.NewTicker(time.Hour)
	keep(ticker)
	goid := t.start(func() { <-after }, receiving...)
	t.at("channel", channel(after), "receive", goid)
	goid = t.start(func() { <-ticker.C }, receiving...)
	t.at("channel", channel(ticker.C), "receive", goid)
	t.deadline()
}
