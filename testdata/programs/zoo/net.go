package main

import (
	"net"
	"os"
	"strconv"

	"gopeek.test/programs/internal/oracle"
)

// The network poller: "IO wait" below accept, read, write and datagram reads,
// on loopback TCP and UDP and on abstract Unix sockets.

func launchNet() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	// Two established pairs: one idle, one with full buffers.
	dial := func() (client, server net.Conn) {
		client, err := net.Dial("tcp", l.Addr().String())
		must(err)
		server, err = l.Accept()
		must(err)
		keep = append(keep, client, server)
		return
	}
	c1, s1 := dial()
	go readConn(c1)
	go readConn(s1)
	// Fixed buffers: the kernel does not take more later, the writer stays.
	c2, s2 := dial()
	must(c2.(*net.TCPConn).SetWriteBuffer(64 << 10))
	must(s2.(*net.TCPConn).SetReadBuffer(64 << 10))
	oracle.Expect(1)
	go writeConn(c2)
	// One goroutine reads while another waits for the same read lock.
	c3, _ := dial()
	go readConn(c3)
	go readConn(c3)
	go func() {
		for {
			c, err := l.Accept()
			must(err)
			go serveConn(c)
		}
	}()

	// A connection the accepting goroutine hands to a goroutine of its own.
	oracle.Expect(1)
	c4, err := net.Dial("tcp", l.Addr().String())
	must(err)
	keep = append(keep, c4)

	u, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(err)
	go func() {
		var b [512]byte
		n, from, err := u.ReadFrom(b[:])
		must(err)
		sinkInt, sinkAny = n, from
	}()
	u2, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(err)
	go u2.ReadFromUDP(make([]byte, 16))

	name := "@gopeek-zoo-" + strconv.Itoa(os.Getpid())
	ul, err := net.Listen("unix", name)
	must(err)
	uc, err := net.Dial("unix", name)
	must(err)
	us, err := ul.Accept()
	must(err)
	go readConn(uc)
	go us.(*net.UnixConn).ReadMsgUnix(make([]byte, 1), make([]byte, 64))
	go ul.Accept()
	keep = append(keep, u, u2, ul, l)
}

func readConn(c net.Conn) {
	var b [16]byte
	n, err := c.Read(b[:])
	if err == nil {
		sinkInt = n
	}
}

func serveConn(c net.Conn) {
	defer c.Close()
	oracle.Here()
	readConn(c)
}

// writeConn fills the buffers of both ends, then blocks.
func writeConn(c net.Conn) {
	b := make([]byte, 64<<20)
	oracle.Here()
	for {
		if _, err := c.Write(b); err != nil {
			return
		}
	}
}
