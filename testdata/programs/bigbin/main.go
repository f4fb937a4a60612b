// Command bigbin is a large binary: ten parked goroutines, and much of the
// standard library. With the packages gen.go generates (in a copy of this program)
// its stripped binary is over 30 MB.
package main

import "gopeek.test/programs/internal/oracle"

// extra is what generated.go adds.
var extra []func(int) int

func main() {
	if len(keep) == 0 {
		panic("nothing kept")
	}
	c := make(chan int)
	for i := 0; i < 10; i++ {
		go wait(c, i)
	}
	oracle.Run()
}

//go:noinline
func wait(c chan int, n int) int {
	n += <-c
	for _, f := range extra {
		n = f(n)
	}
	return n
}
