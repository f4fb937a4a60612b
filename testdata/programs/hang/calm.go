package main

import (
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

func init() {
	incidents["calm"] = calm
	incidents["busy"] = busy
}

// server serves on a loopback port, and says where.
func server() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	answer := func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello\n") }
	s := &http.Server{Handler: http.HandlerFunc(answer)}
	go s.Serve(l)
	return "http://" + l.Addr().String()
}

func get(c *http.Client, url string) {
	answer, err := c.Get(url)
	fail(err)
	_, err = io.Copy(io.Discard, answer.Body)
	fail(err)
	fail(answer.Body.Close())
}

// calm: connections that are kept alive, tickers, and workers without work.
func calm(t *truth) {
	url := server()
	for i := 0; i < 12; i++ {
		// One connection each.
		c := &http.Client{Transport: &http.Transport{}}
		keep(c)
		get(c, url)
	}
	jobs := make(chan int)
	keep(jobs)
	workers := t.several(12, func() {
		for range jobs {
		}
	}, receiving...)
	t.at("channel", channel(jobs), "receive", workers...)
	for i := 0; i < 3; i++ {
		ticker := time.NewTicker(time.Hour)
		keep(ticker)
		goid := t.start(func() {
			for range ticker.C {
			}
		}, receiving...)
		t.at("channel", channel(ticker.C), "receive", goid)
	}
	quiet()
}

// busy: the same with requests all the time.
func busy(t *truth) {
	url := server()
	var served int64
	t.Running = t.several(8, func() {
		c := &http.Client{Transport: &http.Transport{}}
		for {
			get(c, url)
			atomic.AddInt64(&served, 1)
			time.Sleep(time.Millisecond)
		}
	})
	for atomic.LoadInt64(&served) < 100 {
		time.Sleep(time.Millisecond)
	}
	t.Moving = true
}
