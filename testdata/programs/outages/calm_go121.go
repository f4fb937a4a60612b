//go:build go1.21

package main

import "context"

// afterCancel has a function wait for a context.
func afterCancel(ctx context.Context) { keep(context.AfterFunc(ctx, func() {})) }
