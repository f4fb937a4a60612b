//go:build go1.21

package main

import (
	"context"
	"slices"
	"sync"

	"gopeek.test/programs/internal/oracle"
)

// Go 1.21: once functions, functions that run after a context, and generic
// functions of the standard library that call back.

func init() { late = append(late, launchSince121) }

func launchSince121() {
	go sync.OnceFunc(func() { <-forever })()
	go sync.OnceValues(func() (int, error) { <-forever; return 1, nil })()
	ctx, cancel := context.WithCancel(context.Background())
	oracle.Expect(1)
	context.AfterFunc(ctx, func() {
		oracle.Here()
		<-forever
	})
	cancel()
	go slices.SortFunc([]int{3, 2, 1}, func(a, b int) int { <-forever; return a - b })
	go slices.IndexFunc([]point{{1, 2}}, func(p point) bool { <-forever; return true })
}
