package main

import (
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func init() {
	outages["gc-thrash"] = gcThrash
	outages["fds"] = fds
	outages["sigstop"] = sigstop
	roles["service"] = idleService
}

// live is what the service cannot do without.
var live [][]byte

func churn() {
	for {
		live[0] = make([]byte, 64<<10)
	}
}

// gcThrash: the heap is as large as GOMEMLIMIT, and every allocation brings
// the next collection.
func gcThrash(t *truth) {
	// The others on this machine have work to do.
	runtime.GOMAXPROCS(1)
	for i := 0; i < 1024; i++ {
		live = append(live, make([]byte, 64<<10))
	}
	debug.SetMemoryLimit(64 << 20)
	go churn()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	until("the collector runs all the time", func() bool {
		runtime.ReadMemStats(&now)
		return now.NumGC > before.NumGC+20
	})
	t.What = []string{"gc_cpu", "gc", "limit"}
	t.Age = 10
	t.Exit = []int{10, 11}
}

// fds: as many files are open as RLIMIT_NOFILE allows, and accept fails.
func fds(t *truth) {
	address := serve(func(w http.ResponseWriter, r *http.Request) {})
	limit := syscall.Rlimit{Cur: 64, Max: 64}
	fail(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit))
	for {
		c, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		keep(c)
	}
	// A socket that failed may have given its descriptor back: whatever is free in the next second is taken, too.
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		for {
			if _, err := syscall.Open("/dev/null", syscall.O_RDONLY, 0); err != nil {
				break
			}
		}
	}
	t.What = []string{"limit"}
	t.Age = 5
	t.Exit = []int{10, 11}
}

// idleService is a service without an outage.
func idleService([]string) {
	runService()
	runtime.GC()
	said(strconv.Itoa(os.Getpid()))
}

// sigstop: the service is stopped. The one to look at is a child.
func sigstop(t *truth) {
	c := start("service")
	t.PID = c.cmd.Process.Pid
	fail(c.cmd.Process.Signal(syscall.SIGSTOP))
	until("the child is stopped", func() bool {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(t.PID) + "/stat")
		fail(err)
		text := string(stat)
		return strings.HasPrefix(text[strings.LastIndexByte(text, ')')+1:], " T")
	})
	atExit = append(atExit, func() { c.cmd.Process.Kill() })
	t.What = []string{"stopped"}
	t.Age = 5
	t.Exit = []int{10, 11}
}
