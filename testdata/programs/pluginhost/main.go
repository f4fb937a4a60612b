//go:build cgo

// Command pluginhost opens the plugin named by its argument (built from
// pluginlib with -buildmode=plugin) and parks goroutines in both.
package main

import (
	"os"
	"plugin"

	"gopeek.test/programs/internal/oracle"
)

var forever = make(chan struct{})

func main() {
	if len(os.Args) != 2 {
		println("usage: pluginhost plugin.so")
		os.Exit(2)
	}
	go park(1)
	p, err := plugin.Open(os.Args[1])
	if err != nil {
		println("pluginhost:", err.Error())
		os.Exit(4)
	}
	start := lookup(p, "Start").(func(int))
	newWaiter := lookup(p, "New").(func(string) interface{ Wait(int) int })
	call := lookup(p, "Call").(func(func(int) int, int) int)
	*lookup(p, "Count").(*int) = 7

	start(4)
	go newWaiter("from the host").Wait(3)
	// Host, plugin, host; and twice over.
	go call(park, 5)
	go func() {
		call(func(n int) int { return call(park, n+1) }, 6)
	}()
	go park(8)
	oracle.Run()
}

func lookup(p *plugin.Plugin, name string) plugin.Symbol {
	s, err := p.Lookup(name)
	if err != nil {
		println("pluginhost:", err.Error())
		os.Exit(4)
	}
	return s
}

//go:noinline
func park(n int) int {
	<-forever
	return n
}
