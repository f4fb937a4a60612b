package main

// deep parks goroutines below frames of every shape.
func deep() {
	go descend(150, "down")
	go evenOdd(122)
	go pair[string, int]{"key", 1}.wait(2)
	go both(1.5, []int{1, 2, 3})
	go inlined(3)
	go func(n int) {
		func() { receiveIn(n, closure(n)) }()
	}(4)
	go caller(&outer{inner{5}})
	go outer{inner{6}}.values(point{1, 2}, "text", true, -7, 2.5, nil)
	go deferred(7)
	go panicking(8)
	go recovered(9)
	go twice(10)
	go creator(3)
}

//go:noinline
func descend(n int, way string) int {
	if n == 0 {
		return <-forever
	}
	return descend(n-1, way) + 1
}

//go:noinline
func evenOdd(n int) int {
	if n == 0 {
		return <-forever
	}
	return oddEven(n-1) + 1
}

func oddEven(n int) int { return evenOdd(n-1) + 1 }

type pair[K comparable, V any] struct {
	key   K
	value V
}

//go:noinline
func (p pair[K, V]) wait(n int) V {
	return waitWith(p.value, n)
}

//go:noinline
func waitWith[T any](value T, n int) T {
	func() { <-forever }()
	return value
}

//go:noinline
func both[T float32 | float64, S ~[]E, E any](number T, list S) (T, int) {
	return number, len(list) + <-forever
}

func inlined(n int) int  { return inlined1(n) + 1 }
func inlined1(n int) int { return inlined2(n+1) + 1 }
func inlined2(n int) int { return <-forever + n }

func closure(n int) func() int {
	return func() int { return <-forever + n }
}

//go:noinline
func receiveIn(n int, from func() int) int { return from() + n }

type waiter interface{ wait(n int) int }

type inner struct{ n int }

//go:noinline
func (i inner) wait(n int) int { return i.n + n + <-forever }

type outer struct{ inner }

type point struct{ x, y int32 }

//go:noinline
func caller(w waiter) int { return w.wait(11) + 1 }

//go:noinline
func (o outer) values(at point, text string, yes bool, small int8, real float64, w waiter) int {
	return o.n + int(at.x) + len(text) + int(small) + int(real) + <-forever
}

func deferred(n int) {
	defer receive(n)
}

func panicking(n int) {
	defer func() { receive(n) }()
	fail(n)
}

//go:noinline
func fail(n int) { panic(n) }

func recovered(n int) {
	caught(n)
	receive(n)
}

func caught(n int) {
	defer func() { recover() }()
	fail(n)
}

// twice panics while it panics.
func twice(n int) {
	defer func() {
		defer func() {
			recover()
			receive(n)
		}()
		fail(n + 1)
	}()
	fail(n)
}

func creator(n int) {
	if n == 0 {
		receive(n)
	}
	go func() { creator(n - 1) }()
	receive(n)
}
