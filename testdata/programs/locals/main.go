// Command locals parks goroutines whose arguments and local variables are known: each shape that a value can have.
//
// The truth stands in comments: "//= name type = value" is a variable of the function above it, as the reader prints it
// whatever the build; "//~" one that an optimised build may have no place for; "//-" one that must not be shown.
// 0x_ is any address, ** any text.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
)

// Order is a struct with others inside.
type Order struct {
	ID    int
	Name  string
	Items []Item
	Total float64
	From  *Customer
}

// Item is a part of an order.
type Item struct {
	SKU   string
	Count uint16
}

// Customer is pointed to.
type Customer struct {
	Name string
	Born time.Month
}

// Node makes cycles.
type Node struct {
	Value int
	Next  *Node
}

// Shape is an interface with a method.
type Shape interface{ Area() float64 }

// Square is one that is stored indirectly.
type Square struct{ Side float64 }

// Area is its method.
func (s Square) Area() float64 { return s.Side * s.Side }

// Handler is a named function type.
type Handler func(int) int

// Celsius is a named float.
type Celsius float32

var (
	block   = make(chan struct{})
	started = make(chan struct{}, 64)
	sink    interface{}
)

//go:noinline
func park() {
	started <- struct{}{}
	<-block
}

// keep keeps both words of an interface: runtime.KeepAlive lets go of its type.
//
//go:noinline
func keep(x interface{}) {}

//go:noinline
func call(f func()) { f() }

//go:noinline
func scalars(b bool, i8 int8, u16 uint16, i int, u64 uint64, r rune, f32 float32, f64 float64) {
	//= b bool = true
	//= i8 int8 = -8
	//= u16 uint16 = 65535
	//= i int = -1234567890123
	//= u64 uint64 = 18446744073709551615
	//= r int32 = 955
	//= f32 float32 = 0.1
	//= f64 float64 = 1e+100
	var c complex128 = complex(f64/1e100, -2.5)
	//~ c complex128 = (1-2.5i)
	t := Celsius(21.5)
	//~ t main.Celsius = 21.5
	p := uintptr(0xbeef)
	//~ p uintptr = 0xbeef
	park()
	runtime.KeepAlive(b)
	runtime.KeepAlive(i8)
	runtime.KeepAlive(u16)
	runtime.KeepAlive(i)
	runtime.KeepAlive(u64)
	runtime.KeepAlive(r)
	runtime.KeepAlive(f32)
	runtime.KeepAlive(f64)
	runtime.KeepAlive(c)
	runtime.KeepAlive(t)
	runtime.KeepAlive(p)
	after := i + 1
	//- after
	runtime.KeepAlive(after)
}

//go:noinline
func texts(s string, bad string, empty string, long string, raw []byte) {
	//= s string = "two\nlines \"quoted\" λ"
	//= bad string = "\xff\xfe\x00z"
	//= empty string = ""
	//= long string = "0123456789012345678901234567890123456789012345678901234567890123"...+36 more
	//= raw []uint8 = []byte("bytes\x00\xff")
	park()
	runtime.KeepAlive(s)
	runtime.KeepAlive(bad)
	runtime.KeepAlive(empty)
	runtime.KeepAlive(long)
	runtime.KeepAlive(raw)
}

//go:noinline
func structs(o Order, p *Order, a [3]int, deep [2]Item) {
	//~ o main.Order = main.Order{ID: 17, Name: "x\n", Items: []main.Item len: 2, cap: 4, [{SKU: "a", Count: 1}, {SKU: "b", Count: 2}], Total: 9.5, From: 0x_ -> main.Customer{Name: "Ann", Born: 3}}
	//= p *main.Order = 0x_ -> main.Order{ID: 18, Name: "", Items: nil, Total: 0, From: nil}
	//= a [3]int = [3]int [1, 2, 3]
	//= deep [2]main.Item = [2]main.Item [{SKU: "a", Count: 1}, {SKU: "", Count: 0}]
	park()
	keep(o)
	runtime.KeepAlive(p)
	runtime.KeepAlive(&a)
	runtime.KeepAlive(&deep)
}

//go:noinline
func slices(ints []int, none []int, empty []string, many []uint16, nested [][]int, pointers []*Item) {
	//= ints []int = []int len: 3, cap: 8, [1, 2, 3]
	//= none []int = nil
	//= empty []string = []string len: 0, cap: 0, []
	//= many []uint16 = []uint16 len: 1000, cap: 1000, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, ...+984 more]
	//= nested [][]int = [][]int len: 2, cap: 2, [[]int len: 1, cap: 1, [1], nil]
	//= pointers []*main.Item = []*main.Item len: 2, cap: 2, [0x_ -> {SKU: "p", Count: 0}, nil]
	park()
	runtime.KeepAlive(ints)
	runtime.KeepAlive(none)
	runtime.KeepAlive(empty)
	runtime.KeepAlive(many)
	runtime.KeepAlive(nested)
	runtime.KeepAlive(pointers)
}

