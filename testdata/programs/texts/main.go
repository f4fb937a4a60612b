// Command texts has five hundred goroutines that wait in many ways, and prints
// them as it is asked to: by a panic, or as /debug/pprof/goroutine?debug=2 does.
// At a SIGQUIT Go prints them. It says ready when all of them wait.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"time"
)

// each is how many goroutines wait in the same way.
const each = 40

var (
	mu      sync.Mutex
	rw      sync.RWMutex
	once    sync.Once
	group   sync.WaitGroup
	cond    = sync.NewCond(new(sync.Mutex))
	forever = make(chan int)
	never   chan int
	here    sync.WaitGroup
)

// Pair makes a generic function of what waits.
type Pair[K comparable, V any] struct {
	key K
	val V
}

//go:noinline
func (p *Pair[K, V]) wait() {
	here.Done()
	<-forever
}

//go:noinline
func deep(n int) int {
	if n == 0 {
		here.Done()
		return <-forever
	}
	return deep(n-1) + 1
}

// launch starts goroutines that say that they are there, and wait.
func launch(wait func(int)) {
	here.Add(each)
	for i := 0; i < each; i++ {
		go wait(i)
	}
}

func main() {
	mu.Lock()
	rw.RLock()
	group.Add(1)
	launch(func(i int) { here.Done(); mu.Lock() })
	launch(func(i int) { here.Done(); rw.Lock() })
	launch(func(i int) { here.Done(); once.Do(func() { <-forever }) })
	launch(func(i int) { here.Done(); group.Wait() })
	launch(func(i int) { cond.L.Lock(); here.Done(); cond.Wait() })
	launch(func(i int) { here.Done(); <-forever })
	launch(func(i int) { here.Done(); never <- i })
	launch(func(i int) {
		here.Done()
		select {
		case <-forever:
		case <-time.After(time.Hour):
		}
	})
	launch(func(i int) { here.Done(); time.Sleep(time.Hour) })
	launch(func(i int) { (&Pair[string, int]{fmt.Sprint(i), i}).wait() })
	launch(func(i int) { deep(40 + i) })
	// Go prints a hundred frames.
	launch(func(i int) { deep(150) })
	launch(func(i int) {
		labels := pprof.Labels("request", fmt.Sprint(i), "path", "/a b]")
		pprof.Do(context.Background(), labels, func(context.Context) { here.Done(); select {} })
	})
	launch(func(i int) {
		if i%8 == 0 {
			runtime.LockOSThread()
		}
		r, w, err := os.Pipe()
		if err != nil {
			panic(err)
		}
		here.Done()
		r.Read(make([]byte, 1))
		runtime.KeepAlive(w)
	})
	here.Wait()
	settle()
	fmt.Println("ready")
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		switch strings.TrimSpace(in.Text()) {
		case "panic":
			panic("asked to")
		case "debug=2":
			pprof.Lookup("goroutine").WriteTo(os.Stderr, 2)
			fmt.Println("printed")
		}
	}
}

// settle waits until no other goroutine runs.
func settle() {
	buf := make([]byte, 8<<20)
	for same := 0; same < 5; same++ {
		time.Sleep(time.Millisecond)
		text := string(buf[:runtime.Stack(buf, true)])
		_, rest, _ := strings.Cut(text, "\n\n")
		if strings.Contains(rest, " [running") || strings.Contains(rest, " [runnable") {
			same = 0
		}
	}
}
