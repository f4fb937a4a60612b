package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
)

// Goroutines parked in a function the standard library calls back.

type blockingWriter struct{ prefix string }

func (w *blockingWriter) Write(b []byte) (int, error) {
	<-forever
	return len(b) + len(w.prefix), nil
}

type blockingStringer struct{ n int }

func (s blockingStringer) String() string {
	<-forever
	return "never"
}

type blockingSorter []int

func (s blockingSorter) Len() int           { return len(s) }
func (s blockingSorter) Less(i, j int) bool { <-forever; return s[i] < s[j] }
func (s blockingSorter) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }

func launchCallbacks() {
	go sort.Slice([]int{3, 1, 2}, func(i, j int) bool { <-forever; return i < j })
	go sort.Sort(sort.Reverse(blockingSorter{3, 1, 2}))
	go sort.Search(100, func(i int) bool { <-forever; return true })
	go strings.Map(func(r rune) rune { <-forever; return r }, "abc")
	go bytes.FieldsFunc([]byte("abc"), func(r rune) bool { <-forever; return true })
	var m sync.Map
	m.Store(1, 2)
	go m.Range(func(k, v interface{}) bool { <-forever; return true })
	p := &sync.Pool{New: func() interface{} { <-forever; return nil }}
	go p.Get()
	go fmt.Fprintf(&blockingWriter{"fmt"}, "%d %s\n", 1, "two")
	go fmt.Sprint("a", blockingStringer{1}, &blockingStringer{2})
	go io.Copy(&blockingWriter{"copy"}, strings.NewReader("text"))
	go io.WriteString(io.MultiWriter(io.Discard, &blockingWriter{"multi"}), "text")
	go func() {
		w := bufio.NewWriterSize(&blockingWriter{"bufio"}, 16)
		w.WriteString("more than sixteen bytes")
		w.Flush()
	}()
	go filepath.Walk("/", func(string, os.FileInfo, error) error { <-forever; return nil })
	l := log.New(&blockingWriter{"log"}, "prefix ", log.Lshortfile)
	for i := 0; i < 3; i++ {
		go l.Printf("message %d", i)
	}
	keep = append(keep, p, &m)
}
