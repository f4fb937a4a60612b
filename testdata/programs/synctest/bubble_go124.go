//go:build go1.24 && !go1.25 && goexperiment.synctest

package main

import "testing/synctest"

// bubbles runs each function in a bubble.
func bubbles(fs ...func()) {
	for _, f := range fs {
		go synctest.Run(f)
	}
}
