//go:build go1.24 && !go1.25 && goexperiment.synctest

// A module of go 1.19 gets the timer channels of that time, which bubbles do
// not take.
//go:debug asynctimerchan=0

package main

import "testing/synctest"

// bubbles runs each function in a bubble.
func bubbles(fs ...func()) {
	for _, f := range fs {
		go synctest.Run(f)
	}
}
