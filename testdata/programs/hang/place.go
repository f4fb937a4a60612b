package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"gopeek.test/programs/internal/oracle"
)

// limit bounds the wait for a goroutine to come where it belongs.
const limit = 30 * time.Second

// The runtime's words for a wait; before Go 1.20 all locks had the same.
var (
	locking   = []string{"sync.Mutex.Lock", "sync.RWMutex.Lock", "semacquire"}
	rlocking  = []string{"sync.RWMutex.RLock", "semacquire"}
	inWait    = []string{"sync.WaitGroup.Wait", "semacquire"}
	inCond    = []string{"sync.Cond.Wait"}
	sending   = []string{"chan send"}
	receiving = []string{"chan receive"}
	selecting = []string{"select"}
	polling   = []string{"IO wait"}
	inSyscall = []string{"syscall"}
	sleeping  = []string{"sleep"}
	forever   = []string{"chan receive (nil chan)", "chan send (nil chan)", "select (no cases)"}
)

// start starts a goroutine, and returns its number once it is in one of the
// states.
func (t *truth) start(f func(), words ...string) int64 {
	numbers := make(chan int64)
	go func() {
		numbers <- own()
		numbers = nil
		f()
	}()
	goid := <-numbers
	t.started = append(t.started, goid)
	if len(words) > 0 {
		await(goid, words...)
	}
	return goid
}

// several starts as many.
func (t *truth) several(n int, f func(), words ...string) []int64 {
	var goids []int64
	for i := 0; i < n; i++ {
		goids = append(goids, t.start(f, words...))
	}
	return goids
}

// await returns once a goroutine is in one of the states, and twice in a row.
func await(goid int64, words ...string) {
	same := 0
	for start := time.Now(); time.Since(start) < limit; time.Sleep(time.Millisecond) {
		state := states()[goid]
		is := false
		for _, word := range words {
			is = is || state == word
		}
		if !is {
			same = 0
			continue
		}
		if same++; same == 2 {
			return
		}
	}
	fail(fmt.Errorf("goroutine %d is in %q, and not in %q", goid, states()[goid], words))
}

// states of all goroutines in the runtime's words, without times.
func states() map[int64]string {
	text, _ := oracle.Stack(nil)
	found := map[int64]string{}
	for _, block := range bytes.Split(text, []byte("\n\n")) {
		head := string(block)
		if i := strings.IndexByte(head, '\n'); i >= 0 {
			head = head[:i]
		}
		open, shut := strings.IndexByte(head, '['), strings.LastIndexByte(head, ']')
		if !strings.HasPrefix(head, "goroutine ") || open < 0 || shut < open {
			continue
		}
		state := head[open+1 : shut]
		if i := strings.IndexByte(state, ','); i >= 0 {
			state = state[:i]
		}
		found[number(head)] = state
	}
	return found
}

// own is the number of the goroutine that calls it.
func own() int64 {
	var b [64]byte
	return number(string(b[:runtime.Stack(b[:], false)]))
}

func number(head string) int64 {
	fields := strings.Fields(head)
	if len(fields) < 2 {
		fail(fmt.Errorf("no goroutine's header: %q", head))
	}
	goid, err := strconv.ParseInt(fields[1], 10, 64)
	fail(err)
	return goid
}

// channel is the address of a channel.
func channel(c any) unsafe.Pointer {
	return (*[2]unsafe.Pointer)(unsafe.Pointer(&c))[1]
}

// kept is what must not be closed by a finalizer.
var kept []any

func keep(things ...any) { kept = append(kept, things...) }

// silence is the end of a pipe from which nothing will come.
func silence() *os.File {
	r, w, err := os.Pipe()
	fail(err)
	keep(r, w)
	return r
}

// descriptor is the number of a file, which stays in the poller's care, as
// with File.Fd it would not.
func descriptor(f syscall.Conn) uintptr {
	conn, err := f.SyscallConn()
	fail(err)
	var number uintptr
	fail(conn.Control(func(fd uintptr) { number = fd }))
	return number
}
