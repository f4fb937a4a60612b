package main

import (
	"context"
	"time"
)

func init() {
	outages["leak-send"] = leakSend
	outages["leak-stopped-ticker"] = leakStoppedTicker
}

// leaked says that goroutines are leaked.
func (t *truth) leaked(count int, place string) {
	t.stuck(count, "channel", place)
	t.What = []string{"leak"}
	t.Exit = []int{10, 11}
}

func quote(into chan int) { into <- 42 }

// firstQuote asks for a quote, and leaves before it comes.
func firstQuote() {
	quotes := make(chan int)
	go quote(quotes)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	select {
	case <-quotes:
	case <-ctx.Done():
	}
}

// leakSend: 150 goroutines send into channels that nobody reads.
func leakSend(t *truth) {
	for len(inFunction("main.quote")) < 150 {
		firstQuote()
	}
	t.leaked(150, "main.quote")
}

// session pings until it is closed.
type session struct {
	ticker *time.Ticker
	pings  int
}

func (s *session) ping() {
	for range s.ticker.C {
		s.pings++
	}
}

// close stops the ticker, which does not close its channel.
func (s *session) close() { s.ticker.Stop() }

// leakStoppedTicker: 150 goroutines wait for tickers that are stopped.
func leakStoppedTicker(t *truth) {
	for i := 0; i < 150; i++ {
		s := &session{ticker: time.NewTicker(time.Hour)}
		go s.ping()
		s.close()
	}
	t.leaked(150, "main.(*session).ping")
}
