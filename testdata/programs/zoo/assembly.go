//go:build amd64 || arm64

package main

// Assembly functions that call Go: frames without a liveness map and with the
// argument map of their Go declaration; the compiler adds a wrapper of the
// same name between Go and assembly.

// callGo calls f from a frame with locals.
func callGo(f func())

// callGoArgs calls f from a big frame, and has more arguments.
func callGoArgs(n int, s string, f func(), b [3]byte) (r int)

// callGoNoFrame calls f from the smallest frame there is.
func callGoNoFrame(f func())

// jumpGo jumps to f, leaving no frame of its own.
func jumpGo(f func())

func launchAssembly() {
	go callGo(func() { <-forever })
	go func() {
		sinkInt = callGoArgs(1, "asm", func() { waitOnce() }, [3]byte{1, 2, 3})
	}()
	go func() {
		n := 3
		callGoNoFrame(func() { fromInit("asm", n) })
	}()
	go func() {
		jumpGo(park)
		sinkInt++
	}()
	go func() {
		callGo(func() { callGoNoFrame(func() { callGo(panicExplicit) }) })
	}()
	go func() {
		callGo(func() { deepRecv(70) })
	}()
}
