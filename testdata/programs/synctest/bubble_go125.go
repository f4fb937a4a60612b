//go:build go1.25

// A module of go 1.19 gets the timer channels of that time, which bubbles do
// not take.
//go:debug asynctimerchan=0

package main

import (
	"flag"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
)

// bubbles runs each function in a bubble, as tests that never end. A
// testing.T, which synctest wants, exists in tests only: this is what the
// main function that "go test" generates does.
func bubbles(fs ...func()) {
	var tests []testing.InternalTest
	for i, f := range fs {
		tests = append(tests, testing.InternalTest{
			Name: "TestBubble" + strconv.Itoa(i),
			F: func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { f() })
			},
		})
	}
	testing.Init()
	if err := flag.Set("test.parallel", strconv.Itoa(len(fs))); err != nil {
		println("synctest:", err.Error())
		os.Exit(4)
	}
	match := func(pat, str string) (bool, error) { return true, nil }
	go testing.Main(match, tests, nil, nil)
}
