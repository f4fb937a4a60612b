// Command many parks a great many goroutines and measures how long the
// process is held up while somebody looks at it.
//
// Commands on standard input, one per line, each answered by one line of
// JSON on standard output:
//
//	stack  take runtime.Stack(all) into a buffer allocated beforehand
//	reset  forget the longest gap
//	gap    say the longest gap of the heartbeat since the last reset, and the
//	       fewest turns that a busy goroutine had since then
//
// The end of standard input ends the program.
package main

import (
	"bufio"
	"flag"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"gopeek.test/programs/internal/heartbeat"
	"gopeek.test/programs/internal/oracle"
)

var (
	n         = flag.Int("n", 10000, "goroutines to park")
	depth     = flag.Int("depth", 9, "frames below the one that parks")
	busy      = flag.Int("busy", 0, "goroutines that switch all the time; more than there are CPUs")
	beats     = flag.Bool("heartbeat", true, "run the heartbeat")
	stackTime = flag.Bool("stack-time", false, "time runtime.Stack(all) once before saying ready")
)

// The four kinds of waits.
type waits struct {
	recv chan int
	a, b chan string
	mu   sync.Mutex
	wg   sync.WaitGroup
}

func main() {
	flag.Parse()
	// A collection would stop the world by itself and spoil the gaps.
	debug.SetGCPercent(-1)
	w := &waits{recv: make(chan int), a: make(chan string), b: make(chan string)}
	w.mu.Lock()
	w.wg.Add(1)
	for i := 0; i < *n; i++ {
		switch i % 4 {
		case 0:
			go handleRecv(w, *depth, i)
		case 1:
			go handleSelect(w, *depth, "select")
		case 2:
			go handleLock(w, *depth, nil)
		case 3:
			go handleWait(w, *depth, float64(i))
		}
	}
	buf := settle()
	circle := &ring{}
	if *busy > 0 {
		if *busy <= runtime.NumCPU() {
			println("many: -busy takes more than there are CPUs")
			os.Exit(2)
		}
		circle = startRing(*busy)
	}
	if *beats {
		heartbeat.Start()
	}
	if *stackTime {
		stackReport(buf)
	}
	os.Stdout.WriteString("ready\n")

	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		switch in.Text() {
		case "stack":
			stackReport(buf)
		case "reset":
			circle.reset()
			heartbeat.Reset()
			say(`{"reset":true}`)
		case "gap":
			say(`{"max_gap_ns":` + itoa(int64(heartbeat.Longest())) +
				`,"samples":` + itoa(heartbeat.Looks()) +
				`,"least_turns":` + itoa(circle.least()) + `}`)
		default:
			say(`{"error":"unknown command"}`)
		}
	}
	os.Exit(0)
}

func stackReport(buf []byte) {
	start := time.Now()
	bytes := runtime.Stack(buf, true)
	took := time.Since(start)
	say(`{"stack_ns":` + itoa(int64(took)) + `,"bytes":` + itoa(int64(bytes)) + `}`)
}

func say(line string) { os.Stdout.WriteString(line + "\n") }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// arrived counts the goroutines that are about to park.
var arrived int64

// settle waits until all have arrived and are parked. It returns a buffer
// that is large enough for all of their text, and whose memory was touched.
func settle() []byte {
	for atomic.LoadInt64(&arrived) < int64(*n) {
		time.Sleep(time.Millisecond)
	}
	// About as large as the text, to begin with.
	buf := make([]byte, 1<<20+*n*(*depth+4)*130)
	for i := 0; i < 100; i++ {
		var text []byte
		text, buf = oracle.Stack(buf)
		if oracle.Active(oracle.Others(text)) == 0 {
			if cap(buf)-len(text) < 1<<20 {
				buf = make([]byte, cap(buf)+1<<20)
				runtime.Stack(buf, true)
			}
			return buf
		}
		time.Sleep(50 * time.Millisecond)
	}
	println("many: not all goroutines parked")
	os.Exit(3)
	return nil
}

//go:noinline
func handleRecv(w *waits, depth, id int) int {
	if depth > 0 {
		return handleRecv(w, depth-1, id) + 1
	}
	atomic.AddInt64(&arrived, 1)
	return <-w.recv + id
}

//go:noinline
func handleSelect(w *waits, depth int, name string) (s string) {
	if depth > 0 {
		s = handleSelect(w, depth-1, name)
		return s + name
	}
	atomic.AddInt64(&arrived, 1)
	select {
	case s = <-w.a:
	case s = <-w.b:
	}
	return s
}

//go:noinline
func handleLock(w *waits, depth int, err error) error {
	if depth > 0 {
		err = handleLock(w, depth-1, err)
		runtime.KeepAlive(w)
		return err
	}
	atomic.AddInt64(&arrived, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	return err
}

//go:noinline
func handleWait(w *waits, depth int, f float64) float64 {
	if depth > 0 {
		return handleWait(w, depth-1, f+1) * 2
	}
	atomic.AddInt64(&arrived, 1)
	w.wg.Wait()
	return f
}
