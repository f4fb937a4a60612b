package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// limit bounds the wait for the goroutines to come where they stay.
const limit = 60 * time.Second

// goroutine is one of the program's own stacks.
type goroutine struct {
	// The runtime's word for its state, without times.
	state string
	// Functions of the program's own code, innermost first.
	own []string
}

// stack is what the runtime prints of all goroutines.
func stack() []byte {
	for size := 1 << 20; ; size *= 2 {
		text := make([]byte, size)
		if n := runtime.Stack(text, true); n < size {
			return text[:n]
		}
	}
}

// goroutines are all goroutines by their numbers.
func goroutines() map[int64]goroutine {
	found := map[int64]goroutine{}
	for _, block := range bytes.Split(stack(), []byte("\n\n")) {
		lines := strings.Split(string(block), "\n")
		head := lines[0]
		open, shut := strings.IndexByte(head, '['), strings.IndexAny(head, "],")
		if open < 0 || shut < open {
			continue
		}
		g := goroutine{state: head[open+1 : shut]}
		for _, line := range lines[1:] {
			if strings.HasPrefix(line, "created by ") {
				break
			}
			if strings.HasPrefix(line, "main.") || strings.HasPrefix(line, "outages.test/") {
				g.own = append(g.own, function(line))
			}
		}
		found[number(head)] = g
	}
	return found
}

// function is the name in a line of a stack, without the arguments.
func function(line string) string {
	return line[:strings.LastIndexByte(line, '(')]
}

// stuckIn are the blocked goroutines whose innermost own function is one of
// those named.
func stuckIn(all map[int64]goroutine, places []string) []int64 {
	var found []int64
	for goid, g := range all {
		if len(g.own) == 0 || g.state == "running" || g.state == "runnable" {
			continue
		}
		for _, place := range places {
			if g.own[0] == place {
				found = append(found, goid)
			}
		}
	}
	return found
}

// await returns the goroutines that are blocked in the functions named, once
// there are as many, and the same twice in a row.
func await(count int, places ...string) []int64 {
	same := 0
	for start := time.Now(); time.Since(start) < limit; time.Sleep(10 * time.Millisecond) {
		is := stuckIn(goroutines(), places)
		if len(is) < count {
			same = 0
			continue
		}
		if same++; same == 3 {
			return is
		}
	}
	os.Stderr.Write(stack())
	fail(fmt.Errorf("there are no %d goroutines in %v", count, places))
	return nil
}

// until waits for a condition.
func until(what string, is func() bool) {
	for start := time.Now(); time.Since(start) < limit; time.Sleep(5 * time.Millisecond) {
		if is() {
			return
		}
	}
	fail(fmt.Errorf("in vain: %s", what))
}

// self is the number of the goroutine that calls it.
func self() int64 {
	var text [64]byte
	return number(string(text[:runtime.Stack(text[:], false)]))
}

func number(head string) int64 {
	fields := strings.Fields(head)
	if len(fields) < 2 {
		fail(fmt.Errorf("no header of a goroutine: %q", head))
	}
	goid, err := strconv.ParseInt(fields[1], 10, 64)
	fail(err)
	return goid
}

// inFunction are the goroutines that are in a function of the program's own.
func inFunction(name string) map[int64]goroutine {
	found := map[int64]goroutine{}
	for goid, g := range goroutines() {
		for _, own := range g.own {
			if own == name {
				found[goid] = g
			}
		}
	}
	return found
}
