package main

import (
	"os"
	"runtime/debug"
	"syscall"

	"gopeek.test/programs/internal/oracle"
)

// die parks a few goroutines, and has another one end the process, which
// leaves a core.
func die(by func(*order)) {
	unlimited := syscall.Rlimit{}
	err := syscall.Getrlimit(syscall.RLIMIT_CORE, &unlimited)
	unlimited.Cur = unlimited.Max
	if err == nil {
		err = syscall.Setrlimit(syscall.RLIMIT_CORE, &unlimited)
	}
	if err != nil {
		println("shelf:", err.Error())
		os.Exit(4)
	}
	debug.SetTraceback("crash")
	for n := 1; n <= 3; n++ {
		go receive(n)
	}
	go chooseNothing()
	oracle.Quiet()
	go handle(by, &order{number: 17})
	<-forever
}

type order struct {
	number int
	lines  *lines
}

type lines struct{ first string }

// lostOrder is an error with parts.
type lostOrder struct {
	order *order
	why   string
}

func (l *lostOrder) Error() string { return "order lost: " + l.why }

//go:noinline
func handle(by func(*order), o *order) {
	defer func() { o.number = 0 }()
	by(o)
}

// crash panics with an error of its own.
func crash(o *order) { store(o, "eu-west") }

//go:noinline
func store(o *order, region string) {
	panic(&lostOrder{order: o, why: "no shelf in " + region})
}

// fault reads through a nil pointer.
func fault(o *order) { println(first(o.lines)) }

//go:noinline
func first(l *lines) string { return l.first }
