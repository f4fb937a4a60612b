package main

import (
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

var beats int64

// runService starts what every service has beside its work.
func runService() {
	go heartbeat(time.NewTicker(10 * time.Second))
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go reload(hangups)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	health := http.NewServeMux()
	health.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {})
	go http.Serve(l, health)
}

func heartbeat(ticker *time.Ticker) {
	for range ticker.C {
		atomic.AddInt64(&beats, 1)
	}
}

func reload(hangups chan os.Signal) {
	for range hangups {
		atomic.AddInt64(&beats, 1)
	}
}

// serve runs an HTTP server, and returns its address.
func serve(handler http.HandlerFunc) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	server := &http.Server{Handler: handler}
	go server.Serve(l)
	return l.Addr().String()
}

// visited runs an HTTP server, and sends it requests from another process,
// which waits for the answers.
func visited(requests int, handler http.HandlerFunc) { visit(serve(handler), requests) }
