// Package tilde lives in a directory with unusual characters.
package tilde

// Park receives from c.
//
//go:noinline
func Park(c chan int) int { return <-c }
