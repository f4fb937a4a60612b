// Package dotted lives in a directory whose last element has a dot, which
// symbol names escape ("dotted%2ev2").
package dotted

// A Parker parks in a method.
type Parker struct{ C chan int }

// Park receives from the parker's channel.
//
//go:noinline
func (p *Parker) Park(n int) int { return <-p.C + n }

// Park receives from c, in a closure.
func Park(c chan int) {
	func() {
		defer func() { <-c }()
	}()
}

// Go starts a goroutine, so that "created by" names this package.
func Go(c chan int) {
	go func() { <-c }()
	go Generic(c)
}

// Generic is instantiated here and elsewhere.
//
//go:noinline
func Generic[T any](c chan T) T { return <-c }
