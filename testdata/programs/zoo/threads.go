package main

import "runtime"

// Goroutines wired to threads: ", locked to thread" in the header, parked and
// in a system call; and one that was wired no longer.

func launchThreads() {
	go func() {
		runtime.LockOSThread()
		<-forever
	}()
	go func() {
		runtime.LockOSThread()
		sleepSyscall()
	}()
	go func() {
		runtime.LockOSThread()
		runtime.LockOSThread()
		runtime.UnlockOSThread()
		select {}
	}()
	go func() {
		runtime.LockOSThread()
		runtime.UnlockOSThread()
		<-forever
	}()
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		c := make(chan int)
		go func() {
			// A child of a wired goroutine is not wired itself.
			c <- 1
			<-forever
		}()
		<-c
		futexWait()
	}()
}
