package main

import (
	"syscall"
	"time"
	"unsafe"
)

// damages are what -what may name.
var damages = map[string]func(victim){
	"allgs-length": func(v victim) {
		put(v.symbol("runtime.allgs")+8, huge)
		put(v.symbol("runtime.allgs")+16, huge)
		put(v.symbol("runtime.allglen"), huge)
	},
	"allgs-nowhere": func(v victim) { put(v.symbol("runtime.allgs"), nowhere) },
	"g-nowhere":     func(v victim) { put(v.entry(), nowhere) },
	"g-kernels":     func(v victim) { put(v.entry(), kernels) },
	"g-closed":      func(v victim) { put(v.entry(), closed()) },
	"g-withheld":    func(v victim) { put(v.entry(), withheld()) },
	"g-zeros":       func(v victim) { put(v.entry(), records()) },
	"g-crooked":     func(v victim) { put(v.entry(), v.waits+3) },
	"g-twice":       func(v victim) { put(v.entry(), v.reads) },
	"g-status":      func(v victim) { v.g("atomicstatus", 0x77) },
	"g-goid":        func(v victim) { v.g("goid", ^uintptr(0)) },
	"g-m":           func(v victim) { v.g("m", nowhere) },
	"g-startpc":     func(v victim) { v.g("startpc", nowhere); v.g("gopc", kernels) },

	"stack-endless": func(v victim) { v.g("stack.lo", 0x1000); v.g("stack.hi", 1<<46) },
	"stack-upside":  func(v victim) { v.g("stack.lo", 1<<46); v.g("stack.hi", 0x1000) },
	"stack-nowhere": func(v victim) {
		v.g("stack.lo", nowhere)
		v.g("stack.hi", nowhere+0x8000)
		v.g("sched.sp", nowhere+0x7000)
	},
	"stack-closed": func(v victim) {
		stack := closed()
		v.g("stack.lo", stack)
		v.g("stack.hi", stack+0x8000)
		v.g("sched.sp", stack+0x7000)
	},
	// A return address that leads back to itself, as far as the stack goes.
	"stack-again": func(v victim) {
		sp := word(v.waits + v.field("runtime.g", "sched.sp"))
		hi := word(v.waits + v.field("runtime.g", "stack.hi"))
		pc := word(v.waits + v.field("runtime.g", "sched.pc"))
		for at := sp; at < hi; at += 8 {
			put(at, pc)
		}
	},
	"sp-zero":    func(v victim) { v.g("sched.sp", 0) },
	"sp-outside": func(v victim) { v.g("sched.sp", word(v.reads+v.field("runtime.g", "sched.sp"))) },
	"sp-crooked": func(v victim) { v.g("sched.sp", word(v.waits+v.field("runtime.g", "sched.sp"))+3) },
	"pc-nowhere": func(v victim) { v.g("sched.pc", nowhere) },

	"labels-nowhere": func(v victim) { v.g("labels", nowhere) },
	"labels-cycle":   func(v victim) { v.g("labels", ownSlice()) },
	"ancestors":      func(v victim) { v.g("ancestors", ownSlice()) },
	"defer-nowhere":  func(v victim) { v.g("_defer", nowhere) },
	"defer-cycle":    func(v victim) { v.g("_defer", v.loop("runtime._defer", "link")) },
	"panic-cycle":    func(v victim) { v.g("_panic", v.loop("runtime._panic", "link")) },
	"sudog-cycle":    func(v victim) { v.g("waiting", v.loop("runtime.sudog", "waitlink")) },
	"sudog-nowhere":  func(v victim) { v.g("waiting", nowhere) },

	"allm-cycle": func(v victim) {
		// The first M of all is the last in the list.
		first := word(v.symbol("runtime.allm"))
		put(v.symbol("runtime.m0")+v.field("runtime.m", "alllink"), first)
	},
	"allm-nowhere": func(v victim) { put(v.symbol("runtime.allm"), nowhere) },
	"m-link":       func(v victim) { v.m("alllink", kernels) },
	"m-procid":     func(v victim) { v.m("procid", 1) },
	"m-curg":       func(v victim) { v.m("curg", nowhere) },
	"m-g0":         func(v victim) { v.m("g0", nowhere) },
	"m-gsignal":    func(v victim) { v.m("gsignal", nowhere) },

	"modules-cycle": func(v victim) {
		first := v.symbol("runtime.firstmoduledata")
		put(first+v.field("runtime.moduledata", "next"), first)
	},
	"modules-nowhere": func(v victim) {
		put(v.symbol("runtime.firstmoduledata")+v.field("runtime.moduledata", "next"), nowhere)
	},

	// No damage, but what takes minutes: it has been waiting for five.
	"waited": func(v victim) { v.g("waitsince", monotonic()-uintptr(5*time.Minute+30*time.Second)) },
}

// ownSlice is a slice of itself that claims to be without end.
func ownSlice() uintptr {
	at := records()
	for offset := uintptr(0); offset < 1<<20; offset += 16 {
		put(at+offset, at)
		put(at+offset+8, huge)
	}
	return at
}

// monotonic is the clock that the runtime looks at.
func monotonic() uintptr {
	const clockMonotonic = 1
	var now syscall.Timespec
	_, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&now)), 0)
	if errno != 0 {
		fail(errno)
	}
	return uintptr(now.Nano())
}
