// Command hang brings itself into a state that on-call engineers know, and
// writes down the truth about it: who waits where, who holds what.
//
//	hang -truth FILE INCIDENT
//
// It writes the file once every goroutine is where it is to stay, prints
// "ready" and its process id, and exits when its standard input ends. Without
// an incident it lists them.
package main

import (
	"flag"
	"fmt"
	"os"
	"sort"
)

// incidents by their names; each file adds its own.
var incidents = map[string]func(*truth){}

func main() {
	file := flag.String("truth", "", "where to write the truth")
	flag.Parse()
	name := flag.Arg(0)
	if role := roles[name]; role != nil {
		role()
		return
	}
	incident := incidents[name]
	if incident == nil {
		var names []string
		for name := range incidents {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			fmt.Println(name)
		}
		if name != "" {
			os.Exit(2)
		}
		return
	}
	t := &truth{Incident: name}
	incident(t)
	t.publish(*file)
	fmt.Println("ready", os.Getpid())
	if t.last != nil {
		go t.last()
	}
	var b [64]byte
	for {
		if _, err := os.Stdin.Read(b[:]); err != nil {
			end()
			os.Exit(0)
		}
	}
}

// roles are what a child of this program may be.
var roles = map[string]func(){}

// end is what is to be done before the exit.
var end = func() {}

// fail ends the program where the incident can't be set up.
func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "hang:", err)
		os.Exit(4)
	}
}
