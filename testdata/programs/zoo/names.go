package main

import (
	dotted "gopeek.test/programs/zoo/internal/dotted.v2"
	tilde "gopeek.test/programs/zoo/internal/til~de+plus"
	dash "gopeek.test/programs/zoo/internal/with-dash"
)

// Names: package paths with characters that symbols escape, identifiers that
// are not ASCII, and file names from line directives.

func launchNames() {
	c := make(chan int)
	go dotted.Park(c)
	go (&dotted.Parker{C: c}).Park(1)
	dotted.Go(c)
	go dotted.Generic(make(chan point))
	go dotted.Generic(make(chan *dotted.Parker))
	go genericWait(dotted.Parker{})
	go dash.Park(c)
	go tilde.Park(c)
	go 世界(1)
	go größe{1}.wärten("ä")
	go genericWait(größe{2})
	go ünï[größe](größe{3})
	go lineDirective(1)
	go lineRelative(2)
	go lineHuge(3)
	func() {
		func() {
			func() {
				go func() {
					func() {
						defer func() { func() { <-forever }() }()
					}()
				}()
			}()
		}()
	}()
}

//go:noinline
func 世界(n int) int {
	<-forever
	return n
}

type größe struct{ länge int }

//go:noinline
func (g größe) wärten(s string) int {
	<-forever
	return g.länge
}

//go:noinline
func ünï[T any](v T) T {
	<-forever
	return v
}

//line /an absolute path/with spaces/ünïcode and "quotes".y:1000000
//go:noinline
func lineDirective(n int) int {
	<-forever
	return n
}

//line relative/generated.go:7
//go:noinline
func lineRelative(n int) int {
	n = lineInlined(n)
	return n
}

//line other.go:1
func lineInlined(n int) int {
	<-forever
//line back.go:3
	return n
}

//line names.go:16000000
//go:noinline
func lineHuge(n int) int {
	<-forever
	return n
}
