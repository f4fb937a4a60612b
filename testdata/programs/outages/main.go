// Command outages brings itself into the state of an outage that real
// libraries make, and writes down the truth about it: who is stuck, where, on
// what, and because of whom.
//
//	outages -truth FILE NAME
//
// It writes the file once every goroutine is where it stays, prints "ready"
// and its process id, and exits when its standard input ends. Without a name
// it lists the outages. With -stacks FILE it also writes its own stacks.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"sort"
	"strings"
)

// outages by name; each file adds its own.
var outages = map[string]func(*truth){}

// roles are what a child of this program may be, by name.
var roles = map[string]func(args []string){}

// atExit is what must end with the program.
var atExit []func()

func main() {
	file := flag.String("truth", "", "`file` to write the truth to")
	stacks := flag.String("stacks", "", "`file` to write the program's own stacks to")
	flag.Parse()
	name := flag.Arg(0)
	if strings.HasPrefix(name, "role:") {
		role := roles[strings.TrimPrefix(name, "role:")]
		if role == nil {
			fail(fmt.Errorf("no role %q", name))
		}
		role(flag.Args()[1:])
		return
	}
	outage := outages[name]
	if outage == nil {
		list()
		if name != "" {
			os.Exit(2)
		}
		return
	}
	// Children die with the thread that started them.
	runtime.LockOSThread()
	runService()
	// Opened before the outage, which may use up the descriptors.
	truthFile, stacksFile := create(*file), create(*stacks)
	t := newTruth(name)
	outage(t)
	// The runtime counts waits from the first collection that sees them.
	runtime.GC()
	runtime.GC()
	t.check()
	if stacksFile != nil {
		_, err := stacksFile.Write(stack())
		fail(err)
		fail(os.Rename(stacksFile.Name(), *stacks))
	}
	t.publish(truthFile, *file)
	fmt.Println("ready", os.Getpid())
	io.Copy(io.Discard, os.Stdin)
	for _, end := range atExit {
		end()
	}
	os.Exit(0)
}

// create makes a file that has another name until it is whole.
func create(name string) *os.File {
	if name == "" {
		return nil
	}
	f, err := os.Create(name + ".tmp")
	fail(err)
	return f
}

// takesCPU are the outages that do not wait.
var takesCPU = map[string]bool{"calm-busy": true, "gc-thrash": true}

func list() {
	var names []string
	for name := range outages {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool {
		// Those that take a CPU come last, so that they are not in the way of others.
		if takesCPU[names[i]] != takesCPU[names[j]] {
			return takesCPU[names[j]]
		}
		return names[i] < names[j]
	})
	for _, name := range names {
		fmt.Println(name)
	}
}

// fail ends the program if the outage cannot be set up.
func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "outages:", err)
		os.Exit(4)
	}
}
