package main

// Channel operations: the wait reasons "chan receive", "chan send" and their
// nil channel variants, for every kind of channel and form of receive.

func launchChans() {
	go func() {
		var c chan int
		<-c
	}()
	go func() {
		var c chan int
		c <- 1
	}()
	go func() {
		var c chan struct{}
		for range c {
		}
	}()
	go func() {
		c := make(chan int)
		<-c
	}()
	go func() {
		c := make(chan int)
		c <- 1
	}()
	go recvBuffered(make(chan string, 3))
	go sendBuffered(make(chan [4]int, 3))
	go recvDirected(make(chan int))
	go sendDirected(make(chan error))
	go recvOk(make(chan interface{}))
	go rangeOver(make(chan int64))
	go chanOfChan(make(chan chan int))
	go sendZeroSize(make(chan struct{}, 1))

	// Several goroutines on one channel, on both kinds of queue.
	shared := make(chan int)
	for i := 0; i < 3; i++ {
		go func(i int) { sinkInt += <-shared + i }(i)
	}
	full := make(chan int, 1)
	full <- 0
	for i := 0; i < 3; i++ {
		go func(i int) { full <- i }(i)
	}

	// A pipeline: each stage waits for the one before it.
	in := make(chan int)
	for i := 0; i < 4; i++ {
		out := make(chan int)
		go stage(in, out)
		in = out
	}
	go consume(in)
}

var (
	sinkInt    int
	sinkString string
	sinkAny    interface{}
	sinkFloat  float64
)

//go:noinline
func recvBuffered(c chan string) {
	sinkString = <-c
}

//go:noinline
func sendBuffered(c chan [4]int) {
	for i := 0; ; i++ {
		c <- [4]int{i, i, i, i}
	}
}

//go:noinline
func recvDirected(c <-chan int) int { return <-c }

//go:noinline
func sendDirected(c chan<- error) { c <- nil }

//go:noinline
func recvOk(c chan interface{}) (v interface{}, ok bool) {
	v, ok = <-c
	return
}

func rangeOver(c chan int64) {
	for v := range c {
		sinkInt += int(v)
	}
}

func chanOfChan(c chan chan int) { <-<-c }

func sendZeroSize(c chan struct{}) {
	c <- struct{}{}
	c <- struct{}{}
}

func stage(in <-chan int, out chan<- int) {
	defer close(out)
	for v := range in {
		out <- v + 1
	}
}

func consume(in <-chan int) {
	for v := range in {
		sinkInt += v
	}
}
