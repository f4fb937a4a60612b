// Command churn starts a great many goroutines that soon end, as a busy
// server does, and measures how long each takes: what somebody who looks on
// costs it shows there.
//
// Commands on standard input, one per line, each answered by one line of
// JSON on standard output:
//
//	reset      forget the latencies so far
//	exec ARGS  become another program: itself, anew, with these arguments
//	latencies  say how many goroutines there have been since the last reset,
//	           and the median and the 99th percentile of how long they took
//
// The end of standard input ends the program.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"
)

var (
	rate    = flag.Int("rate", 10000, "goroutines to start in a second")
	parked  = flag.Int("parked", 1000, "goroutines that stay")
	workers = flag.Int("workers", 8, "goroutines that work for the others")
)

// latencies are those of the goroutines that have ended.
type latencies struct {
	mu  sync.Mutex
	all []time.Duration
}

func (l *latencies) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) < cap(l.all) {
		l.all = append(l.all, d)
	}
}

type job struct {
	size int
	done chan int
}

func main() {
	flag.Parse()
	l := &latencies{all: make([]time.Duration, 0, 60_000_000)}
	jobs := make(chan job)
	for i := 0; i < *workers; i++ {
		go work(jobs)
	}
	forever := make(chan struct{})
	for i := 0; i < *parked; i++ {
		go park(forever)
	}
	go start(l, jobs)
	fmt.Println("ready")
	answer(l)
}

func park(forever chan struct{}) {
	<-forever
}

// start starts goroutines, as many as are due every millisecond.
func start(l *latencies, jobs chan job) {
	begun, started := time.Now(), 0
	for range time.Tick(time.Millisecond) {
		due := int(time.Since(begun).Seconds() * float64(*rate))
		for ; started < due; started++ {
			go request(l, jobs, started)
		}
	}
}

// request is one of those that soon end: it waits for a worker.
func request(l *latencies, jobs chan job, n int) {
	begun := time.Now()
	done := make(chan int, 1)
	jobs <- job{size: 64 + n%512, done: done}
	<-done
	l.add(time.Since(begun))
}

func work(jobs chan job) {
	for job := range jobs {
		text := make([]byte, job.size)
		sum := 0
		for i := range text {
			text[i] = byte(i * job.size)
			sum += int(text[i])
		}
		job.done <- sum
	}
}

func answer(l *latencies) {
	out := json.NewEncoder(os.Stdout)
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		words := strings.Fields(in.Text())
		if len(words) == 0 {
			continue
		}
		l.mu.Lock()
		switch words[0] {
		case "reset":
			l.all = l.all[:0]
			out.Encode(map[string]int{"count": 0})
		case "exec":
			if err := syscall.Exec("/proc/self/exe", words, os.Environ()); err != nil {
				log.Fatal(err)
			}
		case "latencies":
			sort.Slice(l.all, func(i, j int) bool { return l.all[i] < l.all[j] })
			at := func(share float64) int64 {
				if len(l.all) == 0 {
					return 0
				}
				return int64(l.all[int(share*float64(len(l.all)-1))])
			}
			out.Encode(map[string]int64{
				"count": int64(len(l.all)),
				"p50":   at(0.5),
				"p99":   at(0.99),
			})
		}
		l.mu.Unlock()
	}
}
