//go:build go1.23

package main

import "iter"

func init() { incidents["coroutine"] = coroutine }

// coroutine: it waits for the next call of next, which nobody makes.
func coroutine(t *truth) {
	var goid int64
	next, stop := iter.Pull(func(yield func(int) bool) {
		goid = own()
		for i := 0; yield(i); i++ {
		}
	})
	keep(next, stop)
	next()
	await(goid, "coroutine")
	t.at("coroutine", nil, "wait", goid)
}
