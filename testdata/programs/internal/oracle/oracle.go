// Package oracle records what the Go runtime itself says about the goroutines
// of a test program, so that the text gopeek prints from outside can be
// compared with it byte for byte.
//
// A program launches its goroutines, then calls Run on the goroutine that is
// left out of the comparison (the "caller", always the first block of the
// dump). Run waits until nothing moves any more, writes the dump, says
// "ready", and blocks until its standard input ends.
package oracle

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"
)

const (
	// settleLimit bounds the wait for stability.
	settleLimit = 30 * time.Second
	// settleRounds is how many identical dumps in a row count as stable.
	settleRounds = 5
)

var expected, arrived int64

// Expect announces n calls of Here. Only needed for goroutines that come to
// life through the kernel, a timer or a callback; a plain go statement shows
// up in the dump at once.
func Expect(n int) { atomic.AddInt64(&expected, int64(n)) }

// Here is called by an expected goroutine when it is about to park.
func Here() { atomic.AddInt64(&arrived, 1) }

// Run writes the stable dump, prints "ready", waits for the end of standard
// input and exits with status 0.
func Run() {
	text := Settle()
	publish(text)
	Wait()
}

// Settle polls until the goroutines other than the caller are all parked and
// their text no longer changes, and returns that text, the caller's block
// included. It exits with status 3 if that does not happen in time.
func Settle() []byte {
	// No garbage collection from here on: one would shrink stacks (and so
	// change pointer arguments) and set the wait times in the headers.
	// This also waits for a collection under way to end.
	debug.SetGCPercent(-1)

	var buf, prev []byte
	same := 0
	start := time.Now()
	for {
		var text []byte
		text, buf = Stack(buf)
		rest := Others(text)
		switch {
		case atomic.LoadInt64(&arrived) < atomic.LoadInt64(&expected), Active(rest) > 0:
			same = 0
		case prev != nil && bytes.Equal(prev, rest):
			same++
		default:
			same = 1
		}
		if same >= settleRounds {
			return text
		}
		prev = append(prev[:0], rest...)
		if time.Since(start) > settleLimit {
			println("oracle: not stable: expected", expected, "arrived", arrived, "active", Active(rest))
			os.Stderr.Write(rest)
			os.Exit(3)
		}
		time.Sleep(time.Millisecond)
	}
}

// Stack returns the text of runtime.Stack for all goroutines. It reuses buf
// and doubles it until the text fits, and returns it for the next call.
func Stack(buf []byte) (text, grown []byte) {
	if len(buf) == 0 {
		buf = make([]byte, 256<<10)
	}
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			return buf[:n], buf
		}
		buf = make([]byte, 2*len(buf))
	}
}

// Others returns text without its first block, the caller's.
func Others(text []byte) []byte {
	if i := bytes.Index(text, []byte("\n\n")); i >= 0 {
		return text[i+2:]
	}
	return nil
}

// Active counts the blocks of text whose goroutine is running or runnable.
func Active(text []byte) int {
	n := 0
	for len(text) > 0 {
		line := text
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			line, text = text[:i], text[i+1:]
		} else {
			text = nil
		}
		if !bytes.HasPrefix(line, []byte("goroutine ")) {
			continue
		}
		if i := bytes.IndexByte(line, '['); i >= 0 && bytes.HasPrefix(line[i+1:], []byte("runn")) {
			n++
		}
	}
	return n
}

// publish writes text to the file named by GOPEEK_ORACLE (so that it is
// either absent or whole), or to standard output without it.
func publish(text []byte) {
	name := os.Getenv("GOPEEK_ORACLE")
	if name == "" {
		os.Stdout.Write(text)
		return
	}
	tmp := name + ".tmp"
	err := os.WriteFile(tmp, text, 0o666)
	if err == nil {
		err = os.Rename(tmp, name)
	}
	if err != nil {
		println("oracle:", err.Error())
		os.Exit(3)
	}
}

// Wait says "ready", blocks until standard input ends and exits. It starts no
// goroutine and sets no timer.
func Wait() {
	os.Stdout.WriteString("ready\n")
	var b [64]byte
	for {
		if _, err := os.Stdin.Read(b[:]); err != nil {
			os.Exit(0)
		}
	}
}

// Quiet returns once no goroutine but the caller is running or runnable: for
// set-ups that need what they launched to be parked before they go on.
func Quiet() {
	var buf []byte
	for start := time.Now(); time.Since(start) < settleLimit; time.Sleep(time.Millisecond) {
		var text []byte
		if text, buf = Stack(buf); Active(Others(text)) == 0 {
			return
		}
	}
}
