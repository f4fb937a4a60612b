package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"syscall"
)

func init() {
	roles["clients"] = clients
	roles["mute"] = mute
	roles["half"] = half
	roles["full"] = full
	roles["h2-mute"] = muteH2
	roles["deaf"] = func([]string) { said("deaf") }
}

// said prints the first line of a child, which lives until its parent ends.
func said(line string) {
	fmt.Println(line)
	io.Copy(io.Discard, os.Stdin)
}

// accepting listens, and has each connection served.
func accepting(serve func(net.Conn)) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	go func() {
		for {
			c, err := l.Accept()
			fail(err)
			go serve(c)
		}
	}()
	said(l.Addr().String())
}

// clients send one request each, and do not read the answer.
func clients(args []string) {
	n, err := strconv.Atoi(args[1])
	fail(err)
	for i := 0; i < n; i++ {
		c, err := net.Dial("tcp", args[0])
		fail(err)
		_, err = fmt.Fprintf(c, "GET /orders/%d HTTP/1.1\r\nHost: shop\r\n\r\n", i)
		fail(err)
		keep(c)
	}
	said("sent")
}

// mute accepts connections and reads from them, and never answers.
func mute([]string) {
	accepting(func(c net.Conn) {
		io.Copy(io.Discard, c)
		keep(c)
	})
}

// half answers a request with a header and a half of the body.
func half([]string) {
	accepting(func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
			io.Copy(io.Discard, c)
		}
	})
}

// full listens, and has no room for another connection.
func full([]string) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	fail(err)
	fail(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	fail(syscall.Listen(fd, 0))
	at, err := syscall.Getsockname(fd)
	fail(err)
	for i := 0; i < 8; i++ {
		c, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0)
		fail(err)
		if err := syscall.Connect(c, at); err != nil && err != syscall.EINPROGRESS {
			fail(err)
		}
	}
	said(fmt.Sprintf("127.0.0.1:%d", at.(*syscall.SockaddrInet4).Port))
}

// muteH2 serves HTTP/2, and never answers.
func muteH2([]string) {
	wait := make(chan int)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-wait }))
	s.EnableHTTP2 = true
	s.StartTLS()
	said(s.Listener.Addr().String())
}
