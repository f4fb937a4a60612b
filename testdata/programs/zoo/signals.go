package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Signals: the goroutine os/signal starts (in a "syscall" that is none) and
// the ones waiting for the channel.

func launchSignals() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1, syscall.SIGWINCH)
	go func() {
		for s := range c {
			sinkAny = s
		}
	}()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGUSR2)
	keep = append(keep, stop)
	go waitContext(ctx)
}
