// Command spin has goroutines that run for ever, most of them on a CPU, and a
// few that are parked. Their stacks are never the same twice, so there is no
// dump of its own to compare with: truth.txt says what each may look like, and
// the lines that a stack may be at, once "ready" is printed, end in a mark.
// The address of what lies on the stack is made anew in each round, by code of
// the line that declares it.
//
// It exits when its standard input ends.
package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
)

// Each goroutine is made by a statement of its own, on a line of its own, by
// which it is known.
func main() {
	// Enough for all that spin: then each has a thread of its own, which the
	// kernel may stop anywhere.
	runtime.GOMAXPROCS(20)
	// Collections now and then, but not one after the other.
	debug.SetGCPercent(1000)
	ping, pong := make(chan int), make(chan int)
	never := make(chan int)
	var held sync.Mutex
	held.Lock()

	started.Add(20)
	go spinNothing()
	go spinMemory()
	go spinInline()
	go spinClock()
	go spinStack()
	go spinGCStats()
	go spinHash()
	go spinSearch()
	go spinRecursion()
	go spinMap()
	go spinPing(ping, pong)
	go spinPong(ping, pong)
	go spinAppend()
	go spinSyscall()
	go spinDefer()
	go spinPanic()
	go spinYield()
	go parkReceive(never)
	go parkSelect(never)
	go parkMutex(&held)
	started.Wait()

	fmt.Println("ready")
	_, err := io.Copy(io.Discard, os.Stdin)
	if err != nil {
		os.Exit(1)
	}
}

// started counts down to where all goroutines have got to their loops or are
// about to park.
var started sync.WaitGroup

// begin is no place for a stack to be at, but older Go looks at the byte before
// the instruction that a goroutine was preempted at, and that may be this call's.
//
//go:noinline
func begin() {
	started.Done()
}

// sink keeps results alive.
var sink struct {
	mixed                                                   uint64
	memory, ages, found, depth, total, round, drawn, caught int
	text, sum, grown                                        int
	gcs                                                     int64
}

// No call, no load, no store: nothing to be stopped at but the jump.
//
//go:noinline
func spinNothing() {
	begin() //@
	for {   //@
	}
}

// What never ends needs no memory, says the compiler; hence the condition.
//
//go:noinline
func spinMemory() {
	begin()                //@
	for sink.memory >= 0 { //@
		sink.memory++ //@
	}
}

// The call of mix has no frame of its own: it is inlined.
//
//go:noinline
func spinInline() {
	sink.mixed = 1
	begin()               //@
	for sink.mixed != 0 { //@
		sink.mixed = mix(sink.mixed) //@
	}
}

func mix(n uint64) uint64 {
	n ^= n << 13 //@
	n ^= n >> 7  //@
	n ^= n << 17 //@
	return n     //@
}

// The vDSO, on the thread's system stack.
//
//go:noinline
func spinClock() {
	begin() //@
	for {   //@
		sink.ages += time.Now().Nanosecond() //@
	}
}

// A traceback of its own, on the system stack.
//
//go:noinline
func spinStack() {
	buf := make([]byte, 1<<10) //@
	begin()                    //@
	for {                      //@
		sink.text += runtime.Stack(buf, false) //@
	}
}

// Locks of the runtime, on the system stack; the sorting is not.
//
//go:noinline
func spinGCStats() {
	stats := debug.GCStats{PauseQuantiles: make([]time.Duration, 5)} //@
	begin()                                                          //@
	for {                                                            //@
		debug.ReadGCStats(&stats) //@
		sink.gcs += stats.NumGC   //@
	}
}

// Assembly that has a frame and runs for long.
//
//go:noinline
func spinHash() {
	data := make([]byte, 1<<20) //@
	begin()                     //@
	for {                       //@
		sum := sha256.Sum256(data) //@
		sink.sum += int(sum[0])    //@
	}
}

// Assembly that has none.
//
//go:noinline
func spinSearch() {
	data := make([]byte, 1<<16) //@
	begin()                     //@
	for {                       //@
		sink.found += bytes.IndexByte(data, 1) //@
	}
}

// The garbage collector shrinks the stack, and this makes it grow again.
//
//go:noinline
func spinRecursion() {
	begin() //@
	for {   //@
		sink.depth += descend(60) //@
	}
}

//go:noinline
func descend(n int) int { //@
	var room [200]byte //@
	room[n] = byte(n)  //@
	if n == 0 {        //@
		return int(room[0]) //@
	} //@
	return descend(n-1) + int(room[n]) //@
}

//go:noinline
func spinMap() {
	words := make(map[string]int)
	for i := 0; i < 1000; i++ {
		words[fmt.Sprint("word", i)] = i
	}
	begin() //@
	for {   //@
		for word, n := range words { //@
			sink.total += words[word] - n //@
		}
	}
}

//go:noinline
func spinPing(ping, pong chan int) {
	begin()             //@
	for n := 0; ; n++ { //@
		ping <- n           //@
		sink.round = <-pong //@
	}
}

//go:noinline
func spinPong(ping, pong chan int) {
	begin() //@
	for {   //@
		pong <- <-ping //@
	}
}

// Allocation, copying, and help for the garbage collector.
//
//go:noinline
func spinAppend() {
	begin() //@
	for {   //@
		var grown []*int            //@
		for i := 0; i < 1000; i++ { //@
			n := i                    //@
			grown = append(grown, &n) //@
		}
		sink.grown += len(grown) //@
	}
}

// System calls that end at once.
//
//go:noinline
func spinSyscall() {
	begin() //@
	for {   //@
		if syscall.Close(-1) == nil { //@
			return
		}
	}
}

//go:noinline
func spinDefer() {
	begin() //@
	for {   //@
		drawBack() //@
	}
}

//go:noinline
func drawBack() { //@
	defer draw(-1) //@
	draw(1)        //@
} //@

//go:noinline
func draw(n int) { //@
	sink.drawn += n //@
} //@

//go:noinline
func spinPanic() {
	begin() //@
	for {   //@
		catch() //@
	}
}

//go:noinline
func catch() { //@
	defer caught() //@
	panic("again") //@
} //@

//go:noinline
func caught() { //@
	if recover() != nil { //@
		sink.caught++ //@
	}
} //@

//go:noinline
func spinYield() {
	begin() //@
	for {   //@
		runtime.Gosched() //@
	}
}

//go:noinline
func parkReceive(never chan int) {
	begin() //@
	<-never //@
}

//go:noinline
func parkSelect(never chan int) {
	begin()  //@
	select { //@
	case <-never:
	case <-make(chan int):
	}
}

//go:noinline
func parkMutex(held *sync.Mutex) {
	begin()     //@
	held.Lock() //@
}
