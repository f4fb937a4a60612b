package main

import (
	"io"
	"net/http"
)

func init() { outages["http-server-write"] = httpServerWrite }

// export sends a body that is larger than what sockets buffer.
func export(w http.ResponseWriter, r *http.Request) {
	part := make([]byte, 1<<20)
	for i := 0; i < 64; i++ {
		if _, err := w.Write(part); err != nil {
			return
		}
	}
}

// httpServerWrite: clients do not read what they asked for.
func httpServerWrite(t *truth) {
	visited(12, export)
	t.stuck(12, "http-server-write", "main.export")
}

// slow is an upstream that does not answer, and the address it listens at.
func slow() (*shop, string) {
	address := start("mute").said
	return &shop{client: &http.Client{Transport: &http.Transport{}}, prices: "http://" + address}, address
}

func answer(w http.ResponseWriter, text string, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	io.WriteString(w, text)
}
