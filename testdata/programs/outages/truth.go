package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// truth is what the report must say.
type truth struct {
	Name string `json:"name"`
	// Nothing is wrong.
	Calm bool `json:"calm"`
	// Exit codes of --check that are right.
	Exit []int `json:"exit"`
	// Least number of goroutines that are stuck.
	Count int `json:"count"`
	// Functions of the program's own code in which they are stuck, any of them.
	Place []string `json:"place"`
	// Resources that they wait for, any of them.
	Resource []string `json:"resource"`
	// Goroutines that hold the resource; one of them must be named.
	Holders []int64 `json:"holders"`
	// No living goroutine holds it.
	NoHolder bool `json:"no_holder"`
	// Address of the process that does not answer.
	Peer *string `json:"peer"`
	Pool *pool   `json:"pool"`
	// Kinds of finding that are right, any of them.
	What []string `json:"what"`
	// Age in seconds from which on it counts: waits count from a minute on.
	Age int `json:"age"`
	// Process to look at, if it is not this one.
	PID int `json:"pid,omitempty"`
}

// pool is what a pool of connections counts; what is nil is not compared.
type pool struct {
	Max     *int `json:"max"`
	InUse   *int `json:"in_use"`
	Waiting *int `json:"waiting"`
}

func newTruth(name string) *truth {
	return &truth{
		Name: name, Exit: []int{11}, Age: 65,
		Place: []string{}, Resource: []string{}, Holders: []int64{}, What: []string{},
	}
}

// blocked are the kinds of finding that blocked work may be.
var blocked = []string{"blocked", "pile_up", "deadlock", "no_deadline", "peer"}

// stuck says how many goroutines are stuck, on what, and in which function.
// The program is ready once its own stacks show that.
func (t *truth) stuck(count int, resource string, place ...string) {
	t.Count = count
	t.Resource = append(t.Resource, resource)
	t.Place = append(t.Place, place...)
	t.What = blocked
	if count < 10 {
		t.Exit = []int{10, 11}
	}
	await(count, place...)
}

// calm says that nothing is wrong.
func (t *truth) calm() {
	t.Calm = true
	t.Exit = []int{0}
}

// at names the process that does not answer.
func (t *truth) at(address string) { t.Peer = &address }

// holds names a goroutine that holds the resource.
func (t *truth) holds(goids ...int64) { t.Holders = append(t.Holders, goids...) }

func (t *truth) pooled(max, inUse, waiting int) {
	t.Pool = &pool{Max: &max, InUse: &inUse, Waiting: &waiting}
}

// check holds the truth against the program's own stacks, once more.
func (t *truth) check() {
	if len(t.Place) == 0 {
		return
	}
	all := goroutines()
	if is := stuckIn(all, t.Place); len(is) < t.Count {
		fail(fmt.Errorf("%d goroutines are in %v, not %d", len(is), t.Place, t.Count))
	}
	for _, holder := range t.Holders {
		if _, ok := all[holder]; !ok {
			fail(fmt.Errorf("holder %d does not live", holder))
		}
	}
}

// publish writes the truth, so that the file is either absent or whole.
func (t *truth) publish(f *os.File, name string) {
	text, err := json.MarshalIndent(t, "", "  ")
	fail(err)
	if f == nil {
		fmt.Printf("%s\n", text)
		return
	}
	_, err = f.Write(text)
	fail(err)
	fail(os.Rename(f.Name(), name))
}
