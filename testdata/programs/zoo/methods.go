package main

// Methods: value receivers through pointers and interfaces (generated
// wrappers, hidden from the text), promoted methods, method values ("-fm"
// wrappers) and method expressions.

type waitable interface{ wait(n int) int }

type valueRecv struct {
	a int
	b string
}

//go:noinline
func (v valueRecv) wait(n int) int {
	<-forever
	return n + v.a + len(v.b)
}

type pointerRecv struct{ a [3]int }

//go:noinline
func (p *pointerRecv) wait(n int) int {
	<-forever
	return p.a[n]
}

type intRecv int8

//go:noinline
func (i intRecv) wait(n int) int {
	<-forever
	return int(i) + n
}

type funcRecv func(int) int

func (f funcRecv) wait(n int) int { return f(n) }

type mapRecv map[string]int

//go:noinline
func (m mapRecv) wait(n int) int {
	<-forever
	return m["x"] + n
}

type emptyRecv struct{}

//go:noinline
func (emptyRecv) wait(int) int {
	<-forever
	return 0
}

type embedsPointer struct {
	pad int
	*pointerRecv
}

type embedsValue struct {
	pad int
	valueRecv
}

type embedsInterface struct {
	pad string
	waitable
}

type embedsDeep struct{ embedsInterface }

func launchMethods() {
	p := &pointerRecv{}
	v := valueRecv{1, "b"}
	go callWait(v)
	go callWait(&v)
	go callWait(p)
	go callWait(intRecv(-3))
	go callWait(funcRecv(func(n int) int { <-forever; return n }))
	go callWait(mapRecv{"x": 1})
	go callWait(emptyRecv{})
	go callWait(&emptyRecv{})
	go callWait(embedsPointer{1, p})
	go callWait(&embedsPointer{1, p})
	go callWait(embedsValue{1, v})
	go callWait(&embedsValue{1, v})
	go callWait(embedsInterface{"pad", v})
	go callWait(&embedsInterface{"pad", p})
	go callWait(embedsDeep{embedsInterface{"deep", embedsValue{2, v}}})
	go callWait(&embedsDeep{embedsInterface{"deep", &embedsPointer{2, p}}})

	go callFunc(v.wait)
	go callFunc(p.wait)
	go callFunc(waitable(intRecv(9)).wait)
	go callFunc(embedsValue{1, v}.wait)
	go callFunc(func(n int) int { return (*valueRecv).wait(&v, n) })
	go callExpr(valueRecv.wait, v)
	go callExpr(embedsValue.wait, embedsValue{3, v})
	go callExpr(waitable.wait, waitable(p))
	go callExpr((*embedsPointer).wait, &embedsPointer{4, p})

	// A type declared in a function, with a method promoted to it.
	type local struct {
		valueRecv
		extra int
	}
	go callWait(local{v, 1})
	go callWait(&struct{ waitable }{v})
}

//go:noinline
func callWait(w waitable) { sinkInt = w.wait(2) }

//go:noinline
func callFunc(f func(int) int) { sinkInt = f(1) }

//go:noinline
func callExpr[T any](f func(T, int) int, v T) { sinkInt = f(v, 1) }
