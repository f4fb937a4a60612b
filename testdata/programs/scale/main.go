// Command scale grows in one way: it makes as much of one thing as it is asked
// for, so that what gopeek takes for it can be told at several sizes.
//
//	scale MODE N
//
// It prints "ready" once everything waits where it is to stay, and exits when
// its standard input ends. Without a mode it lists them.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sort"
	"strconv"
	"sync"
)

// modes by their names; each file adds its own.
var modes = map[string]func(n int){}

// arriving counts the goroutines that have not reached their last step yet.
var arriving sync.WaitGroup

// never is what nobody sends to.
var never = make(chan int)

// kept keeps what no goroutine may lose.
var kept interface{}

func main() {
	if len(os.Args) != 3 {
		names := make([]string, 0, len(modes))
		for name := range modes {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			fmt.Println(name)
		}
		return
	}
	mode := modes[os.Args[1]]
	n, err := strconv.Atoi(os.Args[2])
	if mode == nil || err != nil || n < 1 {
		fmt.Fprintln(os.Stderr, "scale: no such mode or size:", os.Args[1:])
		os.Exit(2)
	}
	// Some stacks are larger than 1 GB, and some sizes need many threads.
	debug.SetMaxStack(8 << 30)
	debug.SetMaxThreads(100000)
	mode(n)
	arriving.Wait()
	// The last steps are short; a collection takes longer than they do, and
	// notes since when each has waited.
	runtime.GC()
	debug.SetGCPercent(-1)
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(kept)
	os.Exit(0)
}

// start runs wait n times, each in a goroutine of its own.
func start(n int, wait func(i int)) {
	arriving.Add(n)
	for i := 0; i < n; i++ {
		go func(i int) {
			arriving.Done()
			wait(i)
		}(i)
	}
}
