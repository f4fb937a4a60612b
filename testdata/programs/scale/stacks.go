package main

func init() {
	modes["goroutines"] = func(n int) { start(n, func(int) { <-never }) }
	modes["deep"] = func(n int) {
		arriving.Add(1)
		go deep(n, never)
	}
	modes["distinct"] = func(n int) {
		arriving.Add(n)
		for i := 0; i < n; i++ {
			go left(i, 20)
		}
	}
	modes["recursion"] = func(n int) {
		arriving.Add(1 + n)
		go parallel(n)
	}
}

// deep is one goroutine as many calls deep as there are.
//
//go:noinline
func deep(n int, at chan int) int {
	if n == 0 {
		arriving.Done()
		return <-at
	}
	return deep(n-1, at) + 1
}

// left and right call each other as bits say, so that each number has a stack
// of its own.
//
//go:noinline
func left(bits, calls int) int {
	if calls == 0 {
		arriving.Done()
		return <-never
	}
	if bits&1 == 0 {
		return right(bits>>1, calls-1) + 1
	}
	return left(bits>>1, calls-1) + 2
}

//go:noinline
func right(bits, calls int) int {
	if calls == 0 {
		arriving.Done()
		return <-never
	}
	if bits&1 == 0 {
		return right(bits>>1, calls-1) + 3
	}
	return left(bits>>1, calls-1) + 4
}

// parallel is one goroutine n calls deep, each of which has a channel that
// another goroutine waits at.
//
//go:noinline
func parallel(n int) int {
	if n == 0 {
		arriving.Done()
		return <-never
	}
	own := make(chan int)
	go func() {
		arriving.Done()
		<-own
	}()
	sum := parallel(n-1) + 1
	own <- sum
	return sum
}
