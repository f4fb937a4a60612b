package main

// Generics: instantiated names print as "f[...]"; shape dictionaries are
// hidden first arguments; wrappers appear in between.

func launchGenerics() {
	go genericWait(1)
	go genericWait("string")
	go genericWait(struct{ a, b int }{1, 2})
	go genericPair(1, "two")
	go genericNested(list[list[int]]{})
	l := &list[string]{}
	go l.push("a")
	go l.each(func(string) { <-forever })
	go (&tree[int, map[string]int]{}).insert(3, nil)
	go genericClosure([]float64{1, 2})
	go genericConstraint(number(4))
	var w waiter[int] = &list[int]{}
	go w.waitFor(5)
	f := genericWait[[]byte]
	go f([]byte("bytes"))
	m := l.waitFor
	go m("method value")
	e := (*list[uint8]).waitFor
	go e(&list[uint8]{}, 7)
	go embedsGeneric{&list[error]{}}.waitFor(nil)
	go genericRecursive(60, point{})
	go genericChan(make(chan point))
	go func() { genericMap([]int{1}, func(i int) string { <-forever; return "" }) }()
}

//go:noinline
func genericWait[T any](v T) T {
	<-forever
	return v
}

//go:noinline
func genericPair[K comparable, V any](k K, v V) map[K]V {
	<-forever
	return map[K]V{k: v}
}

type list[T any] struct {
	head T
	next *list[T]
}

type waiter[T any] interface{ waitFor(T) T }

//go:noinline
func (l *list[T]) push(v T) *list[T] {
	return &list[T]{v, l.waitNext(l)}
}

//go:noinline
func (l *list[T]) waitNext(to *list[T]) *list[T] {
	<-forever
	return to
}

//go:noinline
func (l *list[T]) each(f func(T)) {
	for ; l != nil; l = l.next {
		f(l.head)
	}
}

//go:noinline
func (l *list[T]) waitFor(v T) T {
	<-forever
	l.head = v
	return v
}

type tree[K, V any] struct {
	left, right *tree[K, V]
	key         K
	value       V
}

func (t *tree[K, V]) insert(k K, v V) {
	if t.left == nil {
		func() {
			defer func() {
				genericWait(t)
			}()
			t.key, t.value = k, v
		}()
	}
}

//go:noinline
func genericNested[T any](v list[T]) {
	go func() { genericWait(&v) }()
	genericWait(list[list[T]]{head: v})
}

func genericClosure[T any](s []T) {
	f := func(i int) T {
		g := func() T {
			<-forever
			return s[i]
		}
		return genericCall(g)
	}
	f(1)
}

//go:noinline
func genericCall[T any](f func() T) T { return f() }

type number int

func (n number) wait() number {
	<-forever
	return n
}

type waits interface {
	~int | ~string
	wait() number
}

//go:noinline
func genericConstraint[T waits](v T) number { return v.wait() + 1 }

type embedsGeneric struct{ *list[error] }

//go:noinline
func genericRecursive[T any](n int, v T) int {
	if n == 0 {
		<-forever
	}
	return genericRecursive(n-1, v) + 1
}

func genericChan[T any, C ~chan T](c C) {
	for v := range c {
		sinkAny = v
	}
}

func genericMap[T, U any](s []T, f func(T) U) (r []U) {
	for _, v := range s {
		r = append(r, f(v))
	}
	return
}