//go:noinline
func nils(p *int, e error, x interface{}, m map[string]int, c chan int, f func(), s Shape) {
	//= p *int = nil
	//= e error = nil
	//= x interface {} = nil
	//= m map[string]int = nil
	//= c chan int = nil
	//= f func() = nil
	//= s main.Shape = nil
	park()
	runtime.KeepAlive(p)
	keep(e)
	keep(x)
	runtime.KeepAlive(m)
	runtime.KeepAlive(c)
	runtime.KeepAlive(f)
	keep(s)
}

//go:noinline
func maps(small map[string]int, keyed map[Item]*Order, large map[int]int, wide map[int][20]int, shrunk map[int]string) {
	//= small map[string]int = map[string]int len: 2, ["a": 1, "b": 2]
	//= keyed map[main.Item]*main.Order = map[main.Item]*main.Order len: 1, [{SKU: "k", Count: 9}: nil]
	//= large map[int]int = map[int]int len: 5000, [**, ...+4984 more]
	//= wide map[int][20]int = map[int][20]int len: 1, [7: [20]int [70, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...+4 more]]
	//= shrunk map[int]string = map[int]string len: 2, [198: "198", 199: "199"]
	park()
	runtime.KeepAlive(small)
	runtime.KeepAlive(keyed)
	runtime.KeepAlive(large)
	runtime.KeepAlive(wide)
	runtime.KeepAlive(shrunk)
}

//go:noinline
func chans(c chan int, in <-chan string, out chan<- Order, closed chan struct{}) {
	//= c chan int = chan int 0x_ len: 2, cap: 4
	//= in <-chan string = <-chan string 0x_ len: 0, cap: 0
	//= out chan<- main.Order = chan<- main.Order 0x_ len: 0, cap: 1
	//= closed chan struct {} = chan struct {} 0x_ len: 0, cap: 0, closed
	park()
	runtime.KeepAlive(c)
	runtime.KeepAlive(in)
	runtime.KeepAlive(out)
	runtime.KeepAlive(closed)
}

//go:noinline
func interfaces(number, text, value, pointer, slice, typed interface{}, err error, wrapped error, shape Shape) {
	//= number interface {} = int(42)
	//= text interface {} = string("in\tside")
	//= value interface {} = main.Item{SKU: "v", Count: 3}
	//= pointer interface {} = (*main.Item)(0x_ -> main.Item{SKU: "p", Count: 4})
	//= slice interface {} = []int len: 1, cap: 1, [5]
	//= typed interface {} = (*main.Item)(nil)
	//= err error = (*errors.errorString)(0x_ -> errors.errorString{s: "broken"})
	//= wrapped error = (*fmt.wrapError)(0x_ -> fmt.wrapError{msg: "outer: broken", err: (*errors.errorString)(0x_ -> errors.errorString{s: "broken"})})
	//= shape main.Shape = main.Square{Side: 1.5}
	park()
	keep(number)
	keep(text)
	keep(value)
	keep(pointer)
	keep(slice)
	keep(typed)
	keep(err)
	keep(wrapped)
	keep(shape)
}

func double(n int) int { return n * 2 }

//go:noinline
func funcs(f func(int) int, h Handler) {
	//= f func(int) int = main.double
	//= h main.Handler = main.double
	park()
	runtime.KeepAlive(f)
	runtime.KeepAlive(h)
}

//go:noinline
func cycles(n *Node, self *interface{}) {
	//= n *main.Node = 0x_ -> main.Node{Value: 1, Next: 0x_ -> main.Node{Value: 2, Next: 0x_}}
	//= self *interface {} = 0x_ -> (*interface {})(0x_ -> (*interface {})(0x_))
	park()
	runtime.KeepAlive(n)
	runtime.KeepAlive(self)
}

//go:noinline
func escapes(n int) {
	//= n int = 100
	counter := n + 1
	//= counter int = 101
	sink = &counter
	park()
	runtime.KeepAlive(&counter)
	runtime.KeepAlive(n)
}

//go:noinline
func closures(n int, name string) {
	total := n
	//= total int = 8
	func() {
		//~ @main.closures.func1 total int = 8
		//~ @main.closures.func1 name string = "captured"
		park()
		total += len(block)
		runtime.KeepAlive(name)
	}()
	runtime.KeepAlive(total)
	sink = func() int { return total }
}

//go:noinline
func captures(n int, text string) {
	count := n
	//= n int = 9
	//~ count int = 10
	call(func() {
		//= @main.captures.func1 count int = 10
		//= @main.captures.func1 text string = "caught"
		count++
		park()
		count++
		runtime.KeepAlive(text)
	})
	runtime.KeepAlive(&count)
	runtime.KeepAlive(n)
}

func inlined(first int, second string) int {
	//~ first int = 3
	//~ second string = "into"
	park()
	runtime.KeepAlive(second)
	return first + len(second) + len(block)
}

