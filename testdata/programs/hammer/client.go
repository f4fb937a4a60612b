package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// What answers end in.
const done = "done\n"

// An answer that takes longer has failed.
const limit = 10 * time.Second

// client is one connection.
type client struct {
	http  *http.Client
	urls  []string
	next  int
	dials int
}

func dial(connections int, urls []string) []*client {
	clients := make([]*client, connections)
	for i := range clients {
		// Each starts at another URL.
		c := &client{urls: urls, next: i}
		dialer := net.Dialer{Timeout: limit}
		transport := &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				c.dials++
				return dialer.DialContext(ctx, network, address)
			},
			// One request at a time and no retries unseen: each dial counts.
			MaxConnsPerHost: 1,
		}
		c.http = &http.Client{Transport: transport, Timeout: limit}
		clients[i] = c
	}
	return clients
}

// ask has all connections ask for so long, and waits for the last answer.
func ask(clients []*client, length time.Duration) *figures {
	all := make([]figures, len(clients))
	began := time.Now()
	end := began.Add(length)
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Add(1)
		go func(c *client, figures *figures) {
			defer wg.Done()
			dials := c.dials
			for time.Now().Before(end) {
				start := time.Now()
				err := c.one()
				figures.times = append(figures.times, time.Since(start))
				figures.note(err)
			}
			figures.dials = c.dials - dials
		}(c, &all[i])
	}
	wg.Wait()
	sum := &figures{}
	for i := range all {
		sum.add(&all[i])
	}
	sum.took = time.Since(began)
	return sum
}

func (c *client) one() error {
	url := c.urls[c.next%len(c.urls)]
	c.next++
	answer, err := c.http.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %v", url, err)
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %s", url, answer.Status)
	case !bytes.HasSuffix(body, []byte(done)):
		return fmt.Errorf("%s: no end of the answer", url)
	}
	return nil
}
