// Command web is an HTTP server to be loaded with requests and looked at
// meanwhile: its goroutines allocate, lock, sleep, hand over and ask another
// server, and none of them may get lost.
//
// It prints `ready` and its address. Commands on standard input, one per line,
// each answered by one line of JSON on standard output:
//
//	reset     forget the longest gap
//	gap       say the longest gap of the heartbeat since the last reset
//	rollcall  once its clients are gone: have every goroutine that should be
//	          there answer, and say how many did
//
// The end of standard input ends the program.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"gopeek.test/programs/internal/heartbeat"
)

// begun and ended count requests.
var begun, ended int64

func main() {
	upstream := serve(upstreamHandler())
	staff := hire()
	mux := handlers(staff, "http://"+upstream)
	address := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		atomic.AddInt64(&begun, 1)
		defer atomic.AddInt64(&ended, 1)
		mux.ServeHTTP(w, r)
	}))
	heartbeat.Start()
	before := settled(func() bool { return len(staff.answered()) == len(staff.members) })
	os.Stdout.WriteString("ready " + address + "\n")

	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		switch in.Text() {
		case "reset":
			heartbeat.Reset()
			say(map[string]int64{})
		case "gap":
			say(map[string]int64{
				"max_gap_ns": int64(heartbeat.Longest()),
				"samples":    heartbeat.Looks(),
			})
		case "rollcall":
			say(rollcall(staff, before))
		default:
			say(map[string]string{"error": "unknown command"})
		}
	}
	os.Exit(0)
}

func rollcall(staff *staff, before int) map[string]int {
	http.DefaultClient.CloseIdleConnections()
	answered := 0
	after := settled(func() bool {
		answered = len(staff.answered())
		return answered == len(staff.members) &&
			atomic.LoadInt64(&begun) == atomic.LoadInt64(&ended) &&
			runtime.NumGoroutine() == before
	})
	return map[string]int{
		"staff":    len(staff.members),
		"answered": answered,
		"begun":    int(atomic.LoadInt64(&begun)),
		"ended":    int(atomic.LoadInt64(&ended)),
		"before":   before,
		"after":    after,
	}
}

// settled waits until it is so, but not for ever, and gives the number of
// goroutines.
func settled(so func() bool) int {
	for start := time.Now(); !so() && time.Since(start) < 20*time.Second; {
		time.Sleep(10 * time.Millisecond)
	}
	return runtime.NumGoroutine()
}

func serve(handler http.Handler) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Print(err)
		os.Exit(4)
	}
	go http.Serve(listener, handler)
	return listener.Addr().String()
}

func say(answer interface{}) {
	line, err := json.Marshal(answer)
	if err != nil {
		log.Print(err)
		os.Exit(4)
	}
	os.Stdout.Write(append(line, '\n'))
}
