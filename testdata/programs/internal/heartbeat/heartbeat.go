// Package heartbeat tells for how long a process stood still: a thread that
// Go's scheduler has nothing to do with looks at the clock again and again,
// and keeps the longest gap between two looks.
package heartbeat

import (
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

const (
	// between two looks, in nanoseconds.
	between = 100000
	// sched_setscheduler(2)'s number of the policy "first in, first out".
	schedFIFO = 1
	// clock_gettime(2)'s number of the clock that no one sets.
	clockMonotonic = 1
)

// Nanoseconds of that clock: the longest gap, and the latest look.
var longest, latest, looks int64

// On no stack, since they are for the kernel.
var (
	pause = syscall.Timespec{Nsec: between}
	clock syscall.Timespec
)

// Start starts the thread, and returns once it has looked at the clock.
func Start() {
	Reset()
	go run()
	for Looks() == 0 {
		time.Sleep(time.Millisecond)
	}
}

// run looks at the clock for ever, as if from within one long system call: it
// has no P, so it never waits for one, however busy Go's scheduler is. A
// stop of the world does not stop it either; what holds it up is what holds
// up the process.
func run() {
	runtime.LockOSThread()
	first()
	entersyscall()
	beat()
}

// beat must not split the stack, allocate or call what does, having no P.
//
//go:nosplit
func beat() {
	for {
		syscall.RawSyscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&pause)), 0, 0)
		syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&clock)), 0)
		now := int64(clock.Sec)*1000000000 + int64(clock.Nsec)
		if gap := now - atomic.SwapInt64(&latest, now); gap > atomic.LoadInt64(&longest) {
			atomic.StoreInt64(&longest, gap)
		}
		atomic.AddInt64(&looks, 1)
	}
}

// entersyscall is the runtime's, what syscall.Syscall begins with. The
// runtime lets packages link to it.
//
//go:linkname entersyscall runtime.entersyscall
func entersyscall()

// first has the kernel run this thread before all others, as far as we may,
// so that what other programs do does not count.
func first() {
	priority := int32(1)
	_, _, refused := syscall.RawSyscall(syscall.SYS_SCHED_SETSCHEDULER,
		0, schedFIFO, uintptr(unsafe.Pointer(&priority)))
	if refused != 0 {
		syscall.Setpriority(syscall.PRIO_PROCESS, 0, -20)
	}
}

func now() int64 {
	var clock syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&clock)), 0)
	return clock.Nano()
}

// Reset forgets the longest gap; one that has begun counts from here.
func Reset() {
	atomic.StoreInt64(&latest, now())
	atomic.StoreInt64(&looks, 0)
	atomic.StoreInt64(&longest, 0)
}

// Longest is the longest gap since the last Reset, be it the one that has not
// ended.
func Longest() time.Duration {
	gap := now() - atomic.LoadInt64(&latest)
	if longest := atomic.LoadInt64(&longest); longest > gap {
		gap = longest
	}
	return time.Duration(gap)
}

// Looks is how often it looked since then.
func Looks() int64 { return atomic.LoadInt64(&looks) }
