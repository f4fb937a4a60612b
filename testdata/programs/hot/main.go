// Command hot has goroutines that switch all the time, each time down another
// of a thousand ways through the same few functions, while a collection every
// ten milliseconds moves their stacks.
//
// All ways are equally deep, and their frames equally large, so that a stack
// that is put together from two moments looks whole. But every frame has the
// goroutine's number, the way, and its depth for arguments, and the way says
// which function comes next: cargo xtask hot checks each frame against them.
//
// It prints "ready" once all goroutines have begun, and ends at the end of its
// standard input.
package main

import (
	"flag"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var n = flag.Int("n", 400, "goroutines that switch all the time")

// levels is how deep each way goes.
const levels = 10

func main() {
	flag.Parse()
	debug.SetGCPercent(-1)
	for i := 0; i < *n; i += 2 {
		pair := &couple{to: make(chan int), back: make(chan int)}
		go run(i, pair)
		go run(i+1, pair)
	}
	go collect()
	for atomic.LoadInt64(&begun) < int64(*n) {
		time.Sleep(time.Millisecond)
	}
	os.Stdout.WriteString("ready\n")
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// A couple is what two goroutines meet at.
type couple struct {
	to, back chan int
	mu       sync.Mutex
}

var begun, sum int64

func collect() {
	for {
		time.Sleep(10 * time.Millisecond)
		runtime.GC()
	}
}

//go:noinline
func run(id int, pair *couple) {
	atomic.AddInt64(&begun, 1)
	way := uint32(id)*2654435761 + 1
	for round := 0; ; round++ {
		way ^= way << 13
		way ^= way >> 17
		way ^= way << 5
		total := left(id, int(way&0x7ff), levels, pair)
		if round%256 == 255 {
			// A larger stack, which the next collections make smaller again.
			total += grow(id, 60)
		}
		atomic.AddInt64(&sum, int64(total+id))
		runtime.KeepAlive(pair)
	}
}

// left and right are the same but for their names. What they do behind the
// call keeps their arguments where a traceback finds them.
//
//go:noinline
func left(id, way, depth int, pair *couple) int {
	var total int
	switch {
	case depth == 0:
		total = meet(id, way, pair)
	case way>>depth&1 == 0:
		total = left(id, way, depth-1, pair)
	default:
		total = right(id, way, depth-1, pair)
	}
	return total + id ^ way + depth
}

//go:noinline
func right(id, way, depth int, pair *couple) int {
	var total int
	switch {
	case depth == 0:
		total = meet(id, way, pair)
	case way>>depth&1 == 0:
		total = left(id, way, depth-1, pair)
	default:
		total = right(id, way, depth-1, pair)
	}
	return total + id ^ way + depth
}

// meet is where a goroutine switches, in one of six ways.
//
//go:noinline
func meet(id, way int, pair *couple) int {
	switch first := id%2 == 0; id / 2 % 6 {
	case 0:
		if first {
			pair.to <- id
		} else {
			<-pair.to
		}
	case 1:
		if first {
			select {
			case pair.to <- id:
			case <-pair.back:
			}
		} else {
			select {
			case <-pair.to:
			case pair.back <- id:
			}
		}
	case 2:
		pair.mu.Lock()
		runtime.Gosched()
		pair.mu.Unlock()
	case 3:
		runtime.Gosched()
	case 4:
		time.Sleep(time.Microsecond)
	case 5:
		pause := syscall.Timespec{Nsec: 1000}
		syscall.Nanosleep(&pause, nil)
	}
	return id ^ way
}

//go:noinline
func grow(id, depth int) int {
	var room [256]byte
	if depth > 0 {
		room[depth] = byte(grow(id, depth-1))
	} else {
		runtime.Gosched()
	}
	return int(room[depth]) + id + depth
}
