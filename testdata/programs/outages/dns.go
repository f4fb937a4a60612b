package main

import (
	"context"
	"net"
	"net/http"
	"time"
)

func init() {
	outages["dns-go"] = dnsGo
	roles["dns"] = muteDNS
}

// muteDNS reads questions, and never answers.
func muteDNS([]string) {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	fail(err)
	go func() {
		for question := make([]byte, 512); ; {
			_, _, err := c.ReadFrom(question)
			fail(err)
		}
	}()
	said(c.LocalAddr().String())
}

// patient ignores the time limit that the resolver sets from resolv.conf, as
// if that said `options timeout:86400`.
type patient struct{ *net.UDPConn }

func (patient) SetDeadline(time.Time) error { return nil }

type directory struct{ resolver *net.Resolver }

func (d *directory) order(w http.ResponseWriter, r *http.Request) {
	found, err := d.resolver.LookupIPAddr(context.Background(), "stock.example.")
	if err == nil {
		answer(w, found[0].String(), nil)
	}
}

// dnsGo: the name server does not answer, and 20 handlers wait for an address.
func dnsGo(t *truth) {
	address := start("dns").said
	dial := func(context.Context, string, string) (net.Conn, error) {
		c, err := net.Dial("udp", address)
		if err != nil {
			return nil, err
		}
		return patient{c.(*net.UDPConn)}, nil
	}
	d := &directory{&net.Resolver{PreferGo: true, Dial: dial}}
	visited(20, d.order)
	t.stuck(20, "dns", "main.(*directory).order")
	t.at(address)
}
