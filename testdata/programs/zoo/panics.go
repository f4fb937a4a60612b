package main

import (
	"errors"
	"runtime/debug"
	"syscall"
	"unsafe"
)

// Panics: goroutines parked in a deferred call while panicking. Run-time
// panics go through sigpanic, whose caller's pc is exact, or through
// assembly stubs; "panic" frames appear, and wrappers become visible.

func launchPanics() {
	for _, f := range []func(){
		panicExplicit,
		panicWithError,
		panicNilDeref,
		panicNilDerefInlined,
		panicNilMethod,
		panicNilInterface,
		panicNilFunc,
		panicPcZero,
		panicPcBad,
		panicFault,
		panicDivide,
		panicIndex,
		panicSlice,
		panicConvert,
		panicAssert,
		panicNilMap,
		panicClosed,
		panicMakeSlice,
		panicShift,
		panicNested,
		panicThrice,
		panicRepanic,
		panicInDeferLoop,
		panicDeferMethod,
		panicWrapper,
		panicDeep,
		panicUncomparable,
		panicInlinedDefer,
		recovered,
		recoveredAfter,
		recoveredTwice,
		recoverInNested,
	} {
		go f()
	}
}

//go:noinline
func park() { <-forever }

func panicExplicit() {
	defer park()
	panic("explicit")
}

func panicWithError() {
	defer func() { <-forever }()
	panic(errors.New("an error value"))
}

//go:noinline
func deref(p *int) int { return *p }

func derefInlined(p *[4]int, i int) int { return p[i&3] }

func panicNilDeref() {
	defer park()
	sinkInt = deref(nil)
}

var nilArray *[4]int

func panicNilDerefInlined() {
	defer park()
	sinkInt = derefInlined(nilArray, zero)
}

var nilValueRecv *valueRecv

// panicwrap: a generated wrapper called with a nil pointer.
func panicNilMethod() {
	defer park()
	callWait(nilValueRecv)
}

func panicNilInterface() {
	defer park()
	callWait(nil)
}

var nilFunc func(int) int

func panicNilFunc() {
	defer park()
	sinkInt = nilFunc(1)
}

// panicPcZero calls address 0: there is no frame at the fault itself.
func panicPcZero() {
	defer park()
	p := new(uintptr)
	f := *(*func())(unsafe.Pointer(&p))
	f()
}

// panicPcBad calls an address that is not code.
func panicPcBad() {
	defer park()
	p := new(uintptr)
	*p = 0x18
	f := *(*func())(unsafe.Pointer(&p))
	f()
}

func panicFault() {
	debug.SetPanicOnFault(true)
	m, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	must(err)
	defer park()
	sinkInt = int(m[100])
}

var zero int

func panicDivide() {
	defer park()
	sinkInt = divide(3, zero)
}

//go:noinline
func divide(a, b int) int { return a / b }

func panicIndex() {
	defer park()
	sinkInt = index([]int{1, 2}, 5+zero)
}

//go:noinline
func index(s []int, i int) int { return s[i] }

func panicSlice() {
	defer park()
	s := make([]int, 3)
	sinkAny = s[2+zero : 1+zero]
}

func panicConvert() {
	defer park()
	s := make([]int, 3+zero)
	sinkAny = (*[4]int)(s)
}

func panicAssert() {
	defer park()
	var v interface{} = "string"
	sinkInt = v.(int)
}

func panicNilMap() {
	defer park()
	var m map[string]int
	m["x"] = 1
}

func panicClosed() {
	defer park()
	c := make(chan int)
	close(c)
	c <- 1
}

func panicMakeSlice() {
	defer park()
	sinkAny = make([]int, zero-1)
}

func panicShift() {
	defer park()
	sinkInt = 1 << (zero - 1)
}

func panicNested() {
	defer park()
	defer func() { panic("second") }()
	panic("first")
}

func panicThrice() {
	defer func() {
		defer func() {
			defer park()
			panic("third")
		}()
		sinkInt = deref(nil)
	}()
	panic("first")
}

func panicRepanic() {
	defer park()
	defer func() {
		if r := recover(); r != nil {
			panic(r)
		}
	}()
	panic("again")
}

func panicInDeferLoop() {
	for i := 0; i < 4; i++ {
		defer func(i int) {
			if i == 1 {
				<-forever
			}
		}(i)
	}
	panic("loop")
}

func panicDeferMethod() {
	defer embedsInterface{"pad", &pointerRecv{}}.wait(1)
	panic("method")
}

// panicWrapper panics below a generated method wrapper.
func panicWrapper() {
	defer park()
	callWait(&embedsInterface{})
}

func panicDeep() {
	defer park()
	panicAt(40)
}

func panicAt(n int) {
	if n == 0 {
		panic("deep")
	}
	panicAt(n - 1)
	sinkInt++
}

func panicUncomparable() {
	defer park()
	m := map[interface{}]int{}
	sinkInt = m[[]int{1}]
}

func panicInlinedDefer() {
	func() {
		defer func() { func() { <-forever }() }()
		panicInlined(2)
	}()
}

func panicInlined(n int) {
	if n > 1 {
		panic(n)
	}
}

func recovered() {
	defer func() {
		recover()
		<-forever
	}()
	panic("recovered")
}

func recoveredAfter() {
	recoverFrom(panicExplicitly)
	<-forever
}

func recoverFrom(f func()) (err interface{}) {
	defer func() { err = recover() }()
	f()
	return nil
}

func panicExplicitly() { panic("x") }

func recoveredTwice() {
	recoverFrom(func() {
		defer func() {
			recover()
			panic("y")
		}()
		panic("x")
	})
	recoverFrom(func() { deref(nil) })
	defer park()
	panic("z")
}

func recoverInNested() {
	defer park()
	defer func() {
		recoverFrom(panicExplicitly)
		<-forever
	}()
	panic("outer")
}
