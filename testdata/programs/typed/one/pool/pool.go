// Package pool has a type that another package of this name has, too.
package pool

import "runtime"

// Pool is one of two.
type Pool struct {
	mark int
	gate chan int
}

// New makes one that is known by its mark.
func New(mark int) *Pool { return &Pool{mark: mark, gate: make(chan int)} }

// Wait parks for good, and keeps its receiver.
//
//go:noinline
func (p *Pool) Wait() {
	p.gate <- p.mark
	runtime.KeepAlive(p)
}
