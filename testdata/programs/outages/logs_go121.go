//go:build go1.21

package main

import (
	"log/slog"
	"net/http"
)

func init() { outages["slog-pipe"] = slogPipe }

type slogged struct{ log *slog.Logger }

func (s *slogged) order(w http.ResponseWriter, r *http.Request) {
	s.log.Info("order", "path", r.URL.Path)
}

// slogPipe: nobody drains standard error, to which slog writes.
func slogPipe(t *truth) {
	s := &slogged{slog.New(slog.NewJSONHandler(collected(), nil))}
	logged(t, "main.(*slogged).order", s.order)
}
