// Command orders is a small order service that hangs the way real ones do.
//
// Every request is recorded in an audit log. The log is written under a
// mutex, to a pipe whose reader has stopped reading. The pipe is full, so
// one goroutine is stuck in write(2) holding the mutex, and every handler
// that comes after it waits for the mutex. Meanwhile the workers that ship
// orders are blocked on a channel that is full.
//
// It sends itself the requests that make it hang, prints "ready" and its
// process id, and exits when its standard input ends.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"time"

	"gopeek.test/programs/orders/internal/api"
	"gopeek.test/programs/orders/internal/audit"
	"gopeek.test/programs/orders/internal/store"
)

const requests = 40

func main() {
	log.SetFlags(0)
	// The log shipper at the other end of the pipe does not read any more,
	// but its end of the pipe is still open.
	r, w, err := auditPipe()
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	trail := audit.NewLogger(w)
	orders := store.New(4, 8)
	defer orders.Close()
	server := &http.Server{Handler: api.New(orders, trail)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go server.Serve(l)

	url := "http://" + l.Addr().String()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: requests}}
	for i := 0; i < requests; i++ {
		go placeOrder(client, url, i)
	}
	if err := waitHung(trail, requests); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ready %d\n", os.Getpid())

	io.Copy(io.Discard, os.Stdin)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	server.Shutdown(ctx)
	os.Exit(0)
}

// placeOrder is one customer.
func placeOrder(c *http.Client, url string, i int) {
	body := strings.NewReader(fmt.Sprintf(`{"customer": "c-%03d", "sku": "book-%d", "quantity": %d}`, i, i%7, i%3+1))
	resp, err := c.Post(url+"/orders", "application/json", body)
	if err != nil {
		log.Print(err)
		return
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}

// waitHung returns when n requests have been waiting for a while.
func waitHung(trail *audit.Logger, n int) error {
	deadline := time.Now().Add(30 * time.Second)
	quiet := 0
	last := int64(-1)
	for time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
		now := trail.Pending()
		if now == last && now >= int64(n) && runtime.NumGoroutine() > n {
			quiet++
		} else {
			quiet = 0
		}
		if quiet == 10 {
			return nil
		}
		last = now
	}
	return fmt.Errorf("orders: still working after 30 s, %d requests pending", last)
}
