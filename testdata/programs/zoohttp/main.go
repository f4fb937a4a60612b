// Command zoohttp parks the goroutines of net/http: an idle server, idle and
// busy connections of it, and its clients, over TCP and TLS.
package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"gopeek.test/programs/internal/oracle"
)

var forever = make(chan struct{})

func must(err error) {
	if err != nil {
		log.Print(err)
		os.Exit(4)
	}
}

func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/quick", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "quick\n")
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		oracle.Here()
		<-forever
	})
	mux.HandleFunc("/body", func(w http.ResponseWriter, r *http.Request) {
		oracle.Here()
		io.Copy(io.Discard, r.Body)
	})
	mux.HandleFunc("/gone", func(w http.ResponseWriter, r *http.Request) {
		oracle.Here()
		<-r.Context().Done()
	})
	return mux
}

func get(c *http.Client, url string) {
	resp, err := c.Get(url)
	must(err)
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}

func main() {
	plain := httptest.NewServer(handler())
	secure := httptest.NewUnstartedServer(handler())
	secure.EnableHTTP2 = true
	secure.StartTLS()
	for _, s := range []*httptest.Server{plain, secure} {
		c := s.Client()
		// An idle connection stays in the pool.
		get(c, s.URL+"/quick")
		oracle.Expect(3)
		go get(c, s.URL+"/slow")
		go get(c, s.URL+"/gone")
		go func(url string) {
			r, w := io.Pipe()
			go func() {
				io.Copy(w, strings.NewReader("part of a body"))
				<-forever
			}()
			_, err := c.Post(url, "text/plain", r)
			must(err)
		}(s.URL + "/body")
	}
	oracle.Run()
}
