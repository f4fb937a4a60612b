// Command states brings itself into a state that a debugger finds hard, and
// lives on in it.
//
//	states [-do STATE] [-n N] [-what DAMAGE]
//
// Goroutines whose functions begin with "park" stay as they are from "ready"
// to the end; all others come and go. Commands on standard input, one per
// line, each answered by one line of JSON on standard output:
//
//	stack   the text of runtime.Stack(all)
//	beats   how often the heartbeat has beaten, and how often that which the
//	        state does over and over was done
//	begin   do what the state waits with until it is told to
//	settle  stop what is done over and over, and say what came of it
//
// The end of standard input ends the program.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"gopeek.test/programs/internal/oracle"
)

var (
	do   = flag.String("do", "", "the state")
	n    = flag.Int("n", 100, "how many, where the state has a number")
	what = flag.String("what", "", "what is damaged")
)

// state is what one value of -do means. Any part may be missing.
type state struct {
	// park starts goroutines that stay as they are.
	park func()
	// run starts what comes and goes; it may keep the main goroutine.
	run func()
	// begin and settle answer the commands of that name.
	begin, settle func() any
}

var states = map[string]state{
	"":        {},
	"vfork":   {begin: beginVfork, settle: settleVfork},
	"churn":   {run: comeAndGo, settle: stop},
	"cutting": {run: cutAgain, settle: stop},
	"locked":  {park: parkLocked},
	"calls":   {park: parkCalls, settle: settleCalls},
	"leader":  {run: endLeader},
	"exec":    {run: execAgain},
	"hidden":  {run: hide},
	"signals": {run: storm, settle: settleStorm},
	"damaged": {park: parkDoomed, begin: damage},
}

// beats and rounds count up for as long as the program is well.
var beats, rounds int64

// stopped is set to end what is done over and over.
var stopped int32

func main() {
	flag.Parse()
	state, known := states[*do]
	if !known {
		fmt.Fprintln(os.Stderr, "states: no state", *do)
		os.Exit(2)
	}
	// A goroutine that keeps its P must not keep the heartbeat from it.
	runtime.GOMAXPROCS(runtime.NumCPU() + 2)
	parkAll()
	if state.park != nil {
		state.park()
	}
	oracle.Settle()
	go beat()
	if state.run == nil {
		serve(state)
	}
	go func() {
		<-prepared
		serve(state)
	}()
	state.run()
	select {}
}

// prepared is closed by a state's run when the state has come.
var prepared = make(chan struct{})

func beat() {
	for {
		time.Sleep(time.Millisecond)
		atomic.AddInt64(&beats, 1)
	}
}

func serve(state state) {
	fmt.Println("ready")
	in := bufio.NewScanner(os.Stdin)
	var buf []byte
	for in.Scan() {
		switch in.Text() {
		case "stack":
			var text []byte
			text, buf = oracle.Stack(buf)
			say(string(text))
		case "beats":
			say(map[string]int64{"beats": atomic.LoadInt64(&beats), "rounds": atomic.LoadInt64(&rounds)})
		case "begin":
			say(state.begin())
		case "settle":
			say(state.settle())
		default:
			say("unknown command")
		}
	}
	os.Exit(0)
}

func say(answer any) {
	line, err := json.Marshal(answer)
	fail(err)
	os.Stdout.Write(append(line, '\n'))
}

// fail ends the program when something that it needs was refused.
func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "states:", err)
		os.Exit(4)
	}
}

func stop() any {
	atomic.StoreInt32(&stopped, 1)
	return atomic.LoadInt64(&rounds)
}

func goesOn() bool { return atomic.LoadInt32(&stopped) == 0 }
