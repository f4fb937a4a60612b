//go:build cgo

// Command cgo parks goroutines in C, in callbacks from C, and in both
// nestings of the two; and has threads that C created.
package main

/*
#cgo LDFLAGS: -lpthread
#include <stdint.h>
void c_pause(void);
int c_read(int fd);
void c_call(uintptr_t h);
void c_call_deep(uintptr_t h, int n);
int c_thread(uintptr_t h, int join);
typedef struct { int a; double b; char c[24]; } c_args;
int c_struct(c_args a, const char *s);
*/
import "C"

import (
	"os"
	"runtime"
	"runtime/cgo"
	"sync"

	"gopeek.test/programs/internal/oracle"
)

var forever = make(chan struct{})

func main() {
	r, w, err := os.Pipe()
	if err != nil {
		println("cgo:", err.Error())
		os.Exit(4)
	}
	fd := C.int(r.Fd()) // also makes it blocking

	// In C.
	go C.c_pause()
	go func() { C.c_read(fd) }()
	go inC(3, "three")
	go func() {
		C.c_struct(C.c_args{a: 1, b: 2}, C.CString("string"))
	}()
	go func() {
		runtime.LockOSThread()
		C.c_pause()
	}()
	go func() {
		defer func() { C.c_pause() }()
		panic("in C while panicking")
	}()
	go deepInC(110)

	// Go, C, Go.
	go call(func() { <-forever })
	go call(func() { select {} })
	go func() {
		var mu sync.Mutex
		mu.Lock()
		call(mu.Lock)
	}()
	go func() {
		runtime.LockOSThread()
		call(func() { <-forever })
	}()
	go call(func() { panicking() })
	go call(func() { deepInGo(60) })
	go func() {
		h := cgo.NewHandle(func() { <-forever })
		C.c_call_deep(C.uintptr_t(h), 30)
	}()

	// Go, C, Go, C, and Go again.
	go call(func() { C.c_pause() })
	go call(func() { call(func() { <-forever }) })
	go call(func() {
		defer call(func() { C.c_pause() })
		call(func() {})
	})

	// A goroutine that was in C and in Go and is out again.
	go func() {
		call(func() { call(func() {}) })
		<-forever
	}()

	// Threads of C: parked in Go, in C below Go, done with Go but alive, and
	// done altogether.
	oracle.Expect(4)
	thread(func() { oracle.Here(); <-forever }, false)
	thread(func() { oracle.Here(); C.c_pause() }, false)
	thread(func() { oracle.Here(); call(func() { select {} }) }, false)
	thread(func() { oracle.Here() }, false)
	thread(func() {}, true)
	thread(func() { go func() { <-forever }() }, true)

	oracle.Run()
	runtime.KeepAlive(w)
}

//go:noinline
func inC(n int, s string) int {
	C.c_pause()
	return n + len(s)
}

func deepInC(n int) {
	if n == 0 {
		C.c_pause()
	}
	deepInC(n - 1)
	runtime.KeepAlive(n)
}

func deepInGo(n int) {
	if n == 0 {
		<-forever
	}
	if n%7 == 0 {
		call(func() { deepInGo(n - 1) })
	} else {
		deepInGo(n - 1)
	}
	runtime.KeepAlive(n)
}

func panicking() {
	defer func() { <-forever }()
	panic("in a callback")
}

// call calls f from C.
//
//go:noinline
func call(f func()) {
	h := cgo.NewHandle(f)
	defer h.Delete()
	C.c_call(C.uintptr_t(h))
}

// thread calls f from a new thread of C's, and waits for its end if join.
func thread(f func(), join bool) {
	j := C.int(0)
	if join {
		j = 1
	}
	if C.c_thread(C.uintptr_t(cgo.NewHandle(f)), j) != 0 {
		println("cgo: pthread_create failed")
		os.Exit(4)
	}
}

//export goCallback
func goCallback(h C.uintptr_t) {
	cgo.Handle(h).Value().(func())()
}
