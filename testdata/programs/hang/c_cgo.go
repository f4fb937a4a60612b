//go:build cgo

package main

// #include <unistd.h>
import "C"

func init() {
	incidents["cgo_stuck"] = cgoStuck
	incidents["cgo_calm"] = cgoCalm
}

// cgoCalm: many in C as well, each for a moment.
func cgoCalm(t *truth) {
	t.Running = t.several(12, func() {
		for {
			C.usleep(1000)
		}
	})
	t.Moving = true
}

// cgoStuck: goroutines in C, from where they do not come back.
func cgoStuck(t *truth) {
	t.C = t.several(12, func() { C.pause() }, inSyscall...)
	t.stuck(t.C...)
}
