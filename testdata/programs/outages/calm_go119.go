//go:build !go1.21

package main

import "context"

// afterCancel has a goroutine wait for a context, as context.AfterFunc does
// where there is one.
func afterCancel(ctx context.Context) { go func() { <-ctx.Done() }() }
