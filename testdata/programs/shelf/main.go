// Command shelf is the program of the cores in testdata/cores: small, and
// every one of its scenarios stands still or crashes at a known place.
//
//	shelf hang|deep|crash|fault
package main

import (
	"os"

	"gopeek.test/programs/internal/oracle"
)

// forever is never closed and nothing is ever sent on it.
var forever = make(chan int)

func main() {
	scenario := ""
	if len(os.Args) > 1 {
		scenario = os.Args[1]
	}
	switch scenario {
	case "hang":
		hang()
	case "deep":
		deep()
	case "crash":
		die(crash)
	case "fault":
		die(fault)
	default:
		println("usage: shelf hang|deep|crash|fault")
		os.Exit(2)
	}
	oracle.Run()
}
