package main

import "time"

// Selects: "select (no cases)", the one-case form that compiles to a plain
// channel operation, and many-case forms with nil channels and timers.

func launchSelects() {
	go func() { select {} }()
	go selectNone()

	go func() {
		c := make(chan int)
		select {
		case <-c:
		}
	}()
	go func() {
		c := make(chan int)
		select {
		case c <- 1:
		}
	}()
	go func() {
		var c chan int
		select {
		case v := <-c:
			sinkInt = v
		}
	}()

	a, b := make(chan int), make(chan string)
	go selectTwo(a, b)
	go selectTwo(a, b)
	go selectSendRecv(a, make(chan int))
	go selectNil(a, nil)
	go selectNil(nil, nil)
	go selectMany(make([]chan int, 9))
	go selectSame(make(chan int))
	go selectTimeout(a)
	go selectLoop(a, make(chan struct{}))
	go selectInlined(a)
}

func selectNone() {
	defer func() { sinkInt++ }()
	select {}
}

//go:noinline
func selectTwo(a chan int, b chan string) {
	select {
	case v := <-a:
		sinkInt = v
	case s, ok := <-b:
		if ok {
			sinkString = s
		}
	}
}

//go:noinline
func selectSendRecv(a, b chan int) int {
	select {
	case v := <-a:
		return v
	case b <- 7:
		return 7
	}
}

//go:noinline
func selectNil(a, b chan int) {
	select {
	case <-a:
	case <-b:
	}
}

func selectMany(c []chan int) {
	for i := range c {
		if i%3 != 0 {
			c[i] = make(chan int)
		}
	}
	select {
	case <-c[0]:
	case <-c[1]:
	case c[2] <- 2:
	case <-c[3]:
	case c[4] <- 4:
	case <-c[5]:
	case c[6] <- 6:
	case v := <-c[7]:
		sinkInt = v
	case sinkInt = <-c[8]:
	}
}

// selectSame waits twice on one channel, in both directions.
func selectSame(c chan int) {
	select {
	case <-c:
	case c <- 1:
	}
}

func selectTimeout(c chan int) {
	t := time.NewTimer(time.Hour)
	defer t.Stop()
	select {
	case <-c:
	case <-t.C:
	case <-time.After(2 * time.Hour):
	}
}

func selectLoop(c chan int, quit chan struct{}) {
loop:
	for {
		select {
		case v := <-c:
			sinkInt += v
		case <-quit:
			break loop
		}
	}
}

func selectInlined(c chan int) {
	if ok := trySelect(c); ok {
		sinkInt++
	}
}

func trySelect(c chan int) bool {
	select {
	case <-c:
		return true
	case <-forever:
		return false
	}
}
