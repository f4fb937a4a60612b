package main

import (
	"bufio"
	"bytes"
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

// client is one connection. It is not http.Client's: that sends a request
// again when its connection has broken, and makes new ones of its own accord.
type client struct {
	address string
	paths   []string
	next    int
	conn    net.Conn
	in      *bufio.Reader
	dials   int
}

func newClients(connections int, address string, paths []string) []*client {
	clients := make([]*client, connections)
	for i := range clients {
		// Each starts at another path.
		clients[i] = &client{address: address, paths: paths, next: i}
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
				if err != nil {
					c.close()
				}
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

// one sends one request and reads its answer.
func (c *client) one() error {
	path := c.paths[c.next%len(c.paths)]
	c.next++
	if err := c.dial(); err != nil {
		return err
	}
	c.conn.SetDeadline(time.Now().Add(limit))
	_, err := fmt.Fprintf(c.conn, "GET /%s HTTP/1.1\r\nHost: %s\r\n\r\n", path, c.address)
	if err != nil {
		return err
	}
	answer, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return fmt.Errorf("%s: %v", path, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %v", path, err)
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %s", path, answer.Status)
	case !bytes.HasSuffix(body, []byte(done)):
		return fmt.Errorf("%s: no end of the answer", path)
	case answer.Close:
		return fmt.Errorf("%s: the server closes the connection", path)
	}
	return nil
}

func (c *client) dial() error {
	if c.conn != nil {
		return nil
	}
	c.dials++
	conn, err := net.DialTimeout("tcp", c.address, limit)
	if err != nil {
		return err
	}
	c.conn, c.in = conn, bufio.NewReader(conn)
	return nil
}

func (c *client) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}
