// Package dash lives in a directory whose name is not its own.
package dash

// Park receives from c.
//
//go:noinline
func Park(c chan int) int { return <-c }
