package main

import (
	"context"
	"runtime/pprof"
)

// Profiler labels, which headers show when GODEBUG=tracebacklabels=1 (Go 1.26
// and later): values with spaces, quotes, control and other characters.

func launchLabels() {
	labels := []pprof.LabelSet{
		pprof.Labels("worker", "7"),
		pprof.Labels("key", "value with spaces"),
		pprof.Labels("b", "2", "a", "1", "c", "3"),
		pprof.Labels("empty", "", "", "empty key"),
		pprof.Labels("quoted", `say "hi" \ bye`),
		pprof.Labels("control", "tab\tnewline\nreturn\rnul\x00esc\x1bdel\x7f"),
		pprof.Labels("unicode", "grüße 世界 \U0001f980", "schlüssel", "ä"),
		pprof.Labels("invalid", "\xff\xfe bytes"),
		pprof.Labels("path", "/api/v1.2/orders_x-y", "brackets", "a]: [b", "braces", "}{:,"),
		pprof.Labels(),
	}
	for _, l := range labels {
		go pprof.Do(context.Background(), l, func(ctx context.Context) {
			waitContext(ctx)
		})
	}
	// Inherited by a child, extended, and set without Do.
	go pprof.Do(context.Background(), labels[2], func(ctx context.Context) {
		go park()
		pprof.Do(ctx, pprof.Labels("b", "overridden", "d", "4"), func(context.Context) {
			<-forever
		})
	})
	go func() {
		pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), labels[0]))
		<-forever
	}()
	go func() {
		pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), labels[0]))
		pprof.SetGoroutineLabels(context.Background())
		<-forever
	}()
}
