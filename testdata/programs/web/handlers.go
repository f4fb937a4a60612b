package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Every answer ends in this, so that one that was cut short is known.
const done = "done\n"

// A small call takes this long, as one over a near network does.
const upstreamTime = time.Millisecond

func handlers(staff *staff, upstream string) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/alloc", alloc)
	mux.HandleFunc("/lock", (&ledger{entries: map[string]int{}}).lock)
	mux.HandleFunc("/timer", timer)
	mux.HandleFunc("/channel", staff.channel)
	mux.HandleFunc("/fan", fan)
	mux.HandleFunc("/deep", deep)
	mux.HandleFunc("/upstream", func(w http.ResponseWriter, r *http.Request) {
		ask(w, r, upstream)
	})
	return mux
}

func upstreamHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(upstreamTime)
		io.WriteString(w, done)
	})
}

type record struct {
	Name   string
	Values []int
	Of     map[string]string
}

// alloc makes and drops some 50 KB.
func alloc(w http.ResponseWriter, r *http.Request) {
	var records []record
	for i := 0; i < 20; i++ {
		name := fmt.Sprintf("record %d", i)
		of := map[string]string{"name": name, "upper": strings.ToUpper(name)}
		records = append(records, record{name, make([]int, 100), of})
	}
	if text, err := json.Marshal(records); err == nil {
		w.Write(text)
	}
	io.WriteString(w, done)
}

type ledger struct {
	mu      sync.Mutex
	reads   sync.RWMutex
	entries map[string]int
}

// lock has the requests wait for one another.
func (l *ledger) lock(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	l.entries[r.URL.Path]++
	n := l.entries[r.URL.Path]
	l.mu.Unlock()
	if n%16 == 0 {
		l.reads.Lock()
		defer l.reads.Unlock()
	} else {
		l.reads.RLock()
		defer l.reads.RUnlock()
	}
	fmt.Fprintf(w, "%d\n%s", n, done)
}

// timer waits for one timer of two.
func timer(w http.ResponseWriter, r *http.Request) {
	late := time.NewTimer(time.Second)
	defer late.Stop()
	select {
	case <-time.After(2 * time.Millisecond):
	case <-late.C:
	case <-r.Context().Done():
		return
	}
	io.WriteString(w, done)
}

// fan starts goroutines and waits for them.
func fan(w http.ResponseWriter, r *http.Request) {
	var wg sync.WaitGroup
	parts := make([]string, 8)
	for i := range parts {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			parts[i] = strings.Repeat("x", 100*i)
		}(i)
	}
	wg.Wait()
	io.WriteString(w, strings.Join(parts, "\n")+"\n"+done)
}

// deep has its goroutine's stack grow, and so move.
func deep(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%d\n%s", descend(200), done)
}

//go:noinline
func descend(n int) int {
	var room [64]byte
	if n == 0 {
		return len(room)
	}
	room[n%len(room)] = byte(n)
	return descend(n-1) + int(room[(n+1)%len(room)])
}

// ask answers what another server does.
func ask(w http.ResponseWriter, r *http.Request, upstream string) {
	request, err := http.NewRequestWithContext(r.Context(), "GET", upstream, nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	io.Copy(w, answer.Body)
}
