// Package api is the HTTP interface of the order service.
package api

import (
	"encoding/json"
	"net/http"

	"gopeek.test/programs/orders/internal/audit"
	"gopeek.test/programs/orders/internal/store"
)

// A Handler serves the API.
type Handler struct {
	mux   *http.ServeMux
	store *store.Store
	audit *audit.Logger
}

// New returns a handler for the orders of s, recording in a.
func New(s *store.Store, a *audit.Logger) http.Handler {
	h := &Handler{mux: http.NewServeMux(), store: s, audit: a}
	h.mux.HandleFunc("/orders", h.createOrder)
	h.mux.HandleFunc("/orders/", h.getOrder)
	return withRecovery(h.mux)
}

// withRecovery turns a panic of next into an error for the client.
func withRecovery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				http.Error(w, "internal error", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func (h *Handler) createOrder(w http.ResponseWriter, r *http.Request) {
	var o store.Order
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	id := h.store.Put(&o)
	if err := h.audit.Record("create", id); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusCreated)
	json.NewEncoder(w).Encode(&o)
}

func (h *Handler) getOrder(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Path[len("/orders/"):]
	o, ok := h.store.Get(id)
	if !ok {
		http.NotFound(w, r)
		return
	}
	if err := h.audit.Record("read", id); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	json.NewEncoder(w).Encode(o)
}