//go:noinline
func inlines(outer int) {
	//= outer int = 2
	got := inlined(outer+1, "into")
	//- got
	runtime.KeepAlive(got)
	runtime.KeepAlive(outer)
}

//go:noinline
func blocks(n int) {
	//= n int = 5
	if n > 3 {
		inner := n * 3
		//~ inner int = 15
		park()
		runtime.KeepAlive(inner)
	} else {
		other := n * 4
		//- other
		runtime.KeepAlive(other)
	}
	for i := 0; i < n; i++ {
		//- i
		sink = i
	}
	runtime.KeepAlive(n)
}

//go:noinline
func results(n int) (total int, err error) {
	//= n int = 6
	total = n * 7
	//~ total int = 42
	park()
	runtime.KeepAlive(n)
	return total, err
}

// Method is called with a receiver.
//
//go:noinline
func (o *Order) Method(by int) {
	//= @main.(*Order).Method o *main.Order = 0x_ -> main.Order{ID: 21, Name: "recv", Items: nil, Total: 0, From: nil}
	//= @main.(*Order).Method by int = 2
	park()
	runtime.KeepAlive(o)
	runtime.KeepAlive(by)
}

// Pair is a generic type.
type Pair[K comparable, V any] struct {
	Key   K
	Value V
}

//go:noinline
func generic[T any, K comparable](x T, pair Pair[K, T], list []T) {
	//= x int = 11
	//= pair main.Pair[string,int] = main.Pair[string,int]{Key: "k", Value: 12}
	//= list []int = []int len: 2, cap: 2, [13, 14]
	park()
	keep(x)
	keep(pair)
	keep(list)
}

//go:noinline
func vanishes(n int) {
	gone := n * 31
	//~ gone int = 31
	if gone == 7 {
		return
	}
	park()
}

func main() {
	for _, start := range []func(){
		func() { scalars(true, -8, 65535, -1234567890123, 1<<64-1, 'λ', 0.1, 1e100) },
		startTexts, startStructs, startSlices, startMaps, startChans, startInterfaces, startCycles,
		func() { nils(nil, nil, nil, nil, nil, nil, nil) },
		func() { funcs(double, double) },
		func() { escapes(100) },
		func() { closures(8, "captured") },
		func() { captures(9, "caught") },
		func() { inlines(2) },
		func() { blocks(5) },
		func() { sink, _ = results(6) },
		func() { (&Order{ID: 21, Name: "recv"}).Method(2) },
		func() { generic(11, Pair[string, int]{"k", 12}, []int{13, 14}) },
		func() { vanishes(1) },
	} {
		go start()
		<-started
	}
	fmt.Println("ready")
	bufio.NewReader(os.Stdin).ReadString(0)
}

func startTexts() {
	long := ""
	for i := 0; i < 10; i++ {
		long += "0123456789"
	}
	texts("two\nlines \"quoted\" λ", "\xff\xfe\x00z", "", long, []byte("bytes\x00\xff"))
}

func startStructs() {
	items := make([]Item, 0, 4)
	items = append(items, Item{"a", 1}, Item{"b", 2})
	order := Order{17, "x\n", items, 9.5, &Customer{"Ann", time.March}}
	structs(order, &Order{ID: 18}, [3]int{1, 2, 3}, [2]Item{{"a", 1}, {}})
}

func startSlices() {
	many := make([]uint16, 1000)
	for i := range many {
		many[i] = uint16(i)
	}
	ints := append(make([]int, 0, 8), 1, 2, 3)
	slices(ints, nil, []string{}, many, [][]int{{1}, nil}, []*Item{{SKU: "p"}, nil})
}

func startMaps() {
	large, shrunk := map[int]int{}, map[int]string{}
	for i := 0; i < 5000; i++ {
		large[i] = i * 2
	}
	for i := 0; i < 200; i++ {
		shrunk[i] = fmt.Sprint(i)
	}
	for i := 0; i < 198; i++ {
		delete(shrunk, i)
	}
	keyed := map[Item]*Order{{"k", 9}: nil}
	maps(map[string]int{"b": 2, "a": 1}, keyed, large, map[int][20]int{7: {70}}, shrunk)
}

func startChans() {
	c, closed := make(chan int, 4), make(chan struct{})
	c <- 1
	c <- 2
	close(closed)
	chans(c, make(chan string), make(chan Order, 1), closed)
}

func startInterfaces() {
	broken := errors.New("broken")
	wrapped := fmt.Errorf("outer: %w", broken)
	interfaces(42, "in\tside", Item{"v", 3}, &Item{"p", 4}, []int{5}, (*Item)(nil), broken, wrapped, Square{1.5})
}

func startCycles() {
	n := &Node{Value: 1}
	n.Next = &Node{2, n}
	var self interface{}
	self = &self
	cycles(n, &self)
}
