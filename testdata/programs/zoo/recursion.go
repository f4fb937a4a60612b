package main

import "sync"

// Deep stacks: the elision at 100 frames (and its different counting before
// Go 1.21), with plain, inlined, mutual, closure and interface recursion;
// hidden wrapper frames count differently from printed ones.

var depths = []int{1, 48, 49, 50, 51, 95, 96, 97, 98, 99, 100, 101, 102, 103, 150, 1000}

func launchRecursion() {
	var mu sync.Mutex
	mu.Lock()
	for _, n := range depths {
		go deepRecv(n)
		go deepLock(n, &mu)
		go deepInlined(n)
		go deepMutualA(n, "x")
		go deepInterface(deepWrapped{deepLeaf(1)}, n)
		n := n
		go func() {
			var f func(int) int
			f = func(i int) int {
				if i == 0 {
					<-forever
				}
				return f(i-1) + n
			}
			f(n)
		}()
	}
	go deepMixed(40, &mu)
	go deepMixed(700, &mu)
	go deepPanics(30)
	go deepDefers(60)
	keep = append(keep, &mu)
}

//go:noinline
func deepRecv(n int) int {
	if n == 0 {
		<-forever
		return 0
	}
	return deepRecv(n-1) + 1
}

//go:noinline
func deepLock(n int, mu *sync.Mutex) {
	if n == 0 {
		mu.Lock()
		return
	}
	deepLock(n-1, mu)
	sinkInt++
}

// deepInlined has three logical frames for each physical one.
//
//go:noinline
func deepInlined(n int) {
	if n <= 0 {
		<-forever
	}
	inlinedB(n)
	sinkInt++
}

func inlinedB(n int) {
	inlinedC(n - 1)
	sinkInt++
}

func inlinedC(n int) {
	deepInlined(n - 2)
	sinkInt++
}

func deepMutualA(n int, s string) int {
	if n <= 0 {
		<-forever
	}
	return deepMutualB(n-1, s, [2]bool{true, false}) + 1
}

func deepMutualB(n int, s string, b [2]bool) int {
	if n <= 0 {
		<-forever
	}
	return deepMutualC(float64(n-1)) + len(s)
}

func deepMutualC(f float64) int {
	return deepMutualA(int(f), "from C") * 2
}

type recurser interface{ recurse(r recurser, n int) int }

type deepLeaf int

//go:noinline
func (d deepLeaf) recurse(r recurser, n int) int {
	if n == 0 {
		<-forever
	}
	return r.recurse(r, n-1) + int(d)
}

// deepWrapped reaches deepLeaf's method through a generated wrapper.
type deepWrapped struct{ recurser }

func deepInterface(r deepWrapped, n int) { r.recurse(&r, n) }

// deepMixed alternates big and small frames and kinds of calls.
func deepMixed(n int, mu *sync.Mutex) (r int) {
	var pad [37]int
	pad[n%37] = n
	switch {
	case n == 0:
		mu.Lock()
	case n%3 == 0:
		r = deepMixed(n-1, mu)
	case n%3 == 1:
		func() {
			defer func() { r++ }()
			r = deepMixed(n-1, mu)
		}()
	default:
		var f interface {
			mixed(int, *sync.Mutex) int
		} = &mixer{pad}
		r = f.mixed(n-1, mu)
	}
	return r + pad[n%37]
}

type mixer struct{ pad [37]int }

func (m mixer) mixed(n int, mu *sync.Mutex) int { return deepMixed(n, mu) + m.pad[0] }

// deepPanics nests panics, each raised while the last one runs its deferred
// calls.
func deepPanics(n int) {
	defer func() {
		if n == 0 {
			<-forever
		}
		deepPanics(n - 1)
	}()
	panic(n)
}

func deepDefers(n int) {
	if n == 0 {
		<-forever
	}
	defer deepDefers(n - 1)
}
