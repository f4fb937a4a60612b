package main

import "sync"

// Inlining: logical frames "f(...)" from the inline tree, for functions,
// methods and closures, several levels, inlined at the call that parks, and
// with the same function inlined twice in one frame.

func launchInlining() {
	go inlineTop(4)
	go inlineTwice(3)
	go inlineMethods(&counter{n: 5})
	go inlineClosure(6)
	go inlineDeferred()
	go inlineLock(&counter{})
	go inlineGenericTop()
	go inlineValueReceiver(point{1, 2})
	go inlineInLoop([]int{1, 2, 3})
	go inlineMultiline(1, 2)
	go func() { inline1(7) }()
}

//go:noinline
func inlineTop(n int) int {
	return inline1(n) + 1
}

func inline1(n int) int { return inline2(n+1) + 1 }
func inline2(n int) int { return inline3(n+1) + 1 }
func inline3(n int) int { return inline4(n+1) + 1 }
func inline4(n int) int {
	<-forever
	return n
}

//go:noinline
func inlineTwice(n int) int {
	if n > 100 {
		return inline3(n)
	}
	r := inline4Not(n)
	return r + inline3(n+2)
}

func inline4Not(n int) int { return n * 3 }

type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) add(n int) int {
	c.n += n
	return c.wait().n
}

func (c *counter) wait() *counter {
	<-forever
	return c
}

//go:noinline
func inlineMethods(c *counter) { sinkInt = c.add(2) }

//go:noinline
func inlineClosure(n int) {
	f := func(m int) {
		<-forever
		sinkInt += m + n
	}
	f(n)
}

//go:noinline
func inlineDeferred() {
	defer inline2(1)
	argsTouch(new(int), &point{})
}

// sync.(*Mutex).Lock is itself inlined here.
//
//go:noinline
func inlineLock(c *counter) {
	c.mu.Lock()
	c.lockAgain()
}

func (c *counter) lockAgain() {
	c.mu.Lock()
	defer c.mu.Unlock()
}

func inlineGenericTop() { sinkInt = inlineGeneric(3) }

func inlineGeneric[T any](v T) T { return inlineGeneric2(v) }

func inlineGeneric2[T any](v T) T {
	<-forever
	return v
}

type point struct{ x, y int }

func (p point) sum() int {
	<-forever
	return p.x + p.y
}

//go:noinline
func inlineValueReceiver(p point) { sinkInt = p.sum() }

func inlineInLoop(s []int) {
	for i, v := range s {
		if i == 1 {
			sinkInt = inline3(v)
		}
	}
}

//go:noinline
func inlineMultiline(
	a int,
	b int,
) int {
	return inline4Not(a) +
		inline4Not(
			inline3(b)+
				1)
}
