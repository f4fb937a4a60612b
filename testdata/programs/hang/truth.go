package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"unsafe"
)

// truth is what is written down. The addresses in it are text, so that it
// keeps nothing alive.
type truth struct {
	Incident string  `json:"incident"`
	Stuck    bool    `json:"stuck"`
	Culprits []int64 `json:"culprits,omitempty"`
	Cycle    []int64 `json:"cycle,omitempty"`
	// The kind of finding that is to be told first, where it names nobody.
	Finding string   `json:"finding,omitempty"`
	Objects []object `json:"objects,omitempty"`
	// Blocked, and not at an object.
	Sleeping []int64 `json:"sleeping,omitempty"`
	Forever  []int64 `json:"forever,omitempty"`
	Syscall  []int64 `json:"syscall,omitempty"`
	C        []int64 `json:"c,omitempty"`
	// Not blocked.
	Running []int64 `json:"running,omitempty"`
	// Goroutines at objects that nobody else has.
	Leaked []int64 `json:"leaked,omitempty"`
	// Whether those are all, whatever the heap leads to.
	Deep bool `json:"deep"`
	// Those of the libraries.
	Others []int64 `json:"others,omitempty"`
	// The state comes about only after "ready": the program has no P left to
	// say so.
	Late bool `json:"late"`
	// The goroutines move all the time.
	Moving bool `json:"moving"`

	started []int64
	// A look at all goroutines would not end: it stops the world.
	blind bool
	last  func()
}

type object struct {
	Kind string `json:"kind"`
	// Empty where the program can't know.
	Addr    string   `json:"addr"`
	FD      *int     `json:"fd,omitempty"`
	Waiters []waiter `json:"waiters"`
	Holders []int64  `json:"holders"`
	// It is locked, and who has locked it is gone.
	Unheld bool `json:"unheld"`
}

type waiter struct {
	Goid    int64  `json:"goid"`
	Purpose string `json:"purpose"`
	Select  bool   `json:"select"`
}

// at adds an object, with those that wait at it for one purpose.
func (t *truth) at(kind string, p unsafe.Pointer, purpose string, goids ...int64) *object {
	addr := ""
	if p != nil {
		addr = fmt.Sprintf("0x%x", uintptr(p))
	}
	t.Objects = append(t.Objects, object{Kind: kind, Addr: addr, Waiters: []waiter{}, Holders: []int64{}})
	return t.Objects[len(t.Objects)-1].wait(purpose, goids...)
}

// file adds what is behind a descriptor.
func (t *truth) file(fd uintptr, purpose string, goids ...int64) *object {
	o := t.at("file", nil, purpose, goids...)
	n := int(fd)
	o.FD = &n
	return o
}

func (o *object) wait(purpose string, goids ...int64) *object {
	for _, goid := range goids {
		o.Waiters = append(o.Waiters, waiter{Goid: goid, Purpose: purpose})
	}
	return o
}

func (o *object) selects(purpose string, goids ...int64) *object {
	for _, goid := range goids {
		o.Waiters = append(o.Waiters, waiter{Goid: goid, Purpose: purpose, Select: true})
	}
	return o
}

func (o *object) held(by ...int64) *object {
	o.Holders = append(o.Holders, by...)
	return o
}

// stuck says who is to be named.
func (t *truth) stuck(culprits ...int64) {
	t.Stuck = true
	t.Culprits = append(t.Culprits, culprits...)
}

// publish writes the truth, so that it is either absent or whole. Every
// goroutine that was started must be in it once: blocked ones at an object or
// in one of the lists.
func (t *truth) publish(name string) {
	listed := map[int64]int{}
	for _, o := range t.Objects {
		seen := map[int64]bool{}
		for _, w := range o.Waiters {
			if seen[w.Goid] {
				fail(fmt.Errorf("goroutine %d twice at %s", w.Goid, o.Kind))
			}
			seen[w.Goid] = true
			if !w.Select || listed[w.Goid] == 0 {
				listed[w.Goid]++
			}
		}
	}
	for _, list := range [][]int64{t.Sleeping, t.Forever, t.Syscall, t.C, t.Running} {
		for _, goid := range list {
			listed[goid]++
		}
	}
	for _, goid := range t.started {
		if listed[goid] != 1 {
			fail(fmt.Errorf("goroutine %d is listed %d times", goid, listed[goid]))
		}
	}
	var all map[int64]string
	if !t.blind {
		all = states()
	}
	for goid := range all {
		if listed[goid] == 0 && goid != own() {
			t.Others = append(t.Others, goid)
		}
	}
	sort.Slice(t.Others, func(i, j int) bool { return t.Others[i] < t.Others[j] })
	text, err := json.Marshal(t)
	fail(err)
	if name == "" {
		fmt.Printf("%s\n", text)
		return
	}
	fail(os.WriteFile(name+".tmp", text, 0o666))
	fail(os.Rename(name+".tmp", name))
}
