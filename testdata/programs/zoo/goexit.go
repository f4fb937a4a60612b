package main

import "runtime"

// runtime.Goexit with deferred calls that park, alone and mixed with panics.

func launchGoexit() {
	go func() {
		defer park()
		runtime.Goexit()
	}()
	go func() {
		defer park()
		goexitBelow(5)
	}()
	go func() {
		defer park()
		defer func() { panic("during Goexit") }()
		runtime.Goexit()
	}()
	go func() {
		defer func() { <-forever }()
		defer func() { recover() }()
		defer func() { panic("during Goexit, recovered") }()
		runtime.Goexit()
	}()
	go func() {
		defer park()
		defer runtime.Goexit()
		panic("aborted by Goexit")
	}()
	go func() {
		defer park()
		defer runtime.Goexit()
		runtime.Goexit()
	}()
	go func() {
		for i := 0; i < 3; i++ {
			defer fromInit("goexit", i)
		}
		runtime.Goexit()
	}()
}

func goexitBelow(n int) {
	defer func() { argsTouch(&n, &point{}) }()
	if n == 0 {
		runtime.Goexit()
	}
	goexitBelow(n - 1)
}
