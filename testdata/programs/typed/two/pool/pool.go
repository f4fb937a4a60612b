// Package pool has a type that another package of this name has, too.
package pool

import "runtime"

// Pool is the other one.
type Pool struct {
	name string
	gate chan string
	mark uint16
}

// New makes one that is known by its mark.
func New(mark uint16) *Pool { return &Pool{name: "two", gate: make(chan string), mark: mark} }

// Wait parks for good, and keeps its receiver.
//
//go:noinline
func (p *Pool) Wait() {
	p.gate <- p.name
	runtime.KeepAlive(p)
}
