//go:build go1.27

package main

// Go 1.27: methods with type parameters of their own, printed as
// "T[...].m[...]".

func init() { late = append(late, launchGenericMethods) }

//go:noinline
func (l *list[T]) convert[U any](f func(T) U) *list[U] {
	<-forever
	return &list[U]{head: f(l.head)}
}

//go:noinline
func (p point) scale[N int | float64](n N) N {
	<-forever
	return N(p.x) * n
}

func (l *list[T]) each2[U, V any](u U, v V) {
	func() {
		<-forever
		sinkAny = []interface{}{l.head, u, v}
	}()
}

func launchGenericMethods() {
	go (&list[int]{}).convert(func(i int) string { return "" })
	go (&list[list[int]]{}).convert(func(l list[int]) point { return point{} })
	go point{1, 2}.scale(3.5)
	go (&list[error]{}).each2("u", map[string]list[int]{})
	f := point{3, 4}.scale[int]
	go f(3)
}
