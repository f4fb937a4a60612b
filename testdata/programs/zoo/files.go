package main

import (
	"bufio"
	"io"
	"os"
)

// os.File on pipes: the poller again, below os and bufio.

func launchFiles() {
	r1, w1, err := os.Pipe()
	must(err)
	go r1.Read(make([]byte, 100))
	go bufio.NewReader(r1).ReadString('\n') // waits for the read lock
	r2, w2, err := os.Pipe()
	must(err)
	go fillPipe(w2)
	r3, w3, err := os.Pipe()
	must(err)
	go scanLines(r3)
	r4, w4, err := os.Pipe()
	must(err)
	go io.Copy(io.Discard, r4)
	go io.ReadAll(io.LimitReader(io.TeeReader(r4, io.Discard), 10))
	keep = append(keep, r1, w1, r2, w2, r3, w3, r4, w4)
}

func fillPipe(w *os.File) {
	b := make([]byte, 4096)
	for {
		if _, err := w.Write(b); err != nil {
			return
		}
	}
}

func scanLines(r io.Reader) {
	s := bufio.NewScanner(r)
	for s.Scan() {
		sinkString = s.Text()
	}
}
