//go:build cgo

package main

// #include <unistd.h>
import "C"

func init() { incidents["cgo_stuck"] = cgoStuck }

// cgoStuck: goroutines in C, from where they do not come back.
func cgoStuck(t *truth) {
	t.C = t.several(12, func() { C.pause() }, inSyscall...)
}
