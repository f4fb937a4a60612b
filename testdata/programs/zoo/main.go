// Command zoo parks goroutines in every way Go knows and says what the
// runtime's own traceback of them is. It is the main program of the agreement
// test. No cgo, no net/http.
package main

import (
	"os"

	"gopeek.test/programs/internal/oracle"
)

// forever is never closed and nothing is ever sent on it: receiving from it
// is the plain way to park.
var forever = make(chan struct{})

// keep holds what must not be collected while goroutines wait on it.
var keep []interface{}

// families launch the goroutines. Files that need a newer Go add to late.
var families = []func(){
	launchChans,
	launchSelects,
	launchLocks,
	launchTimers,
	launchNet,
	launchFiles,
	launchSyscalls,
	launchRecursion,
	launchInlining,
	launchGenerics,
	launchMethods,
	launchArgs,
	launchGoStatements,
	launchPanics,
	launchGoexit,
	launchThreads,
	launchNames,
	launchSignals,
	launchChildren,
	launchLabels,
	launchReflection,
	launchCallbacks,
	launchAssembly,
}

var late []func()

func main() {
	if len(os.Args) > 1 && os.Args[1] == "child" {
		child()
	}
	for _, launch := range families {
		launch()
	}
	for _, launch := range late {
		launch()
	}
	// These collect garbage or reuse ended goroutines, so they come last.
	launchFinalizers()
	launchStacks()
	launchReuse()
	oracle.Run()
}

// must stops the program on an error of the set-up.
func must(err error) {
	if err != nil {
		println("zoo:", err.Error())
		os.Exit(4)
	}
}
