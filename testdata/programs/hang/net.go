package main

import (
	"context"
	"net"
	"sync"
	"unsafe"
)

func init() {
	incidents["rpc_no_deadline"] = rpcNoDeadline
	incidents["pool"] = pool
	incidents["pool_cond"] = poolCond
}

// pair is a connection within the process, whose second end is silent.
func pair() (*net.TCPConn, *net.TCPConn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	defer l.Close()
	a, err := net.Dial("tcp", l.Addr().String())
	fail(err)
	b, err := l.Accept()
	fail(err)
	keep(a, b)
	return a.(*net.TCPConn), b.(*net.TCPConn)
}

// call waits for the answer to a request that has no deadline.
//
//go:noinline
func call(ctx context.Context, done chan int) int {
	select {
	case n := <-done:
		return n
	case <-ctx.Done():
		return -1
	}
}

// rpcNoDeadline: the peer does not answer, and nobody set a time limit.
func rpcNoDeadline(t *truth) {
	c, _ := pair()
	done := make(chan int)
	reader := t.start(func() {
		n, _ := c.Read(make([]byte, 512))
		done <- n
	}, polling...)
	ctx, cancel := context.WithCancel(context.Background())
	keep(cancel)
	caller := t.start(func() { call(ctx, done) }, selecting...)
	t.file(descriptor(c), "read", reader)
	t.at("channel", channel(done), "").selects("receive", caller)
	t.at("channel", channel(ctx.Done()), "").selects("receive", caller)
	t.stuck(reader)
}

type clients struct {
	name  string
	slots chan struct{}
}

//go:noinline
func (p *clients) send(c net.Conn, text []byte) {
	p.slots <- struct{}{}
	defer func() { <-p.slots }()
	c.Write(text)
}

// fill writes to a connection whose peer does not read, until it is full.
func fill(c *net.TCPConn) {
	raw, err := c.SyscallConn()
	fail(err)
	text := make([]byte, 64<<10)
	fail(raw.Write(func(fd uintptr) bool { return drown(int(fd), text) }))
}

// pool: the connections are in slow writes, and all others wait for one.
func pool(t *truth) {
	p := &clients{slots: make(chan struct{}, 2)}
	o := object{}
	for i := 0; i < 2; i++ {
		c, _ := pair()
		fill(c)
		holder := t.start(func() { p.send(c, make([]byte, 8<<20)) }, polling...)
		t.file(descriptor(c), "write", holder)
		o.Holders = append(o.Holders, holder)
	}
	waiters := t.several(20, func() { p.send(nil, nil) }, sending...)
	t.at("channel", channel(p.slots), "send", waiters...).held(o.Holders...)
	t.stuck(o.Holders...)
}

type limited struct {
	mu   sync.Mutex
	free *sync.Cond
	left int
}

//go:noinline
func (p *limited) take() {
	p.mu.Lock()
	for p.left == 0 {
		p.free.Wait()
	}
	p.left--
	p.mu.Unlock()
}

//go:noinline
func (p *limited) give() {
	p.mu.Lock()
	p.left++
	p.free.Signal()
	p.mu.Unlock()
}

//go:noinline
func (p *limited) query(c net.Conn) {
	p.take()
	defer p.give()
	c.Read(make([]byte, 16))
}

// poolCond: a pool that is a counter under a mutex with a Cond. Nothing in
// memory links the Cond to who has a connection.
func poolCond(t *truth) {
	p := &limited{left: 1}
	p.free = sync.NewCond(&p.mu)
	c, _ := pair()
	holder := t.start(func() { p.query(c) }, polling...)
	waiters := t.several(12, func() { p.query(c) }, inCond...)
	t.file(descriptor(c), "read", holder)
	t.at("cond", unsafe.Pointer(p.free), "wait", waiters...)
	t.stuck(holder)
}
