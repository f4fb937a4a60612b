package main

import (
	"strings"

	"gopeek.test/programs/internal/oracle"
)

// Go statements and deferred calls: "gowrap" and "deferwrap" wrappers,
// "created by" lines of every kind of creator, goroutines whose parents are
// gone, and goroutines started by init functions.

func init() {
	go func() { <-forever }()
	go fromInit("first init", 1)
}

// A second init function of one package has a name of its own.
func init() {
	go fromInit("second init", 2)
}

// started is initialised by a function literal that starts a goroutine.
var started = func() bool {
	go func() {
		func() { <-forever }()
	}()
	return true
}()

//go:noinline
func fromInit(s string, n int) int {
	<-forever
	return len(s) + n
}

func launchGoStatements() {
	go fromInit("args", 3)
	go func(a, b int) {
		<-forever
		sinkInt = a + b
	}(1, 2)
	v := valueRecv{7, "seven"}
	go v.wait(1)
	go (&v).wait(2)
	var w waitable = &pointerRecv{}
	go w.wait(3)
	go embedsDeep{embedsInterface{"x", v}}.wait(4)
	f := fromInit
	go f("func value", 5)
	funcs := map[string]func(string, int) int{"a": fromInit}
	go funcs["a"]("from a map", 6)
	go genericWait(point{1, 2})
	for i := 0; i < 3; i++ {
		go loopBody(i)
	}
	s := []int{1, 2, 3}
	go argsVariadic("slice", []interface{}{s, v}...)

	// Creators that are closures, methods, inlined functions and generics.
	func() { go argsNone() }()
	creator{}.start()
	(&creator{1}).startPointer()
	startInlined()
	startGeneric([]string{"x"})
	defer func() { go argsNone() }()

	// Chains of goroutines whose parents have ended.
	oracle.Expect(2)
	go func() {
		go func() {
			go func() {
				oracle.Here()
				<-forever
			}()
		}()
	}()
	go generations(7)

	// Deferred calls that park, in a loop (on the heap), open-coded, with
	// arguments, of methods and of closures.
	go deferLoop(5)
	go deferOpen(1, "open")
	go deferMethod(v, w)
	go deferRecursive(3)
	go deferBuiltin()
	go func() {
		defer fromInit("deferred", 8)
	}()
	go func() {
		defer strings.Map(func(r rune) rune { <-forever; return r }, "deferred closure in std")
	}()
}

//go:noinline
func loopBody(i int) {
	<-forever
	sinkInt = i
}

type creator struct{ n int }

func (c creator) start()         { go c.run("value") }
func (c *creator) startPointer() { go c.run("pointer") }

//go:noinline
func (c creator) run(s string) {
	<-forever
	sinkString = s
}

func startInlined() { go argsNone() }

func startGeneric[T any](v T) {
	go genericWait(v)
	go func() {
		<-forever
		sinkAny = v
	}()
}

func generations(n int) {
	if n == 0 {
		oracle.Here()
		<-forever
	}
	go generations(n - 1)
}

func deferLoop(n int) {
	for i := 0; i < n; i++ {
		defer fromInit("loop", i)
	}
}

//go:noinline
func deferOpen(n int, s string) (r int) {
	defer func() { r = fromInit(s, n) }()
	if n > 0 {
		defer func() { r++ }()
	}
	return n
}

func deferMethod(v valueRecv, w waitable) {
	defer v.wait(1)
	defer w.wait(2)
	defer embedsInterface{"pad", v}.wait(3)
}

func deferRecursive(n int) {
	defer func() {
		if n > 0 {
			deferRecursive(n - 1)
		}
		<-forever
	}()
}

func deferBuiltin() {
	m := map[string]int{"a": 1}
	defer func() { <-forever }()
	defer delete(m, "a")
	defer recover()
}
