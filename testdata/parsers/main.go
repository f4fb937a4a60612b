// Command parsers reads a dump of goroutines on standard input, has gostackparse
// and panicparse parse it, and prints as JSON what each of them made of it;
// with -gostackparse, the JSON of gostackparse itself.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/DataDog/gostackparse"
	"github.com/maruel/panicparse/v2/stack"
)

// A reading is what one parser made of the dump.
type reading struct {
	Goroutines []goroutine `json:"goroutines"`
	Errors     []string    `json:"errors"`
}

type goroutine struct {
	ID        int    `json:"id"`
	State     string `json:"state"`
	Minutes   int    `json:"minutes"`
	Locked    bool   `json:"locked"`
	Frames    int    `json:"frames"`
	CreatedBy string `json:"created_by"`
}

func main() {
	dump, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	// Asked for, that is what it made of it in its own words.
	if len(os.Args) > 1 && os.Args[1] == "-gostackparse" {
		parsed, errs := gostackparse.Parse(bytes.NewReader(dump))
		if len(errs) > 0 {
			log.Fatal(errs)
		}
		if err := json.NewEncoder(os.Stdout).Encode(parsed); err != nil {
			log.Fatal(err)
		}
		return
	}
	readings := map[string]reading{
		"gostackparse": byGostackparse(dump),
		"panicparse":   byPanicparse(dump),
	}
	if err := json.NewEncoder(os.Stdout).Encode(readings); err != nil {
		log.Fatal(err)
	}
}

func byGostackparse(dump []byte) reading {
	r := reading{[]goroutine{}, []string{}}
	parsed, errs := gostackparse.Parse(bytes.NewReader(dump))
	for _, err := range errs {
		r.Errors = append(r.Errors, err.Error())
	}
	for _, g := range parsed {
		read := goroutine{g.ID, g.State, int(g.Wait.Minutes()), g.LockedToThread, len(g.Stack), ""}
		if g.CreatedBy != nil {
			read.CreatedBy = g.CreatedBy.Func
		}
		if g.FramesElided || g.Ancestor != nil {
			r.Errors = append(r.Errors, fmt.Sprintf("goroutine %d: elided frames or an ancestor", g.ID))
		}
		r.Goroutines = append(r.Goroutines, read)
	}
	return r
}

func byPanicparse(dump []byte) (r reading) {
	r = reading{[]goroutine{}, []string{}}
	fail := func(format string, args ...any) {
		r.Errors = append(r.Errors, fmt.Sprintf(format, args...))
	}
	// It indexes a function's name with what it takes for the length of its package.
	defer func() {
		if p := recover(); p != nil {
			fail("panic: %v", p)
		}
	}()
	// It would look for the sources on this machine, which are another's.
	snapshot, rest, err := stack.ScanSnapshot(bytes.NewReader(dump), io.Discard, &stack.Opts{})
	if err != nil && !errors.Is(err, io.EOF) {
		fail("%v", err)
	}
	if len(rest) > 0 {
		fail("stops at %.200q", rest)
	}
	if snapshot == nil {
		return r
	}
	for _, g := range snapshot.Goroutines {
		read := goroutine{g.ID, g.State, g.SleepMin, g.Locked, len(g.Stack.Calls), ""}
		for _, call := range g.CreatedBy.Calls {
			read.CreatedBy = call.Func.Complete
		}
		if g.Stack.Elided {
			fail("goroutine %d: elided frames", g.ID)
		}
		r.Goroutines = append(r.Goroutines, read)
	}
	return r
}
