package main

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"syscall"
)

func init() {
	outages["http-response"] = httpResponse
	outages["http-dial"] = httpDial
	outages["http-tls"] = httpTLS
	outages["http-body"] = httpBody
	outages["http-max-conns"] = httpMaxConns
	outages["http2-response"] = http2Response
}

// shop answers orders with the price that another service knows.
type shop struct {
	client *http.Client
	prices string
}

func (s *shop) order(w http.ResponseWriter, r *http.Request) {
	price, err := s.price(r.URL.Path)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	io.WriteString(w, price)
}

// price asks the other service, without a time limit.
func (s *shop) price(item string) (string, error) {
	answer, err := s.client.Get(s.prices + item)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}

const inPrice = "main.(*shop).price"

// upstream has 40 orders served with a transport and an upstream.
func upstream(t *truth, role, scheme, resource string, transport *http.Transport) {
	address := start(role).said
	s := &shop{client: &http.Client{Transport: transport}, prices: scheme + "://" + address}
	visited(40, s.order)
	t.stuck(40, resource, inPrice)
	t.at(address)
}

// httpResponse: the upstream accepts, and never answers.
func httpResponse(t *truth) { upstream(t, "mute", "http", "http-response", &http.Transport{}) }

// httpDial: the upstream's queue of connections is full. The kernel tries
// for about a quarter of an hour.
func httpDial(t *truth) {
	const tcpSyncnt = 7
	dialer := &net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		set := func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpSyncnt, 12)
		}
		if err := c.Control(set); err != nil {
			return err
		}
		return err
	}}
	upstream(t, "full", "http", "http-dial", &http.Transport{DialContext: dialer.DialContext})
}

// httpTLS: the upstream accepts, and says nothing in the handshake.
func httpTLS(t *truth) { upstream(t, "mute", "https", "http-tls", &http.Transport{}) }

// httpBody: the upstream sends the header, and half of the body.
func httpBody(t *truth) { upstream(t, "half", "http", "http-body", &http.Transport{}) }

// http2Response: the same as httpResponse over one connection of HTTP/2.
func http2Response(t *truth) {
	upstream(t, "h2-mute", "https", "http-response", &http.Transport{
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
	})
}

// httpMaxConns: all four connections that the transport may have wait for an
// answer; forty orders wait for a connection.
func httpMaxConns(t *truth) {
	address := start("mute").said
	transport := &http.Transport{MaxConnsPerHost: 4}
	s := &shop{client: &http.Client{Transport: transport}, prices: "http://" + address}
	visited(44, s.order)
	t.stuck(40, "http-conn-limit", inPrice)
	await(44, inPrice)
	t.at(address)
	max := 4
	t.Pool = &pool{Max: &max}
}
