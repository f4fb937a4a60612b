// Command small is a small binary: ten parked goroutines, and little of the
// standard library.
package main

import "gopeek.test/programs/internal/oracle"

func main() {
	c := make(chan int)
	for i := 0; i < 10; i++ {
		go wait(c, i)
	}
	oracle.Run()
}

//go:noinline
func wait(c chan int, n int) int { return <-c + n }
