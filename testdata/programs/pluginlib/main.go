// Command pluginlib is the plugin pluginhost opens (-buildmode=plugin): code,
// types and goroutines in a module of their own.
package main

import (
	"strings"
	"sync"
)

// Count is a variable the host sets.
var Count int

// Forever is never sent to.
var Forever = make(chan int)

type waiter struct {
	name string
	mu   sync.Mutex
}

// Wait parks its caller.
//
//go:noinline
func (w *waiter) Wait(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return <-Forever + n
}

// New returns a type only the plugin knows.
func New(name string) interface{ Wait(int) int } { return &waiter{name: name} }

// Start starts goroutines in the plugin.
func Start(n int) {
	for i := 0; i < n; i++ {
		go func(i int) { Count += <-Forever + i }(i)
	}
	w := &waiter{name: "shared"}
	go w.Wait(1)
	go w.Wait(2)
	go strings.Map(func(r rune) rune { return rune(<-Forever) }, "std, called by the plugin")
	go func() {
		defer func() { <-Forever }()
		var p *waiter
		p.name = "panics"
	}()
	go generic(map[string]int{})
	go deep(120)
}

// Call calls back into the host.
//
//go:noinline
func Call(f func(int) int, n int) int { return f(n) + 1 }

//go:noinline
func generic[T any](v T) T {
	<-Forever
	return v
}

//go:noinline
func deep(n int) int {
	if n == 0 {
		return <-Forever
	}
	return deep(n-1) + 1
}

func init() {
	go func() { <-Forever }()
}

func main() {}
