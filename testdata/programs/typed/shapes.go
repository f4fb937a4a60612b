package main

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// limits is embedded, once by value and once by pointer.
type limits struct {
	low, high int32
}

type named struct {
	name string
}

type shard struct {
	_    byte
	mu   sync.Mutex
	hits uint64
}

type deep struct {
	shards   [4]shard
	registry *Registry
}

// Registry is locked by nobody who would unlock it.
type Registry struct {
	lock sync.RWMutex
	size int8
}

// Wait parks for good, and keeps its receiver.
//
//go:noinline
func (r *Registry) Wait() {
	r.lock.Lock()
	r.lock.Lock()
	runtime.KeepAlive(r)
}

type config struct {
	retries int
}

// pointed has room for one word, so that an interface holds it itself.
type pointed struct {
	to *config
}

// Service has a field of every shape.
type Service struct {
	limits
	*named
	deep    deep
	on      bool
	flag    atomic.Bool
	count   atomic.Int64
	ratio   float64
	current atomic.Pointer[config]
	err     error
	any     interface{}
	direct  interface{}
	nothing error
	byName  map[string]int
	empty   map[string]int
	queue   chan int
	list    []limits
	started time.Time
	elapsed time.Duration
	gate    chan int
}

var started = time.Date(2026, 2, 28, 12, 30, 15, 987654321, time.UTC)

func newService() *Service {
	s := &Service{
		limits:  limits{low: -3, high: 1 << 30},
		named:   &named{name: "service"},
		on:      true,
		err:     fmt.Errorf("outer: %w", &fs.PathError{Op: "open", Path: "/none", Err: errors.New("no such file")}),
		any:     config{retries: 3},
		direct:  pointed{to: &config{retries: 4}},
		byName:  map[string]int{"a": 1, "b": 2, "c": 3},
		queue:   make(chan int, 8),
		list:    []limits{{1, 2}, {3, -4}},
		started: started,
		elapsed: -time.Hour,
		gate:    make(chan int),
	}
	s.flag.Store(true)
	s.count.Store(-1 << 40)
	s.current.Store(&config{retries: 5})
	s.deep.shards[3].hits = 1 << 60
	s.deep.registry = &Registry{size: -8}
	s.queue <- 1
	s.queue <- 2
	return s
}

// Wait parks for good, and keeps its receiver.
//
//go:noinline
func (s *Service) Wait() {
	s.gate <- 1
	runtime.KeepAlive(s)
}

// values is what the fields are, by method and path.
func (s *Service) values() map[string]string {
	wait := "main.(*Service).Wait "
	return map[string]string{
		wait + "low":                 "-3",
		wait + "limits.high":         strconv.Itoa(1 << 30),
		wait + "name":                "service",
		wait + "named.name":          "service",
		wait + "deep.shards[3].hits": strconv.Itoa(1 << 60),
		wait + "deep.registry.size":  "-8",
		wait + "on":                  "true",
		wait + "flag":                "1",
		wait + "count":               strconv.Itoa(-1 << 40),
		wait + "err.msg":             s.err.Error(),
		wait + "err.err.Path":        "/none",
		wait + "err.err.Err.s":       "no such file",
		wait + "any.retries":         "3",
		wait + "direct.to.retries":   "4",
		wait + "current.retries":     "5",
		wait + "nothing.s":           "nil on the way to s",
		wait + "byName":              "3",
		wait + "empty":               "0",
		wait + "queue":               "2",
		wait + "list":                "2",
		wait + "list[1].high":        "-4",
		wait + "started":             strconv.FormatInt(started.UnixNano(), 10),
		wait + "elapsed":             strconv.FormatInt(int64(-time.Hour), 10),
		wait + "limits.none":         "main.limits has no none",
		"main.(*Registry).Wait size": "-8",
	}
}
