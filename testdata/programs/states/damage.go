package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"

	"gopeek.test/programs/internal/oracle"
)

// The goroutines that are damaged: one that waits, and one in a system call
// on a thread of its own.
var doomed, doomedInRead uint64

// parkDoomed starts them. They never run again, so the runtime has no reason
// to look at what is damaged: there is no collection, no new thread, no dump.
func parkDoomed() {
	var pipe [2]int
	fail(syscall.Pipe(pipe[:]))
	oracle.Expect(2)
	go func() {
		atomic.StoreUint64(&doomed, ownID())
		oracle.Here()
		select {}
	}()
	go func() {
		runtime.LockOSThread()
		atomic.StoreUint64(&doomedInRead, ownID())
		oracle.Here()
		syscall.Read(pipe[0], make([]byte, 1))
	}()
}

func ownHeader() string {
	text := make([]byte, 64)
	return string(text[:runtime.Stack(text, false)])
}

const (
	nowhere = 0xdead_beef_000
	// In the half of the addresses that is the kernel's.
	kernels = 0xffff_8000_0000_1000
	huge    = 1 << 40
)

// records are where false ones lie: memory that Go does not know of, so that
// it may hold anything.
func records() uintptr {
	memory, err := syscall.Mmap(-1, 0, 1<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	fail(err)
	return uintptr(unsafe.Pointer(&memory[0]))
}

// closed is memory that is there, but can't be read.
func closed() uintptr {
	memory, err := syscall.Mmap(-1, 0, 1<<20, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	fail(err)
	return uintptr(unsafe.Pointer(&memory[0]))
}

// damage does what -what says, and says which goroutines it did it to.
func damage() any {
	it := look()
	doomed, inRead := atomic.LoadUint64(&doomed), atomic.LoadUint64(&doomedInRead)
	victim := victim{it, it.gOf(doomed), it.gOf(inRead)}
	do, known := damages[*what]
	if !known {
		fail(fmt.Errorf("no damage %s", *what))
	}
	do(victim)
	return []uint64{doomed, inRead}
}

// victim is what is damaged: the records of the two goroutines.
type victim struct {
	*inside
	waits, reads uintptr
}

// g writes a word of the record of the goroutine that waits.
func (v victim) g(path string, value uintptr) { put(v.waits+v.field("runtime.g", path), value) }

// m writes a word of the record of the thread that the other one is on.
func (v victim) m(path string, value uintptr) {
	m := word(v.reads + v.field("runtime.g", "m"))
	put(m+v.field("runtime.m", path), value)
}

// entry is where allgs names the goroutine that waits.
func (v victim) entry() uintptr {
	gs := v.gs()
	for i := range gs {
		if gs[i] == v.waits {
			return uintptr(unsafe.Pointer(&gs[i]))
		}
	}
	panic("not among all")
}

// loop makes a record of a type that is its own successor.
func (v victim) loop(of, link string) uintptr {
	record := records()
	put(record+v.field(of, link), record)
	return record
}
