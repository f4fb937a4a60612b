package main

import "unsafe"

// Arguments: the printed words of every kind of argument, braces of
// aggregates, the "..." limits (10 words, depth 5), "_" for blank ones, and
// "?" for the ones that are dead at the call.

type (
	nest1 struct{ a int8 }
	nest2 struct {
		n nest1
		b int16
	}
	nest3 struct {
		n nest2
		c int32
	}
	nest4 struct {
		n nest3
		d int64
	}
	nest5 struct {
		n nest4
		e uint8
	}
	nest6 struct {
		n nest5
		f uint16
	}
	nest7 struct {
		n nest6
		g bool
	}
	empty  struct{}
	single struct{ p *int }
	mixed  struct {
		s  string
		e  empty
		a  [2]uint8
		i  interface{}
		f  float32
		fn func()
	}
	wide struct{ a, b, c, d, e, f, g, h, i, j, k, l int }
)

func launchArgs() {
	n := 42
	go argsInts(-1, -2, -3, -4, 1, 2, 3, 4, true)
	go argsIntsDead(-1, -2, -3, -4, 1, 2, 3, 4, true)
	go argsFloats(1.5, 2.5, complex(1, 2), complex(3, 4))
	go argsPointers(&n, unsafe.Pointer(&n), uintptr(7), make(chan int), map[string]int{}, func() {})
	go argsStrings("hello", []byte("bytes"), []string{"a", "b"})
	go argsInterfaces(3, nil, valueRecv{}, nil)
	go argsTen(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	go argsEleven(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	go argsForty(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
		20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39)
	go argsNest(nest4{}, nest5{}, nest7{})
	go argsNestTooDeep(nest7{})
	go argsMixed(mixed{s: "mixed", i: 3}, 1)
	go argsWide(wide{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	go argsArrays([0]int{}, [1]int{1}, [2]int{2, 3}, [3]string{"x", "y", "z"}, [2][2]int8{})
	go argsBigArray([100]byte{1, 2, 3})
	go argsEmpty(empty{}, struct{}{}, [0]string{})
	go argsEmptyMixed(1, empty{}, 2, [3]empty{}, 3)
	go argsBlank(1, "two", 3)
	go argsBlankStruct(struct {
		_ int
		b int
		_ string
	}{b: 2})
	go argsNone()
	go argsVariadic("fmt", 1, "two", nil)
	go argsVariadic("none")
	go argsNamedResults(1, 2)
	go argsManyResults(3)
	go argsReassigned(4, "four")
	go argsAddressed(5, point{6, 7})
	go argsPartlyDead(1, "s", []int{1, 2}, point{3, 4}, 9)
	go argsLoop(10, "loop")
	go argsBranch(true, 1, 2)
	go argsBranch(false, 1, 2)
	go argsPassThrough(1, "a", []int{1}, 4.5, &n)
	go argsSpillAll(1, 2, 3, 4, 5, 6, 7, 8, 9, "ten")
	go argsFloatMany(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)
	go argsRegsAndStack([2]int{1, 2}, 3, [2]string{}, "s", 5)
	go argsSingle(single{&n}, [1]single{{&n}}, [1][1]int{{1}})
	go argsRecursive(8, "rec", point{1, 2})
	go func(a int, b string, c ...float64) { <-forever }(1, "b", 2, 3)
}

//go:noinline
func argsInts(a int8, b int16, c int32, d int64, e uint8, f uint16, g uint32, h uint64, i bool) {
	<-forever
	if i {
		sinkInt = int(a) + int(b) + int(c) + int(d) + int(e) + int(f) + int(g) + int(h)
	}
}

//go:noinline
func argsIntsDead(a int8, b int16, c int32, d int64, e uint8, f uint16, g uint32, h uint64, i bool) {
	<-forever
}

//go:noinline
func argsFloats(a float32, b float64, c complex64, d complex128) {
	<-forever
	sinkFloat = float64(a) + b + float64(real(c)) + imag(d)
}

//go:noinline
func argsPointers(a *int, b unsafe.Pointer, c uintptr, d chan int, e map[string]int, f func()) {
	<-forever
	*a = int(c) + e[""] + len(d)
	f()
	sinkAny = b
}

//go:noinline
func argsStrings(a string, b []byte, c []string) int {
	<-forever
	return len(a) + cap(b) + len(c[0])
}

//go:noinline
func argsInterfaces(a interface{}, b error, c waitable, d interface{ Error() string }) {
	<-forever
	sinkAny = []interface{}{a, b, c, d}
}

//go:noinline
func argsTen(a, b, c, d, e, f, g, h, i, j int) int {
	<-forever
	return a + b + c + d + e + f + g + h + i + j
}

//go:noinline
func argsEleven(a, b, c, d, e, f, g, h, i, j, k int) int {
	<-forever
	return a + b + c + d + e + f + g + h + i + j + k
}

//go:noinline
func argsForty(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9,
	c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9 int) int {
	<-forever
	return a0 + a9 + b5 + c5 + d9
}

//go:noinline
func argsNest(a nest4, b nest5, c nest7) int {
	<-forever
	return int(a.d) + int(b.e) + int(c.n.n.e)
}

//go:noinline
func argsNestTooDeep(a nest7) bool {
	<-forever
	return a.g
}

//go:noinline
func argsMixed(m mixed, n int) {
	<-forever
	sinkString, sinkAny = m.s, m.i
}

//go:noinline
func argsWide(w wide) int {
	<-forever
	return w.a + w.l
}

//go:noinline
func argsArrays(a [0]int, b [1]int, c [2]int, d [3]string, e [2][2]int8) int {
	<-forever
	return len(a) + b[0] + c[1] + len(d[2]) + int(e[1][1])
}

//go:noinline
func argsBigArray(a [100]byte) byte {
	<-forever
	return a[99]
}

//go:noinline
func argsEmpty(a empty, b struct{}, c [0]string) { <-forever }

//go:noinline
func argsEmptyMixed(a int, b empty, c int, d [3]empty, e int) int {
	<-forever
	return a + c + e
}

//go:noinline
func argsBlank(_ int, s string, _ int) string {
	<-forever
	return s
}

//go:noinline
func argsBlankStruct(s struct {
	_ int
	b int
	_ string
}) int {
	<-forever
	return s.b
}

//go:noinline
func argsNone() { <-forever }

//go:noinline
func argsVariadic(format string, a ...interface{}) {
	<-forever
	sinkString, sinkAny = format, a
}

//go:noinline
func argsNamedResults(a, b int) (sum int, err error) {
	defer func() { sum++ }()
	sum = a + b
	<-forever
	return
}

//go:noinline
func argsManyResults(a int) (int, string, []int, error, point) {
	<-forever
	return a, "", nil, nil, point{}
}

//go:noinline
func argsReassigned(a int, s string) int {
	a = inline4Not(a) + len(s)
	s = "reassigned"
	<-forever
	return a + len(s)
}

//go:noinline
func argsAddressed(a int, p point) int {
	argsTouch(&a, &p)
	<-forever
	return a + p.x
}

//go:noinline
func argsTouch(a *int, p *point) {
	*a++
	p.x = *a
}

// argsPartlyDead uses some words of its arguments after the call only.
//
//go:noinline
func argsPartlyDead(a int, s string, l []int, p point, z int) int {
	n := inline4Not(a + cap(l) + p.x)
	argsTouch(&n, &p)
	<-forever
	return len(s) + l[1] + p.y
}

//go:noinline
func argsLoop(n int, s string) {
	for n > 0 {
		n -= len(s)
		if n < 3 {
			<-forever
		}
	}
}

//go:noinline
func argsBranch(c bool, a, b int) int {
	if c {
		argsTouch(new(int), &point{})
		<-forever
		return a
	}
	<-forever
	return b
}

// argsPassThrough's arguments live in its callee's frames.
//
//go:noinline
func argsPassThrough(a int, s string, l []int, f float64, p *int) int {
	return argsPassThrough2(p, f, l, s, a) + 1
}

//go:noinline
func argsPassThrough2(p *int, f float64, l []int, s string, a int) int {
	<-forever
	return a
}

//go:noinline
func argsSpillAll(a, b, c, d, e, f, g, h, i int, s string) int {
	argsTouch(new(int), &point{})
	x := inline4Not(a)*b + c
	<-forever
	return x + d*e + f*g + h*i + len(s)
}

//go:noinline
func argsFloatMany(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q float64) float64 {
	<-forever
	return a + h + o + p + q
}

//go:noinline
func argsRegsAndStack(a [2]int, b int, c [2]string, d string, e int16) int {
	<-forever
	return a[0] + b + len(c[1]) + len(d) + int(e)
}

//go:noinline
func argsSingle(a single, b [1]single, c [1][1]int) int {
	<-forever
	return *a.p + *b[0].p + c[0][0]
}

func argsRecursive(n int, s string, p point) int {
	if n == 0 {
		<-forever
	}
	return argsRecursive(n-1, s[1:]+"x", point{p.y, p.x + n}) + p.x
}
